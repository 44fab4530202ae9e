//! What happened to a server, and what people did to it.

use crate::clock::Timestamp;
use crate::domain::history::PastIncident;
use crate::domain::incident::Incident;
use crate::domain::reply::History;
use crate::slack::render::changes::change_line;
use crate::slack::render::kit;
use crate::slack::render::reply::{paragraphs, plural};
use crate::slack::render::server::{failure, failure_within, lasted, name, person};
use crate::slack::render::{Message, text};

/// How much of a past failure's detail is shown, in characters.
const DETAIL_CHARS: usize = 60;

pub(super) fn history(facts: &History, now: Timestamp) -> Message {
    let server = name(&facts.name);
    let incidents: Vec<_> = facts
        .open
        .iter()
        .map(|incident| open(incident, now))
        .chain(facts.past.iter().map(past))
        .collect();
    let headline = match incidents.len() {
        0 => format!("*{server}* has not failed since it is watched"),
        n => format!(
            "*{server}*: {}, the newest first",
            plural(n, "incident", "incidents")
        ),
    };
    let mut blocks = vec![kit::section(&headline)];
    blocks.extend(paragraphs(&incidents));
    if !facts.changes.is_empty() {
        let changes: Vec<_> = facts.changes.iter().map(change_line).collect();
        blocks.push(kit::section("*What people changed*"));
        blocks.extend(paragraphs(&changes));
    }
    Message {
        text: headline,
        blocks,
    }
}

fn open(incident: &Incident, now: Timestamp) -> String {
    let by = incident.acknowledged.as_ref().map(|first| &first.by);
    format!(
        "🔴 {}  for {} so far: {}{}",
        text::date(incident.began),
        lasted(incident.began, now),
        failure(&incident.failure),
        by.map_or_else(String::new, |by| format!("  👀 {}", person(by))),
    )
}

fn past(incident: &PastIncident) -> String {
    format!(
        "🟢 {}  for {}: {}{}",
        text::date(incident.began),
        lasted(incident.began, incident.ended),
        failure_within(&incident.failure, DETAIL_CHARS),
        incident
            .by
            .as_ref()
            .map_or_else(String::new, |by| format!("  👀 {}", person(by))),
    )
}
