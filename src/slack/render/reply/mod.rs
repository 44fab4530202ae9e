//! The answers to commands and buttons.

mod channels;
mod conversations;
mod help;
mod history;
mod servers;
mod silence;
mod summary;

use slack_morphism::prelude::SlackBlock;

use crate::clock::Timestamp;
use crate::domain::press::Press;
use crate::domain::reply::{Reply, ServerView};
use crate::slack::render::kit::{self, Button};
use crate::slack::render::mistake::mistake;
use crate::slack::render::server::name;
use crate::slack::render::{Message, text};

use channels::{cannot_subscribe, channel_name, list_channels, subscribed};
pub(super) use channels::{channel_lines, channel_link};
use conversations::{conversation, webhook};
use help::{help, help_on};
use history::history;
pub(super) use servers::first_look;
use servers::{added, ask_remove, checked, detail, edited, list, no_such_server};
pub(super) use silence::rhythm;
use silence::{acknowledged, alerts_switched, all_switched, ask_all_off, muted, settings, unmuted};
use summary::summary;

/// Renders an answer, as of `now`.
#[must_use]
pub fn reply(reply: &Reply, now: Timestamp) -> Message {
    match reply {
        Reply::Help(None) => help(),
        Reply::Help(Some(topic)) => help_on(*topic),
        Reply::Mistake(error) => say(mistake(error)),
        Reply::NoSuchServer {
            name,
            nearest,
            topic,
        } => no_such_server(name, nearest, *topic),
        Reply::NameTaken { name: taken } => say(format!(
            "🤔 There already is a server called *{}*. Choose another name, or see it with `/health status`.",
            name(taken)
        )),
        Reply::Forbidden { reason } => say(format!(
            "⛔ {}. Nothing was saved.",
            text::mrkdwn(reason, 400)
        )),
        Reply::Added {
            view,
            outcome,
            heard,
        } => added(view, outcome.as_ref(), *heard),
        Reply::Edited {
            view,
            edits,
            moved,
            outcome,
        } => edited(view, edits, *moved, outcome.as_ref()),
        Reply::History(facts) => history(facts, now),
        Reply::List { page, filter } => list(page, filter, now),
        Reply::Summary(facts) => summary(facts, now),
        Reply::Detail(view) => detail(view, now),
        Reply::AskRemove(view) => ask_remove(view),
        Reply::Removed { name: gone } => say(format!("🗑️ *{}* is no longer watched.", name(gone))),
        Reply::Kept { name: kept } => say(format!("👍 *{}* stays.", name(kept))),
        Reply::Gone => {
            say("🤷 That is no longer there: it was changed or removed meanwhile.".into())
        }
        Reply::AlertsSwitched { view, changed } => alerts_switched(view, *changed),
        Reply::Muted { view } => muted(view, now),
        Reply::Unmuted { view, changed } => say(unmuted(view, *changed)),
        Reply::Acknowledged { name, already } => say(acknowledged(name, already.as_ref())),
        Reply::NothingOpen { name: up } => say(format!(
            "👍 *{}* is not down: there is nothing to acknowledge.",
            name(up)
        )),
        Reply::Settings {
            settings: now,
            changed,
        } => settings(now, *changed),
        Reply::AllAlertsSwitched { on, changed } => say(all_switched(*on, *changed)),
        Reply::AskAllOff { servers } => ask_all_off(*servers),
        Reply::Checked { view, outcome } => checked(view, outcome, now),
        Reply::Checking { name: checked } => say(format!(
            "⏳ *{}* has not answered yet: `/health status` will tell.",
            name(checked)
        )),
        Reply::Subscribed { channel, already } => say(subscribed(channel, *already)),
        Reply::CannotSubscribe {
            conversation,
            problem,
        } => say(cannot_subscribe(conversation, problem)),
        Reply::Unsubscribed { channel } => say(format!(
            "🔕 {} is told no more. `/health subscribe` turns it on again.",
            channel_name(channel)
        )),
        Reply::NotSubscribed { conversation } => say(format!(
            "🤷 {} was not subscribed.",
            channel_link(conversation)
        )),
        Reply::InventoryRemoved { removed } => say(format!(
            "🗑️ {} that the inventory no longer lists {} removed.",
            plural(*removed, "server", "servers"),
            if *removed == 1 { "was" } else { "were" },
        )),
        Reply::InventoryKept => {
            say("👍 They stay, and I don't ask again until the inventory lists them.".into())
        }
        Reply::InventoryTrouble { reason } => say(format!(
            "📋 Nothing was changed: {}.",
            text::mrkdwn(reason, 300)
        )),
        Reply::Conversation(reply) => conversation(reply),
        Reply::Webhook(reply) => webhook(reply),
        Reply::Channels(channels) => list_channels(channels),
        Reply::StoreTrouble { reason } => say(format!(
            "💾 Nothing was changed: the store does not take it ({}). Please try again in a while.",
            text::mrkdwn(reason, 200)
        )),
        Reply::TooFast => {
            say("🐢 That is a lot at once. Please wait a moment, and try again.".into())
        }
        Reply::DoneAlready => say("👍 That was done already: the same request came twice.".into()),
        Reply::NotAllowed => {
            say("⛔ You may look, but not change anything: ask an operator.".into())
        }
        Reply::NoForm { reason } => say(format!(
            "⏳ Slack did not open the form ({}). Please try again.",
            text::mrkdwn(reason, 100)
        )),
        Reply::Elsewhere => say("👍".into()),
    }
}

fn say(text: String) -> Message {
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

pub(super) fn alerts_button(view: &ServerView) -> Button {
    let server = view.server.id;
    if view.server.notification {
        Button::new("Alerts off", Press::Alerts { server, on: false })
    } else {
        Button::new("Alerts on", Press::Alerts { server, on: true })
    }
}

/// Lines packed into as few sections as hold them.
pub(super) fn paragraphs(lines: &[String]) -> Vec<SlackBlock> {
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    for line in lines {
        let longer = paragraph.chars().count() + line.chars().count() + 1;
        if longer > kit::SECTION_CHARS && !paragraph.is_empty() {
            blocks.push(kit::section(&paragraph));
            paragraph.clear();
        }
        if !paragraph.is_empty() {
            paragraph.push('\n');
        }
        paragraph.push_str(line);
    }
    if !paragraph.is_empty() {
        blocks.push(kit::section(&paragraph));
    }
    blocks
}

/// A word that others chose, in backticks; an empty one as a word.
fn in_backticks(word: &str) -> String {
    match text::code(word, 60) {
        shown if shown.is_empty() => "nothing".to_owned(),
        shown => shown,
    }
}

pub(super) fn plural(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}
