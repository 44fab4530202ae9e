//! The messages that channels get by themselves.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::flapping;
use crate::domain::incident::{Acknowledgement, End, EndReason, Incident, MOST_REMINDERS};
use crate::domain::notice::Again;
use crate::domain::outcome::Trouble;
use crate::domain::press::Press;
use crate::domain::server::{Environment, Server};
use crate::slack::render::kit::{self, Button};
use crate::slack::render::server::{failure as failure_text, failure_plain, lasted, name, person};
use crate::slack::render::{Message, text};

/// An incident and its server as they are at the moment of sending.
#[derive(Debug, Clone, Copy)]
pub struct IncidentView<'a> {
    /// The incident.
    pub incident: &'a Incident,
    /// Its server, unless it was removed.
    pub server: Option<&'a Server>,
    /// The moment.
    pub now: Timestamp,
}

/// The failure's message, in whatever state its incident is now: open, silenced, over.
#[must_use]
pub fn failure(view: IncidentView<'_>) -> Message {
    match &view.incident.end {
        None => open(view),
        Some(end) => over(view, end),
    }
}

fn open(view: IncidentView<'_>) -> Message {
    let IncidentView { incident, now, .. } = view;
    let mut blocks = vec![
        kit::header(&format!("🔴 {} is down", plain_name(incident))),
        kit::section(&format!(
            "{}\n{}",
            failure_text(&incident.failure),
            target(incident)
        )),
        kit::fields(&[
            ("Since", text::date(incident.began)),
            (
                "Last healthy",
                incident
                    .last_healthy
                    .map_or_else(|| "never yet".into(), text::date),
            ),
        ]),
    ];
    let mut notes: Vec<_> = incident.acknowledged.iter().map(acknowledged).collect();
    notes.extend(silenced(view.server, now));
    if !notes.is_empty() {
        blocks.push(kit::context(&notes));
    }
    if let Some(server) = view.server {
        blocks.push(kit::actions(buttons(incident, server, now)));
    }
    let text = format!(
        "🔴 {} ({}) is down: {}, since {}",
        name(incident.host_name.as_str()),
        incident.environment,
        failure_plain(&incident.failure),
        text::date(incident.began),
    );
    Message { text, blocks }
}

fn over(view: IncidentView<'_>, end: &End) -> Message {
    let incident = view.incident;
    let lasted = lasted(incident.began, end.at);
    let plain = plain_name(incident);
    let (headline, until, text) = match end.reason {
        EndReason::Recovered => (
            format!("🟢 Resolved: {plain} is up again"),
            "Until",
            format!("🟢 Resolved: {} was down for {lasted}", full_name(incident)),
        ),
        EndReason::Removed => (
            format!("⚪ {plain} was removed"),
            "Removed",
            format!(
                "⚪ {} was removed from the list while it was down",
                full_name(incident)
            ),
        ),
    };
    let mut blocks = vec![
        kit::header(&headline),
        kit::section(&format!(
            "Was down for *{lasted}*: {}\n{}",
            failure_text(&incident.failure),
            target(incident)
        )),
        kit::fields(&[
            ("Since", text::date(incident.began)),
            (until, text::date(end.at)),
        ]),
    ];
    let mut notes: Vec<_> = incident.acknowledged.iter().map(acknowledged).collect();
    notes.extend(silenced(view.server, view.now));
    if !notes.is_empty() {
        blocks.push(kit::context(&notes));
    }
    Message { text, blocks }
}

/// That a server still is down, where it was silent for a while.
#[must_use]
pub fn still_down(incident: &Incident, again: Again, now: Timestamp) -> Message {
    let why = match again {
        Again::MuteEnded => "its mute has ended",
        Again::AlertsOn => "its alerts are on again",
    };
    let text = format!(
        "🔴 {} is still down after {}; {why}. {}",
        full_name(incident),
        lasted(incident.began, now),
        failure_plain(&incident.failure),
    );
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

/// A reminder of a failure that nobody took on.
#[must_use]
pub fn reminder(incident: &Incident, number: u8, now: Timestamp) -> Message {
    let text = format!(
        "⏰ {} is still down after {}, reminder {number} of {MOST_REMINDERS}.",
        full_name(incident),
        lasted(incident.began, now),
    );
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

/// A server that changes its state again and again.
#[must_use]
pub fn flapping(host_name: &str, server: &Server) -> Message {
    let text = format!(
        "🔀 {} ({}) is flapping: its state changed {} times within {} minutes. I keep quiet about it until it has \
         kept still for {} minutes.",
        name(host_name),
        server.environment,
        flapping::CHANGES,
        flapping::WINDOW.num_minutes(),
        flapping::SETTLED_AFTER.num_minutes(),
    );
    let check = Button::new("Check now", Press::Check { server: server.id });
    let mute = Button::new("Mute 1h", Press::Mute { server: server.id });
    let blocks = vec![kit::section(&text), kit::actions(vec![mute, check])];
    Message { text, blocks }
}

/// The prober could not look for a while.
#[must_use]
pub fn own_trouble(trouble: Trouble, from: Timestamp, to: Timestamp) -> Message {
    let what = match trouble {
        Trouble::Offline | Trouble::NoRoute => "I lost my network",
        Trouble::Descriptors => "I ran out of file descriptors",
        Trouble::Memory => "I ran out of memory",
        Trouble::Ports => "I ran out of local ports",
        Trouble::Asleep => "I was asleep (my machine was suspended, or its clock was set)",
    };
    let text = format!(
        "🟡 {what} from {} to {} ({}). What servers did meanwhile is not known, and no alert was made of it.",
        text::date(from),
        text::date(to),
        lasted(from, to),
    );
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

/// The inventory lacks so many servers that a person is asked.
#[must_use]
pub fn inventory_held(servers: usize) -> Message {
    let count = if servers == 1 {
        "1 server".to_owned()
    } else {
        format!("{servers} servers")
    };
    let text = format!(
        "📋 The inventory no longer lists {count}, which is more than half of it or all. They are still watched: shall I \
         remove them?"
    );
    let buttons = vec![
        Button::new("Remove them", Press::InventoryRemove).danger(),
        Button::new("Keep them", Press::InventoryKeep),
    ];
    Message {
        blocks: vec![kit::section(&text), kit::actions(buttons)],
        text,
    }
}

/// To whoever subscribed a channel: nothing arrives there any more.
#[must_use]
pub fn channel_failing(channel: &Channel, reason: &str) -> Message {
    let text = format!(
        "⚠️ Alerts no longer arrive in *{}*: Slack says {}. {} What is owed is kept; `/health subscribe` there sends it.",
        name(&channel.name),
        text::code(reason, 60),
        remedy(reason),
    );
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

/// What a person can do about Slack's refusal of a channel.
pub(super) fn remedy(reason: &str) -> &'static str {
    match reason {
        "not_in_channel" | "channel_not_found" => {
            "Invite me there again with `/invite @Healthbot`."
        }
        "is_archived" | "channel_is_archived" | "is_inactive" => {
            "The channel is archived: unarchive it, or subscribe another one."
        }
        "restricted_action" | "restricted_action_read_only_channel" => {
            "Posting there is restricted: ask a workspace admin to let me."
        }
        "no_service" | "no_service_id" | "invalid_token" | "no_team" | "action_prohibited" => {
            "The webhook was removed: make a new one and add it again."
        }
        _ => "Check the channel's settings in Slack.",
    }
}

/// The recovery: in the failure's thread and the channel, or by itself where nothing can be threaded.
#[must_use]
pub fn recovery(incident: &Incident, end: &End) -> Message {
    let text = format!(
        "🟢 {} is up again. It was down for {} ({}), from {} to {}.",
        full_name(incident),
        lasted(incident.began, end.at),
        failure_plain(&incident.failure),
        text::date(incident.began),
        text::date(end.at),
    );
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

/// What is posted through a webhook before it is added: that it arrives is the proof that it works.
#[must_use]
pub fn webhook_test(webhook: &str) -> Message {
    let text = format!(
        "👋 This is a test: as *{}*, this channel is told from now on when a server fails, why, and when it is back.",
        name(webhook)
    );
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

/// What will happen in a channel to which the bot was invited.
#[must_use]
pub fn welcome(environments: &BTreeSet<Environment>, servers: usize) -> Message {
    let which = if environments.is_empty() {
        "a server".to_owned()
    } else {
        format!("a {} server", names(environments))
    };
    let watched = match servers {
        0 => "No server is watched yet: `/health add` adds the first.".to_owned(),
        1 => "1 server is watched.".to_owned(),
        n => format!("{n} servers are watched."),
    };
    let text = format!(
        "👋 This channel is told from now on when {which} fails, why, and when it is back. {watched}"
    );
    let mut buttons = vec![Button::new("Unsubscribe", Press::Unsubscribe)];
    if servers == 0 {
        buttons.insert(0, Button::new("Add server", Press::AddServer).primary());
    }
    let blocks = vec![kit::section(&text), kit::actions(buttons)];
    Message { text, blocks }
}

/// Environments in a sentence.
pub(super) fn names(environments: &BTreeSet<Environment>) -> String {
    let names: Vec<_> = environments
        .iter()
        .rev()
        .map(|environment| environment.as_str())
        .collect();
    names.join(" or ")
}

fn buttons(incident: &Incident, server: &Server, now: Timestamp) -> Vec<Button> {
    let id = server.id;
    let mut buttons = Vec::new();
    if incident.acknowledged.is_none() {
        buttons.push(Button::new("Acknowledge", Press::Acknowledge { server: id }).primary());
    }
    buttons.push(if server.is_muted(now) {
        Button::new("Unmute", Press::Unmute { server: id })
    } else {
        Button::new("Mute 1h", Press::Mute { server: id })
    });
    let switch = if server.notification {
        Button::new(
            "Alerts off",
            Press::Alerts {
                server: id,
                on: false,
            },
        )
    } else {
        Button::new(
            "Alerts on",
            Press::Alerts {
                server: id,
                on: true,
            },
        )
    };
    buttons.push(switch);
    buttons.push(Button::new("Check now", Press::Check { server: id }));
    buttons
}

/// What is checked, in a line: a field each would fill a phone's screen, where fields stand in one column.
fn target(incident: &Incident) -> String {
    format!(
        "{} · {} · {}",
        incident.environment,
        incident.check,
        text::code(&incident.address, text::ADDRESS_CHARS)
    )
}

/// Who acknowledged an incident, and when.
fn acknowledged(by: &Acknowledgement) -> String {
    format!(
        "👀 Acknowledged by {}, {}.",
        person(&by.by),
        text::date(by.at)
    )
}

fn silenced(server: Option<&Server>, now: Timestamp) -> Vec<String> {
    let Some(server) = server else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    if !server.notification {
        lines.push("🔕 Alerts of this server are off.".to_owned());
    }
    if let Some(until) = server.muted_until.filter(|until| now < *until) {
        lines.push(format!("🔇 Muted until {}.", text::date(until)));
    }
    lines
}

fn plain_name(incident: &Incident) -> String {
    text::plain(incident.host_name.as_str(), text::NAME_CHARS)
}

fn full_name(incident: &Incident) -> String {
    format!(
        "{} ({})",
        name(incident.host_name.as_str()),
        incident.environment
    )
}
