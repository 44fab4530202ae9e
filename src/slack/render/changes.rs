//! What people changed, a line each.

use crate::domain::audit::{Actor, Deed, Edit, Logged, Subject, Via};
use crate::domain::server::Environment;
use crate::slack::render::reply::{channel_link, plural};
use crate::slack::render::server::{name, person};
use crate::slack::render::text;

/// How many changed values a line shows.
const EDITS: usize = 2;

/// How much of a changed value is shown, in characters.
const VALUE_CHARS: usize = 40;

/// One change: when, who, what and from where.
#[must_use]
pub fn change_line(change: &Logged) -> String {
    format!(
        "{}  {} {} {}",
        text::date(change.at),
        who(&change.actor),
        what(&change.subject, &change.deed),
        via(change.actor.via),
    )
}

fn who(actor: &Actor) -> String {
    match (&actor.user, actor.via) {
        (Some(user), _) => person(user),
        (None, Via::Api) => "A script".to_owned(),
        (None, Via::Inventory) => "The inventory".to_owned(),
        (None, _) => "Somebody".to_owned(),
    }
}

const fn via(via: Via) -> &'static str {
    match via {
        Via::Command => "(command)",
        Via::Button => "(button)",
        Via::Form => "(form)",
        Via::Home => "(Home)",
        Via::Api => "(API)",
        Via::Inventory => "(inventory)",
        Via::Slack => "(in Slack)",
    }
}

fn what(subject: &Subject, deed: &Deed) -> String {
    let subject = match subject {
        Subject::Server { name: server, .. } => format!("*{}*", name(server)),
        Subject::AllServers { count } => plural(*count, "server", "servers"),
        Subject::Channel {
            conversation: Some(id),
            ..
        } => channel_link(id),
        Subject::Channel { name: channel, .. } => format!("the webhook *{}*", name(channel)),
        Subject::Settings => "the defaults".to_owned(),
    };
    match deed {
        Deed::Added => format!("added {subject}"),
        Deed::Edited(edits) => format!("changed {subject}: {}", edits_text(edits)),
        Deed::Removed => format!("removed {subject}"),
        Deed::AlertsOn => format!("switched the alerts of {subject} on"),
        Deed::AlertsOff => format!("switched the alerts of {subject} off"),
        Deed::Muted { until } => format!("muted {subject} until {}", text::date(*until)),
        Deed::Unmuted => format!("unmuted {subject}"),
        Deed::Acknowledged => format!("acknowledged {subject}"),
        Deed::Subscribed { environments } if environments.is_empty() => {
            format!("subscribed {subject}")
        }
        Deed::Subscribed { environments } => {
            let names: Vec<_> = environments
                .iter()
                .rev()
                .map(|it| Environment::as_str(*it))
                .collect();
            format!("subscribed {subject} for {}", names.join(" and "))
        }
        Deed::Unsubscribed => format!("unsubscribed {subject}"),
        Deed::Created => format!("created {subject}"),
        Deed::Archived => format!("archived {subject}"),
    }
}

/// Changed values: `interval 30s → 10s`.
#[must_use]
pub(super) fn edits_text(edits: &[Edit]) -> String {
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
        parts.push(format!("and {more} more"));
    }
    parts.join(", ")
}
