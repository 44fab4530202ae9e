//! The whole at a glance.

use crate::clock::Timestamp;
use crate::domain::reply::Summary;
use crate::slack::render::Message;
use crate::slack::render::kit;
use crate::slack::render::reply::{paragraphs, plural};
use crate::slack::render::server::line;

pub(super) fn summary(facts: &Summary, now: Timestamp) -> Message {
    let total: usize = facts
        .environments
        .iter()
        .map(|(_, counts)| counts.total())
        .sum();
    let headline = match (total, facts.down_total) {
        (0, _) => "No server is watched yet.".to_owned(),
        (1, 0) => "🟢 The server is not down.".to_owned(),
        (n, 0) => format!("🟢 None of {n} servers is down."),
        (n, 1) => format!("🔴 1 of {n} servers is down."),
        (n, down) => format!("🔴 {down} of {n} servers are down."),
    };
    let mut lines: Vec<_> = facts
        .environments
        .iter()
        .map(|(environment, counts)| {
            let mut parts = vec![format!("{} up", counts.up)];
            for (count, word) in [
                (counts.down, "down"),
                (counts.pending, "pending"),
                (counts.unknown, "unknown"),
            ] {
                if count > 0 {
                    parts.push(format!("{count} {word}"));
                }
            }
            format!("*{environment}*  {}", parts.join(" · "))
        })
        .collect();
    if total == 0 {
        lines
            .push("Like this: `/health add api https://10.0.0.5:8080/healthz env=LIVE`".to_owned());
    }
    let mut blocks = vec![kit::header(&headline)];
    blocks.extend(paragraphs(&lines));
    if !facts.down.is_empty() {
        let down: Vec<_> = facts.down.iter().map(|view| line(view, now)).collect();
        blocks.extend(paragraphs(&down));
    }
    let mut notes = vec![format!(
        "{} told",
        plural(facts.channels, "channel", "channels")
    )];
    for (count, what) in [
        (facts.alerts_off, "with alerts off"),
        (facts.muted, "muted"),
    ] {
        if count > 0 {
            notes.push(format!("{} {what}", plural(count, "server", "servers")));
        }
    }
    blocks.push(kit::context(&[notes.join(" · ")]));
    Message {
        text: headline,
        blocks,
    }
}
