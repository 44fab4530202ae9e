//! The whole at a glance.

use crate::clock::Timestamp;
use crate::domain::command::Topic;
use crate::domain::reply::{Counts, Summary};
use crate::slack::render::Message;
use crate::slack::render::kit;
use crate::slack::render::reply::{like_this, paragraphs};
use crate::slack::render::server::line;
use crate::slack::render::words::{Words, tr};

pub(super) fn summary(words: Words, facts: &Summary, now: Timestamp) -> Message {
    let counts = facts.environments.iter().map(|(_, counts)| counts);
    let servers: usize = counts.map(Counts::total).sum();
    let text = match (servers, facts.down_total) {
        (0, _) => tr!(words, "summary-nothing"),
        (servers, 0) => tr!(words, "summary-none-down", servers = servers),
        (servers, down) => tr!(words, "summary-down", down = down, servers = servers),
    };
    let environments = facts.environments.iter();
    let mut lines: Vec<_> = environments
        .map(|(environment, counts)| format!("*{environment}*  {}", counted(words, counts)))
        .collect();
    if servers == 0 {
        lines.push(like_this(words, Topic::Add.example()));
    }
    let mut blocks = vec![kit::header(&text)];
    blocks.extend(paragraphs(&lines));
    let down: Vec<_> = facts.down.iter().map(|it| line(words, it, now)).collect();
    blocks.extend(paragraphs(&down));
    blocks.push(kit::context(&[notes(words, facts)]));
    Message { text, blocks }
}

/// How many are up, and how many are otherwise.
fn counted(words: Words, counts: &Counts) -> String {
    let mut parts = vec![tr!(words, "count-up", count = counts.up)];
    if counts.down > 0 {
        parts.push(tr!(words, "count-down", count = counts.down));
    }
    if counts.pending > 0 {
        parts.push(tr!(words, "count-pending", count = counts.pending));
    }
    if counts.unknown > 0 {
        parts.push(tr!(words, "count-unknown", count = counts.unknown));
    }
    parts.join(" · ")
}

fn notes(words: Words, facts: &Summary) -> String {
    let mut notes = vec![tr!(words, "summary-told", count = facts.channels)];
    if facts.alerts_off > 0 {
        notes.push(tr!(words, "summary-alerts-off", count = facts.alerts_off));
    }
    if facts.muted > 0 {
        notes.push(tr!(words, "summary-muted", count = facts.muted));
    }
    notes.join(" · ")
}
