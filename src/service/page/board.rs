//! What has changed on the page since somebody last looked, without remembering who looked: every change has a number,
//! and every row knows the number of its last change.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use crate::domain::ids::ServerId;
use crate::domain::server::Environment;
use crate::service::page::facts::{Facts, Group, Row};

/// So many rows that are gone are remembered. Whoever missed more of them is told to look at the page anew.
const GONE: usize = 1_000;

/// So many rows are told as changes, 200 KB of them. Whoever missed more is told to look at the page anew, which its
/// script does every ten seconds at most: where so much goes on changing, that is less than a message a second.
const TOLD: usize = 1_000;

/// The page as it is, and the number of the last change of each part.
#[derive(Debug, Default)]
pub(super) struct Board {
    facts: Arc<Facts>,
    version: u64,
    /// Whoever has seen less than this cannot be told what changed.
    oldest: u64,
    /// The last change of what is above the tables: the counts, and those that are down.
    now: u64,
    past: u64,
    rows: HashMap<ServerId, u64>,
    gone: VecDeque<(u64, ServerId)>,
}

/// What somebody who has seen a version has to be told.
#[derive(Debug, Clone)]
pub struct News {
    /// The page as it is.
    pub facts: Arc<Facts>,
    /// The version that whoever hears this has seen.
    pub version: u64,
    /// What changed.
    pub what: What,
}

/// What changed on the page.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Nothing.
    Nothing,
    /// Too much, or nobody knows any more: the page is to be looked at anew.
    Everything,
    /// These parts.
    Parts(Parts),
}

/// Parts of the page that changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    /// The counts, and those that are down.
    pub now: bool,
    /// What happened last.
    pub past: bool,
    /// Rows that are no more.
    pub gone: Vec<ServerId>,
    /// Rows that are new or differ, the last first, so that the row before which one stands is there already.
    pub rows: Vec<Placed>,
}

/// A row and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The row.
    pub row: Row,
    /// The table.
    pub environment: Environment,
    /// The row after it; none at the end of the table.
    pub before: Option<ServerId>,
}

impl Board {
    pub(super) fn facts(&self) -> &Arc<Facts> {
        &self.facts
    }

    pub(super) const fn version(&self) -> u64 {
        self.version
    }

    /// Takes over the page as it is now.
    pub(super) fn update(&mut self, facts: Facts) {
        if facts == *self.facts {
            return;
        }
        self.version += 1;
        let version = self.version;
        let before = std::mem::replace(&mut self.facts, Arc::new(facts));
        let facts = &self.facts;
        if facts.graphs != before.graphs {
            // Another kind of table.
            self.oldest = version;
        }
        if facts.down != before.down || !same_counts(facts, &before) {
            self.now = version;
        }
        if facts.past != before.past {
            self.past = version;
        }
        let mut known: HashMap<_, _> = rows(&before).map(|row| (row.id, row)).collect();
        for row in rows(facts) {
            if known.remove(&row.id) != Some(row) {
                self.rows.insert(row.id, version);
            }
        }
        for id in known.into_keys() {
            self.rows.remove(&id);
            self.gone.push_back((version, id));
        }
        while self.gone.len() > GONE {
            if let Some((lost, _)) = self.gone.pop_front() {
                self.oldest = self.oldest.max(lost);
            }
        }
    }

    /// What has changed for somebody who has seen a version.
    pub(super) fn news(&self, seen: u64) -> News {
        let what = if seen == self.version {
            What::Nothing
        } else if seen > self.version || seen < self.oldest || self.changed(seen) > TOLD {
            What::Everything
        } else {
            What::Parts(self.parts(seen))
        };
        News {
            facts: Arc::clone(&self.facts),
            version: self.version,
            what,
        }
    }

    /// How many rows have changed for somebody who has seen a version.
    fn changed(&self, seen: u64) -> usize {
        self.rows.values().filter(|at| **at > seen).count()
    }

    fn parts(&self, seen: u64) -> Parts {
        let gone = self.gone.iter().filter(|(at, _)| *at > seen);
        let mut placed = Vec::new();
        for (environment, group) in self.facts.environments() {
            let mut before = None;
            for row in group.rows.iter().rev() {
                if self.rows.get(&row.id).is_some_and(|at| *at > seen) {
                    placed.push(Placed {
                        row: row.clone(),
                        environment,
                        before,
                    });
                }
                before = Some(row.id);
            }
        }
        Parts {
            now: self.now > seen,
            past: self.past > seen,
            gone: gone.map(|(_, id)| *id).collect(),
            rows: placed,
        }
    }
}

fn rows(facts: &Facts) -> impl Iterator<Item = &Row> {
    facts.groups.iter().flat_map(|group| &group.rows)
}

fn same_counts(one: &Facts, other: &Facts) -> bool {
    let pairs = one.groups.iter().zip(&other.groups);
    let told = |group: &Group| (group.counts, group.unlisted(), group.unlisted_down());
    pairs
        .into_iter()
        .all(|(one, other)| told(one) == told(other))
}

#[cfg(test)]
#[path = "board_tests.rs"]
mod tests;
