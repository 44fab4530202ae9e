//! Answers about alerts: switched, muted, taken on.

use crate::clock::Timestamp;
use crate::domain::incident::Acknowledgement;
use crate::domain::press::Press;
use crate::domain::reply::ServerView;
use crate::domain::settings::Settings;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::{alerts_button, plural, say};
use crate::slack::render::server::{name, person};
use crate::slack::render::{Message, text};

pub(super) fn ask_all_off(servers: usize) -> Message {
    let text = format!(
        "Switch the alerts of {} off? Nobody would be told of any failure.",
        if servers == 1 {
            "the one server".to_owned()
        } else {
            format!("all {servers} servers")
        }
    );
    let blocks = vec![
        kit::section(&text),
        kit::actions(vec![
            Button::new("Alerts off", Press::AllOff).danger(),
            Button::new("Keep", Press::KeepAll),
        ]),
    ];
    Message { text, blocks }
}

pub(super) fn alerts_switched(view: &ServerView, changed: bool) -> Message {
    let on = view.server.notification;
    let (emoji, word) = if on { ("🔔", "on") } else { ("🔕", "off") };
    let already = if changed { "are now" } else { "already were" };
    let text = format!(
        "{emoji} Alerts of *{}* {already} {word}.{}",
        name(view.server.host_name.as_str()),
        if on { "" } else { " Checks go on." },
    );
    let blocks = vec![kit::section(&text), kit::actions(vec![alerts_button(view)])];
    Message { text, blocks }
}

pub(super) fn all_switched(on: bool, changed: usize) -> String {
    let (emoji, word) = if on { ("🔔", "on") } else { ("🔕", "off") };
    match changed {
        0 => format!("{emoji} All alerts already were {word}."),
        n => format!(
            "{emoji} Alerts of {} are now {word}.",
            plural(n, "server", "servers")
        ),
    }
}

pub(super) fn muted(view: &ServerView, now: Timestamp) -> Message {
    let name = name(view.server.host_name.as_str());
    let until = view.server.muted_until.unwrap_or(now);
    let text = format!(
        "🔇 *{name}* is muted until {}. Checks go on.",
        text::date(until)
    );
    let unmute = Button::new(
        "Unmute",
        Press::Unmute {
            server: view.server.id,
        },
    );
    Message {
        blocks: vec![kit::section(&text), kit::actions(vec![unmute])],
        text,
    }
}

pub(super) fn unmuted(view: &ServerView, changed: bool) -> String {
    let name = name(view.server.host_name.as_str());
    if changed {
        format!("🔊 *{name}* is no longer muted.")
    } else {
        format!("🔊 *{name}* was not muted.")
    }
}

pub(super) fn acknowledged(server: &str, already: Option<&Acknowledgement>) -> String {
    match already {
        None => format!(
            "👀 You acknowledged *{}*. Everyone who was told sees it.",
            name(server)
        ),
        Some(first) => format!(
            "👀 {} acknowledged *{}* already, {}.",
            person(&first.by),
            name(server),
            text::date(first.at)
        ),
    }
}

pub(super) fn settings(settings: &Settings, changed: bool) -> Message {
    let text = format!(
        "{}\n{}\nThey hold for every server without a value of its own.",
        if changed {
            "✅ The defaults are changed, from now on:"
        } else {
            "The defaults:"
        },
        rhythm(settings),
    );
    say(text)
}

/// The defaults in a line.
pub(in crate::slack::render) fn rhythm(settings: &Settings) -> String {
    let remind = settings
        .remind
        .map_or_else(|| "off".to_owned(), |every| format!("every {every}"));
    format!(
        "*interval* {} · *timeout* {} · *failures* {} · *recoveries* {} · *remind* {remind}",
        settings.interval, settings.timeout, settings.failures, settings.recoveries,
    )
}
