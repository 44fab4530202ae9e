//! What happened to a server, and what people did to it.

use crate::clock::Timestamp;
use crate::domain::history::PastIncident;
use crate::domain::ids::UserId;
use crate::domain::incident::Incident;
use crate::domain::reply::History;
use crate::slack::render::changes::change_line;
use crate::slack::render::kit;
use crate::slack::render::reply::paragraphs;
use crate::slack::render::server::{failure, failure_within, lasted, name, person};
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{Message, text};

/// How much of a past failure's detail is shown, in characters.
const DETAIL_CHARS: usize = 60;

pub(super) fn history(words: Words, facts: &History, now: Timestamp) -> Message {
    let server = name(&facts.name);
    let open = facts.open.iter().map(|incident| open(words, incident, now));
    let past = facts.past.iter().map(|incident| past(words, incident));
    let incidents: Vec<_> = open.chain(past).collect();
    let text = match incidents.len() {
        0 => tr!(words, "history-none", server = server),
        count => tr!(words, "history", server = server, count = count),
    };
    let mut blocks = vec![kit::section(&text)];
    blocks.extend(paragraphs(&incidents));
    if !facts.changes.is_empty() {
        let changes = facts.changes.iter();
        let changes: Vec<_> = changes.map(|change| change_line(words, change)).collect();
        let title = tr!(words, "history-changes");
        blocks.push(kit::section(&format!("*{title}*")));
        blocks.extend(paragraphs(&changes));
    }
    Message { text, blocks }
}

fn open(words: Words, incident: &Incident, now: Timestamp) -> String {
    let line = tr!(
        words,
        "history-open",
        began = text::date(incident.began),
        span = lasted(words, incident.began, now),
        failure = failure(words, &incident.failure),
    );
    let by = incident.acknowledged.as_ref().map(|first| &first.by);
    signed(words, line, by)
}

fn past(words: Words, incident: &PastIncident) -> String {
    let line = tr!(
        words,
        "history-past",
        began = text::date(incident.began),
        span = lasted(words, incident.began, incident.ended),
        failure = failure_within(words, &incident.failure, DETAIL_CHARS),
    );
    signed(words, line, incident.by.as_ref())
}

/// The line, and who took the incident on.
fn signed(words: Words, line: String, by: Option<&UserId>) -> String {
    match by {
        Some(by) => format!("{line}  👀 {}", person(words, by)),
        None => line,
    }
}
