//! What the rooms hold, compared with what they must hold.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{End, Incident, Model};
use super::said::{Said, read};
use super::slack::{Held, Room};

/// Whatever is wrong in a room, in words. Where a call broke off whose message may have arrived, that message may be
/// there once more, and the copy that nobody knows of is never edited: so many of each are forgiven.
pub(crate) fn wrong(model: &Model, name: &str, room: &Room) -> Vec<String> {
    let mut check = Check {
        model,
        name,
        room,
        singles: BTreeMap::new(),
        recoveries: BTreeMap::new(),
        mentions: BTreeMap::new(),
        back: BTreeMap::new(),
        surplus: 0,
        stale: 0,
        wrong: Vec::new(),
    };
    check.sort();
    for incident in &model.incidents {
        check.incident(incident);
    }
    check.mentioned_too_often();
    check.order();
    let forgiven = room.repeats;
    if check.surplus > forgiven {
        check.say(format!(
            "{} messages too many, {forgiven} forgiven",
            check.surplus
        ));
    }
    if check.stale > forgiven {
        check.say(format!(
            "{} messages show what is not so, {forgiven} forgiven",
            check.stale
        ));
    }
    check.wrong
}

type Key = (String, i64);

struct Check<'a> {
    model: &'a Model,
    name: &'a str,
    room: &'a Room,
    singles: BTreeMap<Key, Vec<&'a Held>>,
    recoveries: BTreeMap<Key, usize>,
    /// The digests that name a server.
    mentions: BTreeMap<String, Vec<&'a Held>>,
    /// The news that name a server as back, in a webhook's room.
    back: BTreeMap<String, Vec<&'a Held>>,
    surplus: usize,
    stale: usize,
    wrong: Vec<String>,
}

impl Check<'_> {
    fn say(&mut self, words: String) {
        self.wrong.push(format!("{}: {words}", self.name));
    }

    fn is_webhook(&self) -> bool {
        self.name.starts_with("https")
    }

    fn told(&self, incident: &Incident) -> usize {
        let now = usize::from(incident.told.contains(self.name));
        now + incident.formerly.get(self.name).copied().unwrap_or(0)
    }

    fn sort(&mut self) {
        let mut still: BTreeMap<String, usize> = BTreeMap::new();
        let mut flapping: BTreeMap<String, usize> = BTreeMap::new();
        for held in &self.room.messages {
            match read(&held.first) {
                Said::Down { name, began } | Said::Over { name, began, .. } => {
                    self.singles.entry((name, began)).or_default().push(held);
                }
                Said::Recovery { name, began } => {
                    *self.recoveries.entry((name, began)).or_default() += 1;
                }
                Said::Digest { down, over } => {
                    for name in down.into_iter().chain(over) {
                        self.mentions.entry(name).or_default().push(held);
                    }
                    self.digest_now(held);
                }
                Said::Back { names } => {
                    for name in names {
                        self.back.entry(name).or_default().push(held);
                    }
                }
                Said::Still { name } => *still.entry(name).or_default() += 1,
                Said::Flapping { name } => *flapping.entry(name).or_default() += 1,
                Said::Reminder { .. } | Said::StormOver | Said::OwnTrouble | Said::Failing => {}
            }
        }
        for (name, count) in still {
            let of = |incident: &&Incident| incident.server == name;
            let incidents = self.model.incidents.iter().filter(of);
            let allowed: usize = incidents.filter_map(|i| i.still.get(self.name)).sum();
            self.surplus += count.saturating_sub(allowed);
        }
        for (name, count) in flapping {
            let key = (self.name.to_owned(), name);
            let allowed = self.model.flapping.get(&key).copied().unwrap_or(0);
            self.surplus += count.saturating_sub(allowed);
        }
        let keys: Vec<_> = self
            .singles
            .keys()
            .chain(self.recoveries.keys())
            .cloned()
            .collect();
        for key in keys {
            let known = |i: &Incident| i.server == key.0 && i.began == key.1;
            if !self.model.incidents.iter().any(known) {
                self.say(format!("an incident that never was: {key:?}"));
            }
        }
    }

    /// Whether a digest shows what is so.
    fn digest_now(&mut self, held: &Held) {
        if self.is_webhook() || held.deleted || held.left {
            return;
        }
        let Said::Digest { down, .. } = read(&held.now) else {
            return self.say(format!("a digest became {:?}", held.now.text));
        };
        let open = |name: &String| {
            let mut incidents = self.model.incidents.iter();
            incidents.any(|i| i.server == *name && i.end.is_none())
        };
        self.stale += usize::from(!down.iter().all(open));
    }

    fn incident(&mut self, incident: &Incident) {
        let key = (incident.server.clone(), incident.began);
        let singles = self.singles.get(&key).cloned().unwrap_or_default();
        let told = self.told(incident);
        let confirmed = incident.confirmed;
        let mentioned = self.mentions.get(&incident.server);
        let mentioned = mentioned.is_some_and(|held| held.iter().any(|h| h.at >= confirmed));
        let is_told = incident.told.contains(self.name);
        if is_told && singles.is_empty() && !mentioned {
            self.say(format!("never learned that {key:?} failed"));
        }
        if told == 0 && !singles.is_empty() {
            self.say(format!("learned of {key:?}, which was not for it"));
        } else {
            self.surplus += singles.len().saturating_sub(told);
        }
        if is_told && !self.is_webhook() {
            let looks = singles.iter().filter(|held| !held.deleted && !held.left);
            let wrong = looks.filter(|held| !shows(held, incident)).count();
            self.stale += wrong;
        }
        self.recovery(incident, &key, &singles);
    }

    fn recovery(&mut self, incident: &Incident, key: &Key, singles: &[&Held]) {
        let count = self.recoveries.get(key).copied().unwrap_or(0);
        let opened = singles
            .iter()
            .any(|held| matches!(read(&held.first), Said::Down { .. }));
        let owed = incident.recovery.contains(self.name);
        let formerly = incident.formerly.get(self.name).copied().unwrap_or(0);
        if count > 0 && !opened {
            self.say(format!("a recovery without a failure: {key:?}"));
        }
        if count > 0 && !owed && formerly == 0 {
            self.say(format!("a recovery that was for nobody: {key:?}"));
        }
        self.surplus += count.saturating_sub(usize::from(owed) + formerly);
        let told_over = singles
            .iter()
            .any(|held| matches!(read(&held.first), Said::Over { .. }));
        // What was said before the room was subscribed anew is said again, perhaps in a digest.
        let stands = singles.iter().any(|held| !held.left);
        if owed && opened && stands && count == 0 && !told_over {
            self.say(format!("never learned that {key:?} is over"));
        }
        // Where it failed again meanwhile, a digest may name it once for both.
        let mut incidents = self.model.incidents.iter();
        let failed_again = incidents.any(|other| {
            other.server == incident.server && other.began > incident.began && self.told(other) > 0
        });
        if self.is_webhook() && owed && singles.is_empty() && !failed_again {
            let mut digests = self.mentions.get(&incident.server).into_iter().flatten();
            let showed_down = digests.any(|held| {
                let down =
                    |said| matches!(said, Said::Digest { down, .. } if down.contains(&key.0));
                held.at >= incident.confirmed && down(read(&held.first))
            });
            if showed_down && !self.back.contains_key(&key.0) {
                self.say(format!("never learned that {key:?} is back"));
            }
        }
    }

    /// A digest whose servers were all told before is one message too many.
    fn mentioned_too_often(&mut self) {
        let model = self.model;
        let mut left: Vec<_> = model
            .incidents
            .iter()
            .map(|incident| {
                let key = (incident.server.clone(), incident.began);
                let singles = self.singles.get(&key).map_or(0, Vec::len);
                self.told(incident).saturating_sub(singles)
            })
            .collect();
        for held in &self.room.messages {
            let Said::Digest { down, over } = read(&held.first) else {
                continue;
            };
            let untold = |name: &String| {
                let mut incidents = model.incidents.iter().zip(&left);
                incidents
                    .position(|(i, left)| i.server == *name && i.confirmed <= held.at && *left > 0)
            };
            let untold: Option<Vec<_>> = down.iter().chain(&over).map(untold).collect();
            match untold {
                Some(untold) => untold.into_iter().for_each(|index| left[index] -= 1),
                None => self.surplus += 1,
            }
        }
    }

    /// Messages appear in the order in which they were owed.
    fn order(&mut self) {
        if self.is_webhook() {
            return;
        }
        let mut newest = 0;
        let mut seen = BTreeSet::new();
        for held in &self.room.messages {
            let Some(notice) = held.notice.filter(|notice| seen.insert(*notice)) else {
                continue;
            };
            if notice.raw() < newest && self.room.messages.iter().all(|held| !held.deleted) {
                self.say(format!("out of order: {}", held.first.text));
            }
            newest = newest.max(notice.raw());
        }
    }
}

/// Whether a failure's message shows how its incident stands.
fn shows(held: &Held, incident: &Incident) -> bool {
    match (read(&held.now), incident.end) {
        (Said::Down { .. }, None) => true,
        (Said::Over { removed, .. }, Some(end)) => removed == (end == End::Removed),
        _ => false,
    }
}
