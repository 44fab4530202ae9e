//! `chat.*`.

use serde_json::json;

use super::{ApiError, Reply, content, missing_scope};
use crate::demo::arguments::Arguments;
use crate::demo::directory::{Channel, Ephemeral, Kind};
use crate::demo::message::{Author, Content, Message, wire};
use crate::demo::state::State;

pub(super) fn post_message(state: &mut State, args: &Arguments) -> Reply {
    let at = writable(state, args)?;
    let author = author(state, args)?;
    let content = content(args)?;
    let thread_ts = args.text("thread_ts");
    if let Some(thread_ts) = &thread_ts {
        let parent = state.channels[at].message(thread_ts);
        let parent = parent.ok_or_else(|| ApiError::new("thread_not_found"))?;
        if parent.thread_ts.is_some() {
            return Err(ApiError::new("cannot_reply_to_message"));
        }
    }
    let mut message = state.new_message(author, content);
    message.broadcast = thread_ts.is_some() && args.flag("reply_broadcast");
    message.thread_ts = thread_ts;
    let shown = with_metadata(state, &message);
    let channel = &mut state.channels[at];
    let answer = json!({ "channel": channel.id, "ts": message.ts, "message": shown });
    channel.messages.push(message);
    Ok(answer)
}

pub(super) fn post_ephemeral(state: &mut State, args: &Arguments) -> Reply {
    let at = writable(state, args)?;
    let channel = state.channels[at].id.clone();
    let user = args.needed("user", "user_not_in_channel")?;
    if !state.channels[at].has(&state.team.bot_user) {
        return Err(ApiError::new("not_in_channel"));
    }
    if !state.channels[at].has(&user) {
        return Err(ApiError::new("user_not_in_channel"));
    }
    let author = author(state, args)?;
    let content = content(args)?;
    let mut message = state.new_message(author, content);
    message.thread_ts = args.text("thread_ts");
    let ts = message.ts.clone();
    state.ephemerals.push(Ephemeral {
        user,
        channel,
        message,
    });
    Ok(json!({ "message_ts": ts }))
}

pub(super) fn update(state: &mut State, args: &Arguments) -> Reply {
    let at = seen(state, args)?;
    let ts = args.needed("ts", "message_not_found")?;
    let message = own(&state.channels[at], &ts, "cant_update_message")?.clone();
    if state.channels[at].archived {
        return Err(ApiError::new("is_inactive"));
    }
    let next = merged(&message, args)?;
    let next = state.with_ids(next);
    let edited = state.new_ts();
    let bot = state.team.bot_user.clone();
    let channel = &mut state.channels[at];
    let Some(message) = channel.message_mut(&ts) else {
        return Err(ApiError::new("message_not_found"));
    };
    message.edit(next, &bot, edited);
    let (message, channel) = (message.clone(), channel.id.clone());
    let shown = with_metadata(state, &message);
    Ok(json!({ "channel": channel, "ts": ts, "text": message.text, "message": shown }))
}

pub(super) fn delete(state: &mut State, args: &Arguments) -> Reply {
    let at = seen(state, args)?;
    let ts = args.needed("ts", "message_not_found")?;
    own(&state.channels[at], &ts, "cant_delete_message")?;
    let channel = &mut state.channels[at];
    channel.messages.retain(|message| message.ts != ts);
    Ok(json!({ "channel": channel.id, "ts": ts }))
}

/// What an edited message says: text alone takes the blocks away, blocks alone keep the text, and
/// attachments and metadata stay unless they are given.
fn merged(message: &Message, args: &Arguments) -> Result<Content, ApiError> {
    let given = content(args).or_else(|error| {
        // An empty list is how blocks or attachments are taken away.
        let clears = args.has("blocks") || args.has("attachments");
        if error.code() == "no_text" && clears {
            Ok(Content::default())
        } else {
            Err(error)
        }
    })?;
    let keep_blocks = !args.has("blocks") && !args.has("text");
    let next = Content {
        text: if args.has("text") {
            given.text
        } else {
            message.text.clone()
        },
        blocks: if keep_blocks {
            message.blocks.clone()
        } else {
            given.blocks
        },
        attachments: if args.has("attachments") {
            given.attachments
        } else {
            message.attachments.clone()
        },
        metadata: if args.has("metadata") {
            given.metadata
        } else {
            message.metadata.clone()
        },
    };
    if next.text.is_empty() && next.blocks.is_empty() && next.attachments.is_empty() {
        return Err(ApiError::new("no_text"));
    }
    Ok(next)
}

fn with_metadata(state: &State, message: &Message) -> serde_json::Value {
    let mut shown = wire(message, &state.signature());
    if let Some(metadata) = &message.metadata {
        shown["metadata"] = metadata.clone();
    }
    shown
}

fn author(state: &State, args: &Arguments) -> Result<Author, ApiError> {
    let (name, icon) = (args.text("username"), args.text("icon_emoji"));
    if (name.is_some() || icon.is_some()) && !state.may("chat:write.customize") {
        return Err(missing_scope(state, "chat:write.customize"));
    }
    Ok(Author::Bot { name, icon })
}

/// A message that the bot itself wrote.
fn own<'a>(
    channel: &'a Channel,
    ts: &str,
    otherwise: &'static str,
) -> Result<&'a Message, ApiError> {
    let message = channel
        .message(ts)
        .ok_or_else(|| ApiError::new("message_not_found"))?;
    match message.author {
        Author::Bot { .. } => Ok(message),
        _ => Err(ApiError::new(otherwise)),
    }
}

/// The channel of a call, where the bot may know of it.
fn seen(state: &State, args: &Arguments) -> Result<usize, ApiError> {
    let wanted = args.needed("channel", "channel_not_found")?;
    let at = state
        .channel_at(&wanted)
        .ok_or_else(|| ApiError::new("channel_not_found"))?;
    let channel = &state.channels[at];
    if channel.kind != Kind::Public && !channel.has(&state.team.bot_user) {
        return Err(ApiError::new("channel_not_found"));
    }
    Ok(at)
}

/// The channel of a call, where the bot may write. A person's id means their direct messages.
fn writable(state: &mut State, args: &Arguments) -> Result<usize, ApiError> {
    let wanted = args.needed("channel", "channel_not_found")?;
    if state
        .users
        .iter()
        .any(|user| user.id == wanted && !user.is_bot)
    {
        return Ok(state.direct(&wanted));
    }
    let at = seen(state, args)?;
    let channel = &state.channels[at];
    if channel.archived {
        return Err(ApiError::new("is_archived"));
    }
    if !channel.has(&state.team.bot_user) && !state.may("chat:write.public") {
        return Err(ApiError::new("not_in_channel"));
    }
    Ok(at)
}
