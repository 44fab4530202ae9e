//! Messages that name many servers.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::domain::incident::Incident;
use crate::domain::press::Press;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::server::{lasted, name};
use crate::slack::render::{Message, text};

/// Between two names.
const BETWEEN: &str = ", ";

/// Names in one section: Slack takes 3,000 characters.
const SECTION_CHARS: usize = 2_800;

/// How many characters a server adds to a digest.
#[must_use]
pub fn digest_weight(incident: &Incident) -> usize {
    name(incident.host_name.as_str()).chars().count() + BETWEEN.len()
}

/// Servers that failed at about the same time, in whatever state they are now.
#[must_use]
pub fn digest<'a>(part: u32, incidents: impl Iterator<Item = &'a Incident>) -> Message {
    let mut down: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    let mut back = Vec::new();
    for incident in incidents {
        let name = name(incident.host_name.as_str());
        if incident.is_open() {
            down.entry(incident.failure.kind.as_str())
                .or_default()
                .push(name);
        } else {
            back.push(name);
        }
    }
    let failing: usize = down.values().map(Vec::len).sum();
    let total = failing + back.len();
    let headline = match (failing, back.len()) {
        (0, _) => format!("🟢 Resolved: all {total} servers are up again"),
        (_, 0) => format!("🔴 {total} more servers are down"),
        (down, _) => format!("🔴 {down} of {total} servers are still down"),
    };
    let headline = if part > 1 {
        format!("{headline} (part {part})")
    } else {
        headline
    };
    let mut blocks = vec![kit::header(&headline)];
    for (kind, names) in &down {
        blocks.extend(flow(&format!("🔴 *{kind}* ({}): ", names.len()), names));
    }
    if !back.is_empty() {
        blocks.extend(flow(&format!("🟢 *up again* ({}): ", back.len()), &back));
    }
    if failing > 0 {
        blocks.push(kit::actions(vec![Button::new(
            "Show status",
            Press::Summary,
        )]));
    }
    let some: Vec<_> = down
        .values()
        .flatten()
        .chain(&back)
        .take(5)
        .cloned()
        .collect();
    let more = if total > some.len() { " …" } else { "" };
    Message {
        text: format!("{headline}: {}{more}", some.join(BETWEEN)),
        blocks,
    }
}

/// Servers of a digest that are back, for a channel in which nothing can be edited.
#[must_use]
pub fn digest_news<'a>(incidents: impl Iterator<Item = &'a Incident>) -> Message {
    let names: Vec<_> = incidents
        .map(|incident| name(incident.host_name.as_str()))
        .collect();
    let headline = match names.len() {
        1 => "🟢 1 server is up again".to_owned(),
        n => format!("🟢 {n} servers are up again"),
    };
    let mut blocks = vec![kit::header(&headline)];
    blocks.extend(flow("", &names));
    let some: Vec<_> = names.iter().take(5).cloned().collect();
    let more = if names.len() > some.len() { " …" } else { "" };
    Message {
        text: format!("{headline}: {}{more}", some.join(BETWEEN)),
        blocks,
    }
}

/// Every server of a storm is back.
#[must_use]
pub fn storm_over(total: usize, from: Option<Timestamp>, to: Option<Timestamp>) -> Message {
    let mut text = format!("🟢 All {total} servers are up again.");
    if let (Some(from), Some(to)) = (from, to) {
        text.push_str(&format!(
            " The first failed {}, the last was back {}: {} in all.",
            text::date(from),
            text::date(to),
            lasted(from, to),
        ));
    }
    Message {
        blocks: vec![kit::section(&text)],
        text,
    }
}

/// Names in as few sections as hold them.
fn flow(title: &str, names: &[String]) -> Vec<slack_morphism::prelude::SlackBlock> {
    let mut blocks = Vec::new();
    let mut paragraph = title.to_owned();
    let mut chars = paragraph.chars().count();
    for (index, name) in names.iter().enumerate() {
        let width = name.chars().count() + BETWEEN.len();
        if chars + width > SECTION_CHARS {
            blocks.push(kit::section(&paragraph));
            paragraph.clear();
            chars = 0;
        }
        paragraph.push_str(name);
        if index + 1 < names.len() {
            paragraph.push_str(BETWEEN);
        }
        chars += width;
    }
    blocks.push(kit::section(&paragraph));
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{IncidentId, ServerId};
    use crate::domain::outcome::{Failure, FailureKind};
    use crate::domain::server::{Environment, HostName};
    use crate::domain::storm::{NAME_CHARS, pack};
    use proptest::prelude::*;

    fn incident(n: u64, name: &str) -> Incident {
        Incident {
            id: IncidentId::from_raw(n),
            server: ServerId::from_raw(n),
            host_name: HostName::parse(name).expect("a name"),
            environment: Environment::Live,
            address: "http://h/".into(),
            check: "HTTP GET".into(),
            failure: Failure::new(FailureKind::Refused, "closed"),
            began: Timestamp::UNIX_EPOCH,
            last_healthy: None,
            acknowledged: None,
            reminders: 0,
            reminded_at: None,
            end: None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn every_server_is_named_within_slacks_limits(names in prop::collection::vec("[a-z&<가]{1,90}", 1..900)) {
            let incidents: Vec<_> =
                names.iter().enumerate().map(|(n, name)| incident(n as u64, name)).collect();
            let weights: Vec<_> = incidents.iter().map(digest_weight).collect();
            let mut rest = incidents.as_slice();
            for members in pack(&weights, NAME_CHARS) {
                let (these, others) = rest.split_at(members);
                rest = others;
                let json = serde_json::to_value(digest(2, these.iter())).expect("serializes");
                let blocks = json["blocks"].as_array().expect("blocks");
                prop_assert!(blocks.len() <= 45);
                let mut all = 0;
                for block in blocks {
                    let text = block.pointer("/text/text").and_then(|t| t.as_str()).unwrap_or_default();
                    prop_assert!(text.chars().count() <= 3_000);
                    all += text.chars().count();
                }
                prop_assert!(all <= 8_000);
                let text = json["blocks"].to_string();
                for incident in these {
                    let shown = name(incident.host_name.as_str());
                    prop_assert!(text.contains(&shown), "{shown}");
                }
            }
        }
    }
}
