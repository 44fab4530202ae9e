//! Answers about alerts: switched, muted, acknowledged.

use crate::clock::Timestamp;
use crate::domain::command::Topic;
use crate::domain::incident::Acknowledgement;
use crate::domain::press::Press;
use crate::domain::reply::{ServerView, Told};
use crate::domain::settings::Settings;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::{alerts_button, line_about, mute_button, say};
use crate::slack::render::server::{name, person};
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{Message, text};

pub(super) fn ask_all_off(words: Words, servers: usize) -> Message {
    let text = tr!(words, "ask-all-off", servers = servers);
    let off = Button::new(tr!(words, "button-alerts-off"), Press::AllOff);
    let keep = Button::new(tr!(words, "button-keep"), Press::KeepAll);
    let blocks = vec![kit::section(&text), kit::actions(vec![off.danger(), keep])];
    Message { text, blocks }
}

pub(super) fn alerts_switched(
    words: Words,
    view: &ServerView,
    changed: bool,
    now: Timestamp,
) -> Message {
    let server = name(view.server.host_name.as_str());
    let mut text = match (view.server.notification, changed) {
        (true, true) => tr!(words, "alerts-now-on", server = server),
        (true, false) => tr!(words, "alerts-already-on", server = server),
        (false, true) => tr!(words, "alerts-now-off", server = server),
        (false, false) => tr!(words, "alerts-already-off", server = server),
    };
    let mut buttons = vec![alerts_button(words, &view.server)];
    let muted = view.server.muted_until.filter(|until| now < *until);
    if let Some(until) = muted.filter(|_| view.server.notification) {
        text.push('\n');
        text.push_str(&tr!(words, "alerts-on-muted", until = text::date(until)));
        buttons.push(mute_button(words, &view.server, now));
    }
    let blocks = vec![kit::section(&text), kit::actions(buttons)];
    Message { text, blocks }
}

pub(super) fn all_switched(words: Words, on: bool, changed: usize) -> String {
    match (on, changed) {
        (true, 0) => tr!(words, "all-already-on"),
        (false, 0) => tr!(words, "all-already-off"),
        (true, count) => tr!(words, "all-now-on", count = count),
        (false, count) => tr!(words, "all-now-off", count = count),
    }
}

pub(super) fn muted(words: Words, view: &ServerView, now: Timestamp) -> Message {
    let until = view.server.muted_until.unwrap_or(now);
    let text = tr!(
        words,
        "muted",
        server = name(view.server.host_name.as_str()),
        until = text::date(until)
    );
    let unmute = Press::Unmute {
        server: view.server.id,
    };
    let unmute = Button::new(tr!(words, "button-unmute"), unmute);
    Message {
        blocks: vec![kit::section(&text), kit::actions(vec![unmute])],
        text,
    }
}

pub(super) fn unmuted(words: Words, view: &ServerView, changed: bool) -> String {
    let called = view.server.host_name.as_str();
    let server = name(called);
    let mut text = if changed {
        tr!(words, "unmuted", server = server)
    } else {
        tr!(words, "was-not-muted", server = server)
    };
    if !view.server.notification {
        let on = line_about(Topic::On.word(), called);
        text.push('\n');
        text.push_str(&tr!(words, "unmuted-off", line = on));
    }
    text
}

pub(super) fn acknowledged(
    words: Words,
    server: &str,
    already: Option<&Acknowledgement>,
) -> String {
    let server = name(server);
    match already {
        None => tr!(words, "acknowledged", server = server),
        Some(first) => tr!(
            words,
            "acknowledged-before",
            person = person(words, &first.by),
            server = server,
            when = text::date(first.at)
        ),
    }
}

pub(super) fn settings(words: Words, settings: &Settings, told: Told) -> Message {
    let rhythm = rhythm(words, settings);
    say(match told {
        Told::Shown => tr!(words, "settings", rhythm = rhythm),
        Told::Changed => tr!(words, "settings-changed", rhythm = rhythm),
        Told::AsBefore => tr!(words, "settings-unchanged", rhythm = rhythm),
    })
}

/// The defaults in a line.
pub(in crate::slack::render) fn rhythm(words: Words, settings: &Settings) -> String {
    let remind = match settings.remind {
        Some(every) => tr!(words, "remind-every", interval = words.exact(every.get())),
        None => tr!(words, "remind-off"),
    };
    tr!(
        words,
        "rhythm",
        interval = words.exact(settings.interval.get()),
        timeout = words.exact(settings.timeout.get()),
        failures = settings.failures.get(),
        recoveries = settings.recoveries.get(),
        remind = remind,
    )
}
