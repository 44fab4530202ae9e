//! Messages that name many servers.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::domain::incident::Incident;
use crate::domain::notice::Look;
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

/// Servers that failed at about the same time, in whatever state they are now. A server that failed again is named
/// once, as it is.
#[must_use]
pub fn digest<'a>(part: u32, incidents: impl Iterator<Item = (&'a Incident, Look)>) -> Message {
    let groups = grouped(incidents);
    let count = |over: bool| -> usize {
        let of = groups
            .iter()
            .filter(|((look, _), _)| look.is_over() == over);
        of.map(|(_, names)| names.len()).sum()
    };
    let (failing, over) = (count(false), count(true));
    let total = failing + over;
    let headline = match (failing, over) {
        (0, _) if groups.keys().any(|(look, _)| *look == Look::Removed) => {
            format!("🟢 Resolved: all {total} servers are up again or removed")
        }
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
    for ((look, kind), names) in &groups {
        blocks.extend(flow(&title(*look, kind, names.len()), names));
    }
    if failing > 0 {
        blocks.push(kit::actions(vec![Button::new(
            "Show status",
            Press::Summary,
        )]));
    }
    Message {
        text: format!("{headline}: {}", first_of(&groups)),
        blocks,
    }
}

/// Servers of a digest whose incidents are over, for a channel in which nothing can be edited.
#[must_use]
pub fn digest_news<'a>(incidents: impl Iterator<Item = (&'a Incident, Look)>) -> Message {
    let groups = grouped(incidents);
    let total = groups.values().map(Vec::len).sum::<usize>();
    let removed = groups.keys().any(|(look, _)| *look == Look::Removed);
    let what = if removed {
        "up again or removed"
    } else {
        "up again"
    };
    let headline = match total {
        1 => format!("🟢 1 server is {what}"),
        n => format!("🟢 {n} servers are {what}"),
    };
    let mut blocks = vec![kit::header(&headline)];
    for ((look, kind), names) in &groups {
        blocks.extend(flow(&title(*look, kind, names.len()), names));
    }
    Message {
        text: format!("{headline}: {}", first_of(&groups)),
        blocks,
    }
}

/// Names by how they look and, while they are down, by what was found.
type Groups<'a> = BTreeMap<(Look, &'a str), Vec<String>>;

fn grouped<'a>(incidents: impl Iterator<Item = (&'a Incident, Look)>) -> Groups<'a> {
    let incidents: Vec<_> = incidents.collect();
    // Of a server's incidents the newest counts, and an open one is always the newest.
    let newest: BTreeMap<_, _> = incidents
        .iter()
        .map(|(incident, _)| (incident.server, incident.id))
        .collect();
    let mut groups = Groups::new();
    for (incident, look) in incidents {
        if newest.get(&incident.server) != Some(&incident.id) {
            continue;
        }
        let kind = if look.is_over() {
            ""
        } else {
            incident.failure.kind.as_str()
        };
        let names = groups.entry((look, kind)).or_default();
        names.push(name(incident.host_name.as_str()));
    }
    groups
}

fn title(look: Look, kind: &str, count: usize) -> String {
    match look {
        Look::Down => format!("🔴 *{kind}* ({count}): "),
        Look::TakenOn => format!("🔴 *{kind}*, 👀 taken on ({count}): "),
        Look::Silenced => format!("🔴 *{kind}*, 🔕 silenced ({count}): "),
        Look::Back => format!("🟢 *up again* ({count}): "),
        Look::Removed => format!("⚪ *removed* ({count}): "),
    }
}

/// The first names, for a notification.
fn first_of(groups: &Groups<'_>) -> String {
    let some: Vec<_> = groups.values().flatten().take(5).cloned().collect();
    let total = groups.values().map(Vec::len).sum::<usize>();
    let more = if total > some.len() { " …" } else { "" };
    format!("{}{more}", some.join(BETWEEN))
}

/// How many servers a storm took down, from when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StormFacts {
    /// How many are up again.
    pub back: usize,
    /// How many were removed from the list meanwhile.
    pub removed: usize,
    /// When the first of them failed.
    pub from: Option<Timestamp>,
    /// When the last of them was back.
    pub to: Option<Timestamp>,
}

/// Every server of a storm is back, or was removed from the list.
#[must_use]
pub fn storm_over(facts: StormFacts) -> Message {
    let mut text = match facts.removed {
        0 => format!("🟢 All {} servers are up again.", facts.back),
        removed => format!(
            "🟢 This outage is over: {} servers are up again, {removed} were removed.",
            facts.back
        ),
    };
    if let (Some(from), Some(to)) = (facts.from, facts.to) {
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
                let json = serde_json::to_value(digest(2, these.iter().map(|incident| (incident, Look::Down)))).expect("serializes");
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
