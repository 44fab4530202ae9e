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
use crate::domain::command::Topic;
use crate::domain::command::words::as_typed;
use crate::domain::forbidden::Forbidden;
use crate::domain::ids::ServerId;
use crate::domain::press::Press;
use crate::domain::reply::Reply;
use crate::domain::server::Server;
use crate::slack::render::inventory::{inventory_changed, inventory_settled};
use crate::slack::render::kit::{self, Button};
use crate::slack::render::mistake::{forbidden, mistake};
use crate::slack::render::server::name;
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{Message, text};

use channels::{cannot_subscribe, list_channels, subscribed, unsubscribed};
pub(super) use channels::{channel_block, channel_line, channel_link};
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
pub fn reply(words: Words, reply: &Reply, now: Timestamp) -> Message {
    match reply {
        Reply::Help(None) => help(words),
        Reply::Help(Some(topic)) => help_on(words, *topic),
        Reply::Mistake(error) => say(mistake(words, error)),
        Reply::NoSuchServer {
            name,
            nearest,
            topic,
        } => no_such_server(words, name, nearest, *topic),
        Reply::Forbidden { reason, topic } => say(refused_address(words, reason, *topic)),
        Reply::Added {
            view,
            outcome,
            heard,
        } => added(words, view, outcome.as_ref(), *heard),
        Reply::Edited {
            view,
            edits,
            moved,
            outcome,
        } => edited(words, view, edits, *moved, outcome.as_ref()),
        Reply::History(facts) => history(words, facts, now),
        Reply::List { page, filter } => list(words, page, filter, now),
        Reply::Summary(facts) => summary(words, facts, now),
        Reply::Detail { view, incident } => detail(words, view, incident.as_ref(), now),
        Reply::AskRemove(view) => ask_remove(words, view),
        Reply::AlertsSwitched { view, changed } => alerts_switched(words, view, *changed, now),
        Reply::Muted { view } => muted(words, view, now),
        Reply::Settings {
            settings: now,
            told,
        } => settings(words, now, *told),
        Reply::AskAllOff { servers } => ask_all_off(words, *servers),
        Reply::Checked { view, outcome } => checked(words, view, outcome, now),
        Reply::Conversation(reply) => conversation(words, reply),
        Reply::Webhook(reply) => webhook(words, reply),
        Reply::Channels { page, off, refused } => {
            list_channels(words, page, *off, refused.as_deref())
        }
        Reply::InventorySettled(verdict) => inventory_settled(words, verdict),
        Reply::InventoryChanged(held) => inventory_changed(words, held),
        sentence => say(said(words, sentence)),
    }
}

/// The answers that are a sentence and nothing else; those with more to them have their own functions.
fn said(words: Words, reply: &Reply) -> String {
    match reply {
        Reply::NameTaken { name: taken } => {
            let status = line_about("status", taken);
            tr!(
                words,
                "server-name-taken",
                server = name(taken),
                line = status
            )
        }
        Reply::Removed { name: gone } => tr!(words, "server-removed", server = name(gone)),
        Reply::Kept { name: kept } => tr!(words, "kept", what = name(kept)),
        Reply::KeptAll => tr!(words, "kept-all"),
        Reply::Gone => tr!(words, "gone"),
        Reply::Unmuted { view, changed } => unmuted(words, view, *changed),
        Reply::Acknowledged { name, already } => acknowledged(words, name, already.as_ref()),
        Reply::NothingOpen { name: up } => tr!(words, "nothing-open", server = name(up)),
        Reply::AllAlertsSwitched { on, changed } => all_switched(words, *on, *changed),
        Reply::Checking { name: checked } => tr!(words, "still-checking", server = name(checked)),
        Reply::Subscribed { channel, already } => subscribed(words, channel, *already),
        Reply::CannotSubscribe {
            conversation,
            problem,
        } => cannot_subscribe(words, conversation, problem),
        Reply::Unsubscribed { channel, here } => unsubscribed(words, channel, *here),
        Reply::NotSubscribed { conversation } => {
            tr!(
                words,
                "not-subscribed",
                channel = channel_link(words, conversation)
            )
        }
        Reply::InventoryAskedAnew => tr!(words, "inventory-asked-anew"),
        Reply::InventoryNotHeld => tr!(words, "inventory-not-held"),
        Reply::InventoryTrouble { reason } => {
            tr!(
                words,
                "inventory-trouble",
                reason = words.quoted(reason, 300)
            )
        }
        Reply::StoreTrouble { reason } => {
            tr!(words, "store-trouble", reason = words.quoted(reason, 200))
        }
        Reply::TooFast => tr!(words, "too-fast"),
        Reply::NotReady => tr!(words, "not-ready"),
        Reply::DoneAlready => tr!(words, "done-already"),
        Reply::NotAllowed => tr!(words, "not-allowed"),
        Reply::Stranger => tr!(words, "stranger"),
        Reply::NoForm { reason } => tr!(words, "no-form", reason = words.quoted(reason, 100)),
        // What is shown elsewhere needs no words.
        Reply::Elsewhere => "👍".to_owned(),
        // These are more than a sentence, and `reply` has a function for each. They are named, so that a new answer
        // does not compile until it has its words.
        Reply::Help(_)
        | Reply::Mistake(_)
        | Reply::NoSuchServer { .. }
        | Reply::Forbidden { .. }
        | Reply::Added { .. }
        | Reply::Edited { .. }
        | Reply::History(_)
        | Reply::List { .. }
        | Reply::Summary(_)
        | Reply::Detail { .. }
        | Reply::AskRemove(_)
        | Reply::AlertsSwitched { .. }
        | Reply::Muted { .. }
        | Reply::Settings { .. }
        | Reply::AskAllOff { .. }
        | Reply::Checked { .. }
        | Reply::Conversation(_)
        | Reply::Webhook(_)
        | Reply::Channels { .. }
        | Reply::InventorySettled(_)
        | Reply::InventoryChanged(_) => "👍".to_owned(),
    }
}

fn refused_address(words: Words, reason: &Forbidden, topic: Topic) -> String {
    let reason = forbidden(words, reason);
    let refused = tr!(words, "address-forbidden", reason = reason);
    format!("{refused}\n{}", like_this(words, topic.example()))
}

/// How much of a line that is offered is shown, in characters: the longest name of an ordinary script has room in it.
pub(super) const LINE_CHARS: usize = 300;

/// A line that works, as it is offered.
pub(super) fn like_this(words: Words, line: &str) -> String {
    tr!(words, "like-this", line = text::code(line, LINE_CHARS))
}

/// A command on what people call so, as it must be typed.
pub(super) fn typed_about(command: &str, name: &str) -> String {
    format!("/health {command} {}", as_typed(name))
}

/// The same in backticks.
pub(super) fn line_about(command: &str, name: &str) -> String {
    text::code(&typed_about(command, name), LINE_CHARS)
}

/// A message of one paragraph.
pub(super) fn say(text: String) -> Message {
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

/// The button that switches a server's alerts the other way.
pub(super) fn alerts_button(words: Words, server: &Server) -> Button {
    let on = !server.notification;
    let label = if on {
        tr!(words, "button-alerts-on")
    } else {
        tr!(words, "button-alerts-off")
    };
    let server = server.id;
    Button::new(label, Press::Alerts { server, on })
}

/// The button that mutes a server, or ends its mute.
pub(super) fn mute_button(words: Words, server: &Server, now: Timestamp) -> Button {
    let id = server.id;
    if server.is_muted(now) {
        Button::new(tr!(words, "button-unmute"), Press::Unmute { server: id })
    } else {
        Button::new(tr!(words, "button-mute"), Press::Mute { server: id })
    }
}

/// The button that probes a server.
pub(super) fn check_button(words: Words, server: ServerId) -> Button {
    Button::new(tr!(words, "button-check"), Press::Check { server })
}

/// The buttons between the pages of a list; none where there is one page only.
pub(super) fn pager(
    words: Words,
    number: usize,
    pages: usize,
    to: impl Fn(usize) -> Press,
) -> Option<SlackBlock> {
    let mut buttons = Vec::new();
    if let Some(before) = number.checked_sub(1) {
        buttons.push(Button::new(tr!(words, "button-previous"), to(before)));
    }
    if number + 1 < pages {
        buttons.push(Button::new(tr!(words, "button-next"), to(number + 1)));
    }
    (!buttons.is_empty()).then(|| kit::actions(buttons))
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
fn in_backticks(words: Words, word: &str) -> String {
    match text::code(word, 60) {
        shown if shown.is_empty() => tr!(words, "nothing"),
        shown => shown,
    }
}
