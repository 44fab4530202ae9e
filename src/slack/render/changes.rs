//! What people changed, a line each.

use crate::domain::audit::{Actor, Deed, Edit, Logged, Subject, Via};
use crate::slack::render::reply::channel_link;
use crate::slack::render::server::{name, person};
use crate::slack::render::text;
use crate::slack::render::words::{Words, tr};

/// How many changed values a line shows.
const EDITS: usize = 2;

/// How much of a changed value is shown, in characters.
const VALUE_CHARS: usize = 40;

/// One change: when, who, what and from where.
#[must_use]
pub fn change_line(words: Words, change: &Logged) -> String {
    tr!(
        words,
        "change-line",
        when = text::date(change.at),
        who = who(words, &change.actor),
        what = what(words, &change.subject, &change.deed),
        via = via(words, change.actor.via),
    )
}

pub(super) fn who(words: Words, actor: &Actor) -> String {
    match (&actor.user, actor.via) {
        (Some(user), _) => person(words, user),
        (None, Via::Api) => tr!(words, "change-by-script"),
        (None, Via::Inventory) => tr!(words, "change-by-inventory"),
        (None, Via::Import) => tr!(words, "change-by-import"),
        (None, _) => tr!(words, "change-by-somebody"),
    }
}

fn via(words: Words, via: Via) -> String {
    match via {
        Via::Command => tr!(words, "change-via-command"),
        Via::Button => tr!(words, "change-via-button"),
        Via::Form => tr!(words, "change-via-form"),
        Via::Home => tr!(words, "change-via-home"),
        Via::Api => tr!(words, "change-via-api"),
        Via::Inventory => tr!(words, "change-via-inventory"),
        Via::Import => tr!(words, "change-via-import"),
        Via::Slack => tr!(words, "change-via-slack"),
    }
}

fn of_whom(words: Words, subject: &Subject) -> String {
    match subject {
        Subject::Server { name: server, .. } => format!("*{}*", name(server)),
        Subject::AllServers { count } => tr!(words, "count-servers", count = *count),
        Subject::Channel {
            conversation: Some(id),
            ..
        } => channel_link(words, id),
        Subject::Channel { name: channel, .. } => {
            tr!(words, "change-of-webhook", webhook = name(channel))
        }
        Subject::Settings => tr!(words, "change-of-defaults"),
    }
}

fn what(words: Words, subject: &Subject, deed: &Deed) -> String {
    let of = of_whom(words, subject);
    match deed {
        Deed::Added => tr!(words, "change-added", of = of),
        Deed::Edited(edits) => {
            tr!(
                words,
                "change-edited",
                of = of,
                edits = edits_text(words, edits)
            )
        }
        Deed::Removed => tr!(words, "change-removed", of = of),
        Deed::AlertsOn => tr!(words, "change-alerts-on", of = of),
        Deed::AlertsOff => tr!(words, "change-alerts-off", of = of),
        Deed::Muted { until } => tr!(words, "change-muted", of = of, until = text::date(*until)),
        Deed::Unmuted => tr!(words, "change-unmuted", of = of),
        Deed::Acknowledged => tr!(words, "change-acknowledged", of = of),
        Deed::Subscribed { environments } if environments.is_empty() => {
            tr!(words, "change-subscribed", of = of)
        }
        Deed::Subscribed { environments } => {
            let names = environments.iter().rev().map(ToString::to_string);
            let names =
                names.reduce(|before, last| tr!(words, "and", before = before, last = last));
            tr!(
                words,
                "change-subscribed-to",
                of = of,
                environments = names.unwrap_or_default()
            )
        }
        Deed::Unsubscribed => tr!(words, "change-unsubscribed", of = of),
        Deed::Created => tr!(words, "change-created", of = of),
        Deed::Archived => tr!(words, "change-archived", of = of),
    }
}

/// Changed values: `interval 30s → 10s`.
#[must_use]
pub(super) fn edits_text(words: Words, edits: &[Edit]) -> String {
    let mut parts: Vec<_> = edits
        .iter()
        .take(EDITS)
        .map(|edit| {
            let Edit { field, from, to } = edit;
            let (from, to) = (text::code(from, VALUE_CHARS), text::code(to, VALUE_CHARS));
            format!("{} {from} → {to}", text::mrkdwn(field, VALUE_CHARS))
        })
        .collect();
    if let Some(more) = edits.len().checked_sub(EDITS).filter(|more| *more > 0) {
        parts.push(tr!(words, "change-more", more = more));
    }
    parts.join(", ")
}
