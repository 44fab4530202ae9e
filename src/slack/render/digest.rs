//! Messages that name many servers.

use std::collections::BTreeMap;

use slack_morphism::prelude::SlackBlock;

use crate::clock::Timestamp;
use crate::domain::ids::UserId;
use crate::domain::incident::Incident;
use crate::domain::notice::Look;
use crate::domain::outcome::FailureKind;
use crate::domain::press::Press;
use crate::slack::render::kit::{self, Button};
use crate::slack::render::notice::acknowledged_by;
use crate::slack::render::reply::say;
use crate::slack::render::server::{kind, lasted, name};
use crate::slack::render::words::{Words, tr};
use crate::slack::render::{Message, text};

/// Between two names.
const BETWEEN: &str = ", ";

/// Names in one section: Slack takes 3,000 characters.
const SECTION_CHARS: usize = 2_800;

/// How many people are named who acknowledged servers of a digest.
const PEOPLE: usize = 5;

/// How many characters a server adds to a digest.
#[must_use]
pub fn digest_weight(incident: &Incident) -> usize {
    name(incident.host_name.as_str()).chars().count() + BETWEEN.len()
}

/// Servers that failed at about the same time, in whatever state they are now. A server that failed again is named
/// once, as it is.
#[must_use]
pub fn digest<'a>(
    words: Words,
    part: u32,
    incidents: impl Iterator<Item = (&'a Incident, Look)>,
) -> Message {
    let incidents: Vec<_> = incidents.collect();
    let groups = grouped(incidents.iter().copied());
    let down = groups.0.iter().filter(|(look, ..)| !look.is_over());
    let failing = down.map(|(.., names)| names.len()).sum::<usize>();
    let total = groups.total();
    let headline = if failing == 0 && groups.any_removed() {
        tr!(words, "digest-all-over", total = total)
    } else if failing == 0 {
        tr!(words, "digest-all-up", total = total)
    } else if failing == total {
        tr!(words, "digest-more-down", total = total)
    } else {
        tr!(words, "digest-still-down", down = failing, total = total)
    };
    let headline = if part > 1 {
        tr!(words, "digest-part", headline = headline, part = part)
    } else {
        headline
    };
    let mut message = groups.told(words, headline);
    message.blocks.extend(acknowledged(words, &incidents));
    if failing > 0 {
        let status = Button::new(tr!(words, "button-status"), Press::Summary);
        message.blocks.push(kit::actions(vec![status]));
    }
    message
}

/// Who acknowledged servers of a digest that are still down, and when the first of them. The names stand above; many
/// people would take the room that they need.
fn acknowledged(words: Words, incidents: &[(&Incident, Look)]) -> Option<SlackBlock> {
    let mut first: BTreeMap<&UserId, Timestamp> = BTreeMap::new();
    let acknowledged = incidents.iter().filter(|(_, look)| *look == Look::TakenOn);
    for by in acknowledged.filter_map(|(incident, _)| incident.acknowledged.as_ref()) {
        let at = first.entry(&by.by).or_insert(by.at);
        *at = by.at.min(*at);
    }
    let mut first: Vec<_> = first.into_iter().map(|(by, at)| (at, by)).collect();
    first.sort();
    let lines: Vec<_> = first
        .into_iter()
        .take(PEOPLE)
        .map(|(at, by)| acknowledged_by(words, by, at))
        .collect();
    (!lines.is_empty()).then(|| kit::context(&lines))
}

/// Servers of a digest whose incidents are over, for a channel in which nothing can be edited.
#[must_use]
pub fn digest_news<'a>(
    words: Words,
    incidents: impl Iterator<Item = (&'a Incident, Look)>,
) -> Message {
    let groups = grouped(incidents);
    let total = groups.total();
    let headline = if groups.any_removed() {
        tr!(words, "digest-news-over", total = total)
    } else {
        tr!(words, "digest-news-up", total = total)
    };
    groups.told(words, headline)
}

/// Names by how they look and, while they are down, by what was found; the worst first.
struct Groups(Vec<(Look, Option<FailureKind>, Vec<String>)>);

impl Groups {
    fn total(&self) -> usize {
        self.0.iter().map(|(.., names)| names.len()).sum()
    }

    fn any_removed(&self) -> bool {
        self.0.iter().any(|(look, ..)| *look == Look::Removed)
    }

    /// Every name below a headline, and the first of them in the notification.
    fn told(&self, words: Words, headline: String) -> Message {
        let mut blocks = vec![kit::header(&headline)];
        for (look, found, names) in &self.0 {
            blocks.extend(flow(&title(words, *look, *found, names.len()), names));
        }
        let all = self.0.iter().flat_map(|(.., names)| names);
        let some: Vec<_> = all.take(5).cloned().collect();
        let more = if self.total() > some.len() {
            " …"
        } else {
            ""
        };
        let names = format!("{}{more}", some.join(BETWEEN));
        let text = tr!(words, "digest-text", headline = headline, names = names);
        Message { text, blocks }
    }
}

fn grouped<'a>(incidents: impl Iterator<Item = (&'a Incident, Look)>) -> Groups {
    let incidents: Vec<_> = incidents.collect();
    // Of a server's incidents the newest counts, and an open one is always the newest.
    let newest: BTreeMap<_, _> = incidents
        .iter()
        .map(|(incident, _)| (incident.server, incident.id))
        .collect();
    let mut groups = BTreeMap::new();
    for (incident, look) in incidents {
        if newest.get(&incident.server) != Some(&incident.id) {
            continue;
        }
        let found = (!look.is_over()).then_some(incident.failure.kind);
        let place = (look, found.map(FailureKind::as_str));
        let (_, names) = groups.entry(place).or_insert_with(|| (found, Vec::new()));
        names.push(name(incident.host_name.as_str()));
    }
    let groups = groups.into_iter();
    Groups(
        groups
            .map(|((look, _), (found, names))| (look, found, names))
            .collect(),
    )
}

fn title(words: Words, look: Look, found: Option<FailureKind>, count: usize) -> String {
    let kind = found.map(|found| kind(words, found)).unwrap_or_default();
    let title = match look {
        Look::Down => tr!(words, "digest-down", kind = kind, count = count),
        Look::TakenOn => tr!(words, "digest-acknowledged", kind = kind, count = count),
        Look::Silenced => tr!(words, "digest-silenced", kind = kind, count = count),
        Look::Back => tr!(words, "digest-back", count = count),
        Look::Removed => tr!(words, "digest-removed", count = count),
    };
    format!("{title} ")
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
pub fn storm_over(words: Words, facts: StormFacts) -> Message {
    let StormFacts {
        back,
        removed,
        from,
        to,
    } = facts;
    let mut text = match removed {
        0 => tr!(words, "storm-all-up", back = back),
        removed => tr!(words, "storm-over", back = back, removed = removed),
    };
    if let (Some(from), Some(to)) = (from, to) {
        text.push(' ');
        text.push_str(&tr!(
            words,
            "storm-times",
            from = text::date(from),
            to = text::date(to),
            span = lasted(words, from, to),
        ));
    }
    say(text)
}

/// Names in as few sections as hold them.
fn flow(title: &str, names: &[String]) -> Vec<SlackBlock> {
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
    use crate::domain::incident::Acknowledgement;
    use crate::domain::language::Language;
    use crate::domain::outcome::Failure;
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

    #[test]
    fn who_acknowledged_is_named_once_with_the_first_time() {
        let by = |at, who| {
            Some(Acknowledgement {
                by: UserId::new(who),
                at: Timestamp::from_timestamp(at, 0).expect("a moment"),
            })
        };
        let mut incidents: Vec<_> = (1..=4).map(|n| incident(n, &format!("s{n}"))).collect();
        incidents[0].acknowledged = by(1_800_000_120, "U1");
        incidents[1].acknowledged = by(1_800_000_060, "U1");
        incidents[2].acknowledged = by(1_800_000_180, "U2");
        let looks = incidents.iter().map(|incident| {
            let taken = incident.acknowledged.is_some();
            (incident, if taken { Look::TakenOn } else { Look::Down })
        });
        let message = digest(Language::English.into(), 1, looks);
        let json = serde_json::to_string(&message).expect("serializes");
        let lines: Vec<_> = json.matches("Acknowledged by").collect();
        assert_eq!(lines.len(), 2, "{json}");
        let (one, other) = (
            json.find("<@U1>, <!date^1800000060"),
            json.find("<@U2>, <!date^1800000180"),
        );
        assert!(one.is_some() && one < other, "{json}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn every_server_is_named_within_slacks_limits(
            names in prop::collection::vec("[a-z&<가]{1,90}", 1..900),
            language in prop::sample::select(Language::ALL.to_vec()),
        ) {
            let incidents: Vec<_> =
                names.iter().enumerate().map(|(n, name)| incident(n as u64, name)).collect();
            let weights: Vec<_> = incidents.iter().map(digest_weight).collect();
            let mut rest = incidents.as_slice();
            for members in pack(&weights, NAME_CHARS) {
                let (these, others) = rest.split_at(members);
                rest = others;
                let json = serde_json::to_value(digest(language.into(), 2, these.iter().map(|incident| (incident, Look::Down)))).expect("serializes");
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
