//! The messages that channels get by themselves.

use std::collections::BTreeSet;

use slack_morphism::prelude::SlackBlock;

use crate::clock::Timestamp;
use crate::domain::channel::{Channel, Destination};
use crate::domain::flapping;
use crate::domain::ids::UserId;
use crate::domain::incident::{End, EndReason, Incident, MOST_REMINDERS};
use crate::domain::notice::Again;
use crate::domain::outcome::Trouble;
use crate::domain::press::Press;
use crate::domain::server::{Environment, Server};
use crate::slack::render::kit::{self, Button};
use crate::slack::render::reply::{
    LINE_CHARS, alerts_button, check_button, mute_button, say, typed_about,
};
use crate::slack::render::server::{failure as failure_text, failure_plain, lasted, name, person};
use crate::slack::render::words::{Words, tr};
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
pub fn failure(words: Words, view: IncidentView<'_>) -> Message {
    match &view.incident.end {
        None => open(words, view),
        Some(end) => over(words, view, end),
    }
}

fn open(words: Words, view: IncidentView<'_>) -> Message {
    let IncidentView { incident, now, .. } = view;
    let last_healthy = incident.last_healthy.map(text::date);
    let headline = tr!(words, "failure-headline", server = plain_name(incident));
    let mut blocks = vec![
        kit::header(&headline),
        kit::section(&format!(
            "{}\n{}",
            failure_text(words, &incident.failure),
            target(incident)
        )),
        kit::fields(&[
            (tr!(words, "label-since"), text::date(incident.began)),
            (
                tr!(words, "label-last-healthy"),
                last_healthy.unwrap_or_else(|| tr!(words, "never-yet")),
            ),
        ]),
    ];
    blocks.extend(notes(words, view));
    if let Some(server) = view.server {
        blocks.push(kit::actions(buttons(words, incident, server, now)));
    }
    let text = tr!(
        words,
        "failure-text",
        server = full_name(incident),
        failure = failure_plain(words, &incident.failure),
        since = text::date(incident.began),
    );
    Message { text, blocks }
}

/// A message in a channel that was unsubscribed, as it is left there: without buttons, and saying so.
#[must_use]
pub fn unsubscribed(words: Words, message: Message) -> Message {
    let mut message = message;
    message
        .blocks
        .retain(|block| !matches!(block, SlackBlock::Actions(_)));
    message
        .blocks
        .push(kit::context(&[tr!(words, "not-kept-up-to-date")]));
    message
}

fn over(words: Words, view: IncidentView<'_>, end: &End) -> Message {
    let incident = view.incident;
    let lasted = lasted(words, incident.began, end.at);
    let (plain, full) = (plain_name(incident), full_name(incident));
    let (headline, until, text) = match end.reason {
        EndReason::Recovered => (
            tr!(words, "resolved-headline", server = plain),
            tr!(words, "label-until"),
            tr!(
                words,
                "resolved-text",
                server = full,
                span = lasted.as_str()
            ),
        ),
        EndReason::Removed => (
            tr!(words, "removed-headline", server = plain),
            tr!(words, "label-removed"),
            tr!(words, "removed-text", server = full),
        ),
    };
    let was_down = tr!(
        words,
        "was-down-for",
        span = lasted,
        failure = failure_text(words, &incident.failure),
    );
    let mut blocks = vec![
        kit::header(&headline),
        kit::section(&format!("{was_down}\n{}", target(incident))),
        kit::fields(&[
            (tr!(words, "label-since"), text::date(incident.began)),
            (until, text::date(end.at)),
        ]),
    ];
    blocks.extend(notes(words, view));
    Message { text, blocks }
}

/// That a server still is down, where it was silent for a while.
#[must_use]
pub fn still_down(words: Words, incident: &Incident, again: Again, now: Timestamp) -> Message {
    let server = full_name(incident);
    let span = lasted(words, incident.began, now);
    let failure = failure_plain(words, &incident.failure);
    say(match again {
        Again::MuteEnded => tr!(
            words,
            "still-down-unmuted",
            server = server,
            span = span,
            failure = failure
        ),
        Again::AlertsOn => tr!(
            words,
            "still-down-alerts-on",
            server = server,
            span = span,
            failure = failure
        ),
    })
}

/// A reminder of a failure that nobody took on.
#[must_use]
pub fn reminder(words: Words, incident: &Incident, number: u8, now: Timestamp) -> Message {
    say(tr!(
        words,
        "reminder",
        server = full_name(incident),
        span = lasted(words, incident.began, now),
        number = number,
        most = MOST_REMINDERS,
    ))
}

/// A server that changes its state again and again.
#[must_use]
pub fn flapping(words: Words, host_name: &str, server: &Server) -> Message {
    let text = tr!(
        words,
        "flapping",
        server = name(host_name),
        environment = server.environment.as_str(),
        changes = flapping::CHANGES,
        window = flapping::WINDOW.num_minutes(),
        settled = flapping::SETTLED_AFTER.num_minutes(),
    );
    let mute = Button::new(tr!(words, "button-mute"), Press::Mute { server: server.id });
    let blocks = vec![
        kit::section(&text),
        kit::actions(vec![mute, check_button(words, server.id)]),
    ];
    Message { text, blocks }
}

/// The prober could not look for a while.
#[must_use]
pub fn own_trouble(words: Words, trouble: Trouble, from: Timestamp, to: Timestamp) -> Message {
    let what = match trouble {
        Trouble::Offline | Trouble::NoRoute => tr!(words, "own-network"),
        Trouble::Descriptors => tr!(words, "own-descriptors"),
        Trouble::Memory => tr!(words, "own-memory"),
        Trouble::Ports => tr!(words, "own-ports"),
        Trouble::Asleep => tr!(words, "own-sleep"),
    };
    say(tr!(
        words,
        "own-trouble",
        what = what,
        from = text::date(from),
        to = text::date(to),
        span = lasted(words, from, to),
    ))
}

/// To whoever subscribed a channel: nothing arrives there any more.
#[must_use]
pub fn channel_failing(words: Words, channel: &Channel, reason: &str) -> Message {
    let (called, remedy) = (name(&channel.name), remedy(words, channel, reason));
    let reason = text::code(reason, 60);
    say(match channel.destination {
        Destination::Conversation(_) => tr!(
            words,
            "channel-failing",
            channel = called,
            reason = reason,
            remedy = remedy
        ),
        Destination::Webhook(_) => tr!(
            words,
            "webhook-failing",
            webhook = called,
            reason = reason,
            remedy = remedy
        ),
    })
}

/// What a person can do about Slack's refusal of a channel.
pub(super) fn remedy(words: Words, channel: &Channel, reason: &str) -> String {
    let anew = || {
        let line = format!("{} HOOK_URL", typed_about("webhook add", &channel.name));
        text::code(&line, LINE_CHARS)
    };
    match (&channel.destination, reason) {
        (
            Destination::Webhook(_),
            "no_service" | "no_service_id" | "invalid_token" | "no_team" | "action_prohibited"
            | "channel_not_found",
        ) => tr!(words, "remedy-webhook", line = anew()),
        (Destination::Webhook(_), _) => tr!(words, "remedy-webhook-other", line = anew()),
        (_, "not_in_channel" | "channel_not_found") => tr!(words, "remedy-invite"),
        (_, "is_archived" | "channel_is_archived" | "is_inactive") => {
            tr!(words, "remedy-archived")
        }
        (_, "restricted_action" | "restricted_action_read_only_channel") => {
            tr!(words, "remedy-restricted")
        }
        _ => tr!(words, "remedy-other"),
    }
}

/// The recovery: in the failure's thread and the channel, or by itself where nothing can be threaded.
#[must_use]
pub fn recovery(words: Words, incident: &Incident, end: &End) -> Message {
    say(tr!(
        words,
        "recovery",
        server = full_name(incident),
        span = lasted(words, incident.began, end.at),
        failure = failure_plain(words, &incident.failure),
        from = text::date(incident.began),
        to = text::date(end.at),
    ))
}

/// What is posted through a webhook before it is added: that it arrives is the proof that it works.
#[must_use]
pub fn webhook_test(words: Words, webhook: &str) -> Message {
    say(tr!(words, "webhook-test", webhook = name(webhook)))
}

/// What will happen in a channel to which the bot was invited.
#[must_use]
pub fn welcome(words: Words, environments: &BTreeSet<Environment>, servers: usize) -> Message {
    let watched = tr!(words, "welcome-watched", servers = servers);
    let text = if environments.is_empty() {
        tr!(words, "welcome", watched = watched)
    } else {
        tr!(
            words,
            "welcome-filtered",
            environments = names(words, environments),
            watched = watched
        )
    };
    let unsubscribe = Button::new(tr!(words, "button-unsubscribe"), Press::Unsubscribe);
    let mut buttons = vec![unsubscribe];
    if servers == 0 {
        let add = Button::new(tr!(words, "button-add"), Press::AddServer);
        buttons.insert(0, add.primary());
    }
    let blocks = vec![kit::section(&text), kit::actions(buttons)];
    Message { text, blocks }
}

/// Environments in a sentence.
pub(super) fn names(words: Words, environments: &BTreeSet<Environment>) -> String {
    let names: Vec<_> = environments
        .iter()
        .rev()
        .map(Environment::to_string)
        .collect();
    words.any_of(&names)
}

fn buttons(words: Words, incident: &Incident, server: &Server, now: Timestamp) -> Vec<Button> {
    let id = server.id;
    let mut buttons = Vec::new();
    if incident.acknowledged.is_none() {
        let acknowledge = Press::Acknowledge { server: id };
        buttons.push(Button::new(tr!(words, "button-acknowledge"), acknowledge).primary());
    }
    buttons.push(mute_button(words, server, now));
    buttons.push(alerts_button(words, server));
    buttons.push(check_button(words, id));
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

/// Who took an incident on, and why nobody hears of it, where that is so.
fn notes(words: Words, view: IncidentView<'_>) -> Option<SlackBlock> {
    let taken = view.incident.acknowledged.iter();
    let mut notes: Vec<_> = taken
        .map(|by| acknowledged_by(words, &by.by, by.at))
        .collect();
    if let Some(server) = view.server {
        notes.extend(silenced(words, server, view.now));
    }
    (!notes.is_empty()).then(|| kit::context(&notes))
}

/// Who acknowledged, and when.
pub(super) fn acknowledged_by(words: Words, by: &UserId, at: Timestamp) -> String {
    tr!(
        words,
        "acknowledged-by",
        person = person(words, by),
        when = text::date(at)
    )
}

fn silenced(words: Words, server: &Server, now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    if !server.notification {
        lines.push(tr!(words, "alerts-are-off"));
    }
    if let Some(until) = server.muted_until.filter(|until| now < *until) {
        lines.push(tr!(words, "is-muted-until", until = text::date(until)));
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
