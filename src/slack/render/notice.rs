//! The messages that channels get by themselves.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::domain::incident::{End, EndReason, Incident};
use crate::domain::press::Press;
use crate::domain::server::{Environment, Server};
use crate::slack::render::kit::{self, Button};
use crate::slack::render::server::{failure as failure_text, failure_plain, lasted, name};
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
        kit::section(&failure_text(&incident.failure)),
        kit::fields(&[
            ("Since", text::date(incident.began)),
            (
                "Last healthy",
                incident
                    .last_healthy
                    .map_or_else(|| "never yet".into(), text::date),
            ),
            ("Environment", incident.environment.to_string()),
            ("Check", incident.check.clone()),
            (
                "Address",
                text::code(&incident.address, text::ADDRESS_CHARS),
            ),
        ]),
    ];
    let silenced = silenced(view.server, now);
    if !silenced.is_empty() {
        blocks.push(kit::context(&silenced));
    }
    if let Some(server) = view.server {
        blocks.push(kit::actions(buttons(server)));
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
    let blocks = vec![
        kit::header(&headline),
        kit::section(&format!(
            "Was down for *{lasted}*: {}",
            failure_text(&incident.failure)
        )),
        kit::fields(&[
            ("Since", text::date(incident.began)),
            (until, text::date(end.at)),
            ("Environment", incident.environment.to_string()),
            ("Check", incident.check.clone()),
            (
                "Address",
                text::code(&incident.address, text::ADDRESS_CHARS),
            ),
        ]),
    ];
    let blocks = match silenced(view.server, view.now) {
        lines if lines.is_empty() => blocks,
        lines => blocks.into_iter().chain([kit::context(&lines)]).collect(),
    };
    Message { text, blocks }
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

/// What will happen in a channel to which the bot was invited.
#[must_use]
pub fn welcome(environments: &BTreeSet<Environment>, servers: usize) -> Message {
    let which = if environments.is_empty() {
        "a server".to_owned()
    } else {
        format!("a {} server", names(environments))
    };
    let watched = match servers {
        0 => "No server is watched yet: `/health add NAME URL` adds the first.".to_owned(),
        1 => "1 server is watched.".to_owned(),
        n => format!("{n} servers are watched."),
    };
    let text = format!(
        "👋 This channel is told from now on when {which} fails, why, and when it is back. {watched}"
    );
    let blocks = vec![
        kit::section(&text),
        kit::actions(vec![Button::new("Unsubscribe", Press::Unsubscribe)]),
    ];
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

fn buttons(server: &Server) -> Vec<Button> {
    let id = server.id;
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
    vec![
        switch,
        Button::new("Check now", Press::Check { server: id }),
    ]
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
