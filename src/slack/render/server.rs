//! How a server, its state and an outcome read.

use chrono::TimeDelta;

use crate::clock::Timestamp;
use crate::domain::health::State;
use crate::domain::ids::UserId;
use crate::domain::outcome::{Failure, Outcome, Verdict};
use crate::domain::reply::ServerView;
use crate::domain::span;
use crate::slack::render::text;

/// A state as an emoji and a word, never as a colour alone.
pub(super) const fn state(state: State) -> &'static str {
    match state {
        State::Up => "🟢 up",
        State::Down => "🔴 down",
        State::Pending => "⚪ pending",
        State::Unknown => "🟡 unknown",
    }
}

/// A name in mrkdwn.
pub(super) fn name(name: &str) -> String {
    text::mrkdwn(name, text::NAME_CHARS)
}

/// A person whom Slack shows by their present name, without telling them.
pub(super) fn person(user: &UserId) -> String {
    let id = user.as_str();
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        format!("<@{id}>")
    } else {
        "somebody".to_owned()
    }
}

/// What was found wrong, kind first, in mrkdwn.
pub(super) fn failure(failure: &Failure) -> String {
    failure_within(failure, Failure::DETAIL_CHARS)
}

/// The same with at most so many characters of the detail.
pub(super) fn failure_within(failure: &Failure, chars: usize) -> String {
    let Failure { kind, detail } = failure;
    if detail.is_empty() {
        format!("*{kind}*")
    } else {
        format!("*{kind}* — {}", text::code(detail, chars))
    }
}

/// The same in a line without formatting, for notifications.
pub(super) fn failure_plain(failure: &Failure) -> String {
    text::mrkdwn(&failure.to_string(), Failure::DETAIL_CHARS + 30)
}

/// What a probe found, as a sentence.
pub(super) fn outcome(outcome: &Outcome) -> String {
    match &outcome.verdict {
        Verdict::Healthy { latency } => {
            format!("🟢 It answered in {} ms.", latency.as_millis().max(1))
        }
        Verdict::Failed(found) => format!("🔴 The check failed: {}", failure(found)),
        Verdict::Unknown(trouble) => {
            format!(
                "🟡 The check could not be made: Healthbot {}.",
                trouble.as_str()
            )
        }
    }
}

/// From one moment to another, in words; never negative.
pub(super) fn lasted(from: Timestamp, to: Timestamp) -> String {
    span::rough(
        to.signed_duration_since(from)
            .max(TimeDelta::zero())
            .to_std()
            .unwrap_or_default(),
    )
}

/// A line of a list: state, name, environment, what is unusual, and the address last, so that a phone breaks the line there.
pub(super) fn line(view: &ServerView, now: Timestamp) -> String {
    let server = &view.server;
    let mut line = format!(
        "{} *{}*  {}",
        state(view.health.state()),
        name(server.host_name.as_str()),
        server.environment,
    );
    if view.health.state() == State::Down {
        line.push_str(&format!("  for {}", lasted(view.health.since, now)));
    }
    if view.health.flapping.active {
        line.push_str("  🔀 flapping");
    }
    if !server.notification {
        line.push_str("  🔕 alerts off");
    } else if server.is_muted(now) {
        line.push_str("  🔇 muted");
    }
    line.push_str("  ");
    line.push_str(&text::code(&server.url(), 100));
    line
}
