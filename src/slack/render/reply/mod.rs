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
use crate::domain::ids::ServerId;
use crate::domain::press::Press;
use crate::domain::reply::Reply;
use crate::domain::server::Server;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::mistake::{forbidden, mistake};
use crate::slack::render::server::name;
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{Message, text};

use channels::{cannot_subscribe, channel_name, list_channels, subscribed};
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
        Reply::Detail(view) => detail(words, view, now),
        Reply::AskRemove(view) => ask_remove(words, view),
        Reply::AlertsSwitched { view, changed } => alerts_switched(words, view, *changed),
        Reply::Muted { view } => muted(words, view, now),
        Reply::Settings {
            settings: now,
            changed,
        } => settings(words, now, *changed),
        Reply::AskAllOff { servers } => ask_all_off(words, *servers),
        Reply::Checked { view, outcome } => checked(words, view, outcome, now),
        Reply::Conversation(reply) => conversation(words, reply),
        Reply::Webhook(reply) => webhook(words, reply),
        Reply::Channels(channels) => list_channels(words, channels),
        sentence => say(said(words, sentence)),
    }
}

/// The answers that are a sentence and nothing else; those with more to them have their own functions.
fn said(words: Words, reply: &Reply) -> String {
    match reply {
        Reply::NameTaken { name: taken } => {
            tr!(words, "server-name-taken", server = name(taken))
        }
        Reply::Forbidden { reason } => {
            tr!(
                words,
                "address-forbidden",
                reason = forbidden(words, reason)
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
        Reply::Unsubscribed { channel } => {
            tr!(
                words,
                "unsubscribed",
                channel = channel_name(words, channel)
            )
        }
        Reply::NotSubscribed { conversation } => {
            tr!(
                words,
                "not-subscribed",
                channel = channel_link(words, conversation)
            )
        }
        Reply::InventoryRemoved { removed } => tr!(words, "inventory-removed", count = *removed),
        Reply::InventoryKept => tr!(words, "inventory-kept"),
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
        // What is shown elsewhere needs no words; the others never come here.
        _ => "👍".to_owned(),
    }
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
