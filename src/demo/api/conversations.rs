//! `conversations.*`.

use serde_json::{Value, json};

use super::{ApiError, Reply};
use crate::demo::arguments::Arguments;
use crate::demo::directory::{Channel, Kind};
use crate::demo::message::{Message, wire};
use crate::demo::state::State;

pub(super) fn info(state: &mut State, args: &Arguments) -> Reply {
    let at = seen(state, args)?;
    let mut channel = shown(state, &state.channels[at]);
    if args.flag("include_num_members") {
        channel["num_members"] = json!(state.channels[at].members.len());
    }
    Ok(json!({ "channel": channel }))
}

#[expect(clippy::unnecessary_wraps, reason = "one signature for every method")]
pub(super) fn list(state: &mut State, args: &Arguments) -> Reply {
    let types = args
        .text("types")
        .unwrap_or_else(|| "public_channel".to_owned());
    let wanted = |channel: &&Channel| {
        let name = match channel.kind {
            Kind::Public => "public_channel",
            Kind::Private => "private_channel",
            Kind::Direct => "im",
        };
        types.split(',').any(|wanted| wanted.trim() == name)
            && !(args.flag("exclude_archived") && channel.archived)
            && visible(state, channel)
    };
    let all: Vec<_> = state
        .channels
        .iter()
        .filter(wanted)
        .map(|it| shown(state, it))
        .collect();
    let (page, cursor) = page(all, args, 100);
    Ok(json!({ "channels": page, "response_metadata": { "next_cursor": cursor } }))
}

pub(super) fn members(state: &mut State, args: &Arguments) -> Reply {
    let at = seen(state, args)?;
    let (page, cursor) = page(state.channels[at].members.clone(), args, 100);
    Ok(json!({ "members": page, "response_metadata": { "next_cursor": cursor } }))
}

pub(super) fn history(state: &mut State, args: &Arguments) -> Reply {
    let at = seen(state, args)?;
    let channel = &state.channels[at];
    if !channel.has(&state.team.bot_user) {
        return Err(ApiError::new("not_in_channel"));
    }
    let (oldest, latest) = (args.text("oldest"), args.text("latest"));
    let inclusive = args.flag("inclusive");
    let within = |message: &&Message| {
        let after = oldest
            .as_deref()
            .is_none_or(|edge| is_after(&message.ts, edge) || inclusive && message.ts == edge);
        let before = latest
            .as_deref()
            .is_none_or(|edge| is_after(edge, &message.ts) || inclusive && message.ts == edge);
        message.in_channel() && after && before
    };
    let newest_first = channel.messages.iter().rev().filter(within);
    let all: Vec<_> = newest_first
        .map(|it| in_history(state, channel, it, args))
        .collect();
    let (page, cursor) = page(all, args, 100);
    let more = !cursor.is_empty();
    Ok(json!({
        "messages": page, "has_more": more, "response_metadata": { "next_cursor": cursor },
    }))
}

pub(super) fn replies(state: &mut State, args: &Arguments) -> Reply {
    let at = seen(state, args)?;
    let channel = &state.channels[at];
    let ts = args.needed("ts", "thread_not_found")?;
    let parent = channel
        .message(&ts)
        .ok_or_else(|| ApiError::new("thread_not_found"))?;
    let thread = std::iter::once(parent).chain(channel.replies(&ts));
    let all: Vec<_> = thread
        .map(|it| in_history(state, channel, it, args))
        .collect();
    let (page, cursor) = page(all, args, 1_000);
    let more = !cursor.is_empty();
    Ok(json!({
        "messages": page, "has_more": more, "response_metadata": { "next_cursor": cursor },
    }))
}

pub(super) fn open(state: &mut State, args: &Arguments) -> Reply {
    let at = match args.text("channel") {
        Some(channel) => state
            .channel_at(&channel)
            .ok_or_else(|| ApiError::new("channel_not_found"))?,
        None => {
            let users = args.needed("users", "users_list_not_supplied")?;
            let known = state
                .users
                .iter()
                .any(|user| user.id == users && !user.is_bot);
            if !known {
                return Err(ApiError::new("user_not_found"));
            }
            state.direct(&users)
        }
    };
    let channel = if args.flag("return_im") {
        shown(state, &state.channels[at])
    } else {
        json!({ "id": state.channels[at].id })
    };
    Ok(json!({ "channel": channel }))
}

pub(super) fn create(state: &mut State, args: &Arguments) -> Reply {
    let name = checked_name(state, args)?;
    let bot = state.team.bot_user.clone();
    let kind = if args.flag("is_private") {
        Kind::Private
    } else {
        Kind::Public
    };
    let at = state.add_channel(&name, kind, &bot, vec![bot.clone()]);
    state.tell_joined(at);
    Ok(json!({ "channel": shown(state, &state.channels[at]) }))
}

pub(super) fn rename(state: &mut State, args: &Arguments) -> Reply {
    let at = active(state, args)?;
    let name = checked_name(state, args)?;
    if state.channels[at].creator != state.team.bot_user {
        return Err(ApiError::new("not_authorized"));
    }
    state.rename_channel(at, &name);
    Ok(json!({ "channel": shown(state, &state.channels[at]) }))
}

pub(super) fn archive(state: &mut State, args: &Arguments) -> Reply {
    let at = seen(state, args)?;
    if state.channels[at].archived {
        return Err(ApiError::new("already_archived"));
    }
    if state.channels[at].name == "general" {
        return Err(ApiError::new("cant_archive_general"));
    }
    let by = member(state, at)?;
    state.archive_channel(at, &by);
    Ok(json!({}))
}

pub(super) fn unarchive(state: &mut State, args: &Arguments) -> Reply {
    let at = seen(state, args)?;
    if !state.channels[at].archived {
        return Err(ApiError::new("not_archived"));
    }
    let by = state.team.bot_user.clone();
    state.unarchive_channel(at, &by);
    Ok(json!({}))
}

pub(super) fn invite(state: &mut State, args: &Arguments) -> Reply {
    let at = active(state, args)?;
    let bot = member(state, at)?;
    let users = args.needed("users", "no_user")?;
    for user in users.split(',').map(str::trim) {
        if user == bot {
            return Err(ApiError::new("cant_invite_self"));
        }
        if !state.users.iter().any(|known| known.id == user) {
            return Err(ApiError::new("user_not_found"));
        }
        if state.channels[at].has(user) {
            return Err(ApiError::new("already_in_channel"));
        }
        state.channels[at].members.push(user.to_owned());
    }
    Ok(json!({ "channel": shown(state, &state.channels[at]) }))
}

pub(super) fn join(state: &mut State, args: &Arguments) -> Reply {
    let at = active(state, args)?;
    if state.channels[at].kind != Kind::Public {
        return Err(ApiError::new("method_not_supported_for_channel_type"));
    }
    let bot = state.team.bot_user.clone();
    let known = state.channels[at].has(&bot);
    if !known {
        state.channels[at].members.push(bot);
        state.tell_joined(at);
    }
    let mut answer = json!({ "channel": shown(state, &state.channels[at]) });
    if known {
        answer["warning"] = json!("already_in_channel");
        answer["response_metadata"] = json!({ "warnings": ["already_in_channel"] });
    }
    Ok(answer)
}

pub(super) fn leave(state: &mut State, args: &Arguments) -> Reply {
    let at = active(state, args)?;
    if !state.channels[at].has(&state.team.bot_user) {
        return Ok(json!({ "not_in_channel": true }));
    }
    if state.channels[at].name == "general" {
        return Err(ApiError::new("cant_leave_general"));
    }
    state.remove_bot(at);
    Ok(json!({}))
}

/// A name that a channel may take.
fn checked_name(state: &State, args: &Arguments) -> Result<String, ApiError> {
    let name = args.text("name").unwrap_or_default();
    state.check_channel_name(&name).map_err(ApiError::new)?;
    Ok(name)
}

fn visible(state: &State, channel: &Channel) -> bool {
    channel.kind == Kind::Public || channel.has(&state.team.bot_user)
}

fn seen(state: &State, args: &Arguments) -> Result<usize, ApiError> {
    let wanted = args.needed("channel", "channel_not_found")?;
    // These methods take ids only.
    let at = state
        .channels
        .iter()
        .position(|channel| channel.id == wanted);
    at.filter(|&at| visible(state, &state.channels[at]))
        .ok_or_else(|| ApiError::new("channel_not_found"))
}

fn active(state: &State, args: &Arguments) -> Result<usize, ApiError> {
    let at = seen(state, args)?;
    if state.channels[at].archived {
        Err(ApiError::new("is_archived"))
    } else {
        Ok(at)
    }
}

/// The bot's user id, where it is in the channel.
fn member(state: &State, at: usize) -> Result<String, ApiError> {
    if state.channels[at].has(&state.team.bot_user) {
        Ok(state.team.bot_user.clone())
    } else {
        Err(ApiError::new("not_in_channel"))
    }
}

/// Whether `ts` is later than `edge`, which may be a bare number of seconds.
fn is_after(ts: &str, edge: &str) -> bool {
    let micros = |text: &str| {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction: String = fraction.chars().chain("000000".chars()).take(6).collect();
        (
            seconds.parse::<i64>().unwrap_or(0),
            fraction.parse::<i64>().unwrap_or(0),
        )
    };
    micros(ts) > micros(edge)
}

/// One page of a list, and the cursor of the next one (empty where there is none).
fn page<T>(all: Vec<T>, args: &Arguments, usual: usize) -> (Vec<T>, String) {
    let start = args
        .text("cursor")
        .and_then(|cursor| cursor.strip_prefix("at:")?.parse().ok());
    let start: usize = start.unwrap_or(0);
    let limit = args
        .number("limit")
        .filter(|&limit| limit > 0)
        .unwrap_or(usual)
        .min(1_000);
    let more = all.len() > start.saturating_add(limit);
    let page = all.into_iter().skip(start).take(limit).collect();
    (
        page,
        if more {
            format!("at:{}", start + limit)
        } else {
            String::new()
        },
    )
}

fn in_history(state: &State, channel: &Channel, message: &Message, args: &Arguments) -> Value {
    let mut shown = wire(message, &state.signature());
    if let (true, Some(metadata)) = (args.flag("include_all_metadata"), &message.metadata) {
        shown["metadata"] = metadata.clone();
    }
    let replies: Vec<_> = channel.replies(&message.ts).collect();
    if let Some(last) = replies.last() {
        shown["thread_ts"] = json!(message.ts);
        shown["reply_count"] = json!(replies.len());
        shown["latest_reply"] = json!(last.ts);
    }
    shown
}

/// The channel as the Web API shows it.
fn shown(state: &State, channel: &Channel) -> Value {
    let created = channel.created.timestamp();
    if channel.kind == Kind::Direct {
        let other = channel
            .members
            .iter()
            .find(|member| **member != state.team.bot_user);
        return json!({
            "id": channel.id, "is_im": true, "is_archived": false, "is_org_shared": false,
            "context_team_id": state.team.id, "created": created, "user": other,
            "is_user_deleted": false, "priority": 0,
        });
    }
    let nothing = json!({ "value": "", "creator": "", "last_set": 0 });
    json!({
        "id": channel.id, "name": channel.name, "name_normalized": channel.name,
        "is_channel": true, "is_group": false, "is_im": false, "is_mpim": false,
        "is_private": channel.kind == Kind::Private, "is_archived": channel.archived,
        "is_general": channel.name == "general", "is_shared": channel.shared,
        "is_ext_shared": channel.shared, "is_org_shared": false, "is_pending_ext_shared": false,
        "is_member": channel.has(&state.team.bot_user), "creator": channel.creator,
        "created": created, "updated": created * 1_000, "unlinked": 0, "previous_names": [],
        "topic": nothing, "purpose": nothing, "context_team_id": state.team.id,
        "shared_team_ids": [state.team.id], "num_members": channel.members.len(),
    })
}
