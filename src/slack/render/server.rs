//! How a server, its state and an outcome read.

use chrono::TimeDelta;

use crate::clock::Timestamp;
use crate::domain::health::State;
use crate::domain::ids::UserId;
use crate::domain::outcome::{Failure, FailureKind, Outcome, Trouble, Verdict};
use crate::domain::reply::ServerView;
use crate::slack::render::text;
use crate::slack::render::words::{Words, tr};

/// A state as an emoji and a word, never as a colour alone.
pub(super) fn state(words: Words, state: State) -> String {
    format!("{} {}", emoji(state), word(words, state))
}

/// A state's emoji, the same in every language.
pub(super) const fn emoji(state: State) -> &'static str {
    match state {
        State::Up => "🟢",
        State::Down => "🔴",
        State::Pending => "⚪",
        State::Unknown => "🟡",
    }
}

/// A state's word.
pub(super) fn word(words: Words, state: State) -> String {
    match state {
        State::Up => tr!(words, "state-up"),
        State::Down => tr!(words, "state-down"),
        State::Pending => tr!(words, "state-pending"),
        State::Unknown => tr!(words, "state-unknown"),
    }
}

/// A name in mrkdwn.
pub(super) fn name(name: &str) -> String {
    text::mrkdwn(name, text::NAME_CHARS)
}

/// A person whom Slack shows by their present name, without telling them.
pub(super) fn person(words: Words, user: &UserId) -> String {
    let id = user.as_str();
    if !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        format!("<@{id}>")
    } else {
        tr!(words, "somebody")
    }
}

/// A failure's kind as people read it. In English that is its code.
pub(super) fn kind(words: Words, kind: FailureKind) -> String {
    match kind {
        FailureKind::Dns => tr!(words, "kind-dns"),
        FailureKind::Refused => tr!(words, "kind-refused"),
        FailureKind::Unreachable => tr!(words, "kind-unreachable"),
        FailureKind::ConnectTimeout => tr!(words, "kind-connect-timeout"),
        FailureKind::Tls => tr!(words, "kind-tls"),
        FailureKind::Timeout => tr!(words, "kind-timeout"),
        FailureKind::HttpStatus => tr!(words, "kind-http-status"),
        FailureKind::BadResponse => tr!(words, "kind-bad-response"),
        FailureKind::WebsocketRejected => tr!(words, "kind-websocket-rejected"),
        FailureKind::WebsocketClosed => tr!(words, "kind-websocket-closed"),
        FailureKind::Reset => tr!(words, "kind-reset"),
        FailureKind::ForbiddenAddress => tr!(words, "kind-forbidden-address"),
    }
}

/// What was found wrong, kind first, in mrkdwn.
pub(super) fn failure(words: Words, failure: &Failure) -> String {
    failure_within(words, failure, Failure::DETAIL_CHARS)
}

/// The same with at most so many characters of the detail.
pub(super) fn failure_within(words: Words, failure: &Failure, chars: usize) -> String {
    let kind = kind(words, failure.kind);
    if failure.detail.is_empty() {
        format!("*{kind}*")
    } else {
        format!("*{kind}* — {}", text::code(&failure.detail, chars))
    }
}

/// The same in a line without formatting, for notifications.
pub(super) fn failure_plain(words: Words, failure: &Failure) -> String {
    let kind = kind(words, failure.kind);
    match words.quoted(&failure.detail, Failure::DETAIL_CHARS) {
        detail if detail.is_empty() => kind,
        detail => tr!(words, "failure-plain", kind = kind, detail = detail),
    }
}

/// What a probe found, as a sentence.
pub(super) fn outcome(words: Words, outcome: &Outcome) -> String {
    match &outcome.verdict {
        Verdict::Healthy { latency } => {
            let milliseconds = u64::try_from(latency.as_millis().max(1)).unwrap_or(u64::MAX);
            tr!(words, "answered-in", milliseconds = milliseconds)
        }
        Verdict::Failed(found) => tr!(words, "check-failed", failure = failure(words, found)),
        Verdict::Unknown(lack) => tr!(words, "check-not-made", trouble = trouble(words, *lack)),
    }
}

/// What the bot lacks.
fn trouble(words: Words, trouble: Trouble) -> String {
    match trouble {
        Trouble::Descriptors => tr!(words, "trouble-descriptors"),
        Trouble::Memory => tr!(words, "trouble-memory"),
        Trouble::Ports => tr!(words, "trouble-ports"),
        Trouble::NoRoute => tr!(words, "trouble-no-route"),
        Trouble::Offline => tr!(words, "trouble-offline"),
        Trouble::Asleep => tr!(words, "trouble-asleep"),
    }
}

/// From one moment to another, in words; never negative.
pub(super) fn lasted(words: Words, from: Timestamp, to: Timestamp) -> String {
    let span = to.signed_duration_since(from).max(TimeDelta::zero());
    words.rough(span.to_std().unwrap_or_default())
}

/// A line of a list: state, name, environment, what is unusual, and the address last, so that a phone breaks the line there.
pub(super) fn line(words: Words, view: &ServerView, now: Timestamp) -> String {
    let server = &view.server;
    let mut line = format!(
        "{} *{}*  {}",
        state(words, view.health.state()),
        name(server.host_name.as_str()),
        server.environment,
    );
    let mut mark = |text: String| {
        line.push_str("  ");
        line.push_str(&text);
    };
    if view.health.state() == State::Down {
        let span = lasted(words, view.health.since, now);
        mark(tr!(words, "line-down-for", span = span));
    }
    if view.health.flapping.active {
        mark(tr!(words, "mark-flapping"));
    }
    if !server.notification {
        mark(tr!(words, "mark-alerts-off"));
    }
    if server.is_muted(now) {
        mark(tr!(words, "mark-muted"));
    }
    mark(text::code(&server.url(), 100));
    line
}
