//! The workspace as one person sees it, for the page.

use serde_json::{Value, json};

use crate::demo::directory::{Channel, Kind, User};
use crate::demo::message::{Author, Message};
use crate::demo::state::{BOT_NAME, State};
use crate::demo::targets::{Mode, Protocol, Target};
use crate::demo::views::View;

/// As many messages of a channel as the page shows: the newest.
const MESSAGES: usize = 300;

/// What the page shows to a person (by id or name; the first one where there is no such person).
pub(super) fn of(state: &State, user: &str, version: u64, targets: &[(String, Target)]) -> Value {
    let people: Vec<&User> = state.users().iter().filter(|user| !user.is_bot).collect();
    let me = people
        .iter()
        .find(|known| known.id == user || known.name == user);
    let me = me
        .or(people.first())
        .map(|me| me.id.clone())
        .unwrap_or_default();
    let visible = |channel: &&Channel| channel.kind == Kind::Public || channel.has(&me);
    let channels = state.channels().iter().filter(visible);
    json!({
        "version": version, "team": state.team.name, "me": me,
        "users": people.iter().map(|user| json!({
            "id": user.id, "name": user.name, "real_name": user.real_name,
            "guest": user.team_id != state.team.id,
        })).collect::<Vec<_>>(),
        "bot": { "id": state.team.bot_user, "name": BOT_NAME },
        "channels": channels.map(|it| channel(state, it, &me)).collect::<Vec<_>>(),
        "home": state.homes.get(&me).map(view),
        "modals": state.modals.get(&me).into_iter().flatten().map(view).collect::<Vec<_>>(),
        "targets": targets.iter().map(target).collect::<Vec<_>>(),
    })
}

fn channel(state: &State, channel: &Channel, me: &str) -> Value {
    let start = channel.messages.len().saturating_sub(MESSAGES);
    let all = channel.messages[start..].iter().map(|it| (it, false));
    let mine = state
        .ephemerals(me)
        .filter(|shown| shown.channel == channel.id);
    let mut shown: Vec<_> = all
        .chain(mine.map(|shown| (&shown.message, true)))
        .collect();
    shown.sort_by(|(one, _), (other, _)| one.ts.cmp(&other.ts));
    json!({
        "id": channel.id, "name": channel.name, "private": channel.kind == Kind::Private,
        "direct": channel.kind == Kind::Direct, "archived": channel.archived,
        "shared": channel.shared, "has_bot": channel.has(&state.team.bot_user),
        "members": channel.members.len(),
        "messages": shown.into_iter().map(|(it, own)| message(it, own)).collect::<Vec<_>>(),
    })
}

fn message(message: &Message, ephemeral: bool) -> Value {
    let author = match &message.author {
        Author::User(id) => json!({ "kind": "user", "id": id }),
        Author::Bot { name, icon } => json!({ "kind": "bot", "name": name, "icon": icon }),
        Author::Webhook(id) => json!({ "kind": "webhook", "id": id }),
    };
    json!({
        "ts": message.ts, "thread_ts": message.thread_ts, "broadcast": message.broadcast,
        "author": author, "text": message.text, "blocks": message.blocks,
        "attachments": message.attachments, "edited": message.edited.is_some(),
        "ephemeral": ephemeral,
    })
}

fn view(view: &View) -> Value {
    json!({ "id": view.id, "hash": view.hash, "body": view.body(), "errors": view.errors })
}

fn target((name, target): &(String, Target)) -> Value {
    let mode = Mode::ALL
        .into_iter()
        .find(|(_, mode)| *mode == target.mode());
    json!({
        "name": name, "url": target.url(), "mode": mode.map(|(name, _)| name),
        "web_socket": target.protocol() == Protocol::WebSocket,
    })
}
