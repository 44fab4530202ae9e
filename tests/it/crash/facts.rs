//! What the bot acknowledged, held against what it says later.

use std::collections::BTreeMap;

/// Something that people change and can ask for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// The server of this name is watched.
    Watched(String),
    /// Its alerts are on.
    AlertsOn(String),
    /// This channel is told.
    Told(&'static str),
}

/// What must be true by what was answered so far.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// None where a change was asked for and never answered: then either is right.
    known: BTreeMap<Fact, Option<bool>>,
}

impl Facts {
    /// A change of it is on its way.
    pub(super) fn asked(&mut self, fact: &Fact) {
        self.known.insert(fact.clone(), None);
    }

    /// The bot said that it is so.
    pub(super) fn acknowledged(&mut self, fact: Fact, so: bool) {
        self.known.insert(fact, Some(so));
    }

    /// What it must be, where that is known.
    pub(super) fn get(&self, fact: &Fact) -> Option<bool> {
        self.known.get(fact).copied().flatten()
    }

    /// Takes over what the bot says now; panics where it acknowledged something else. Says whether a change that it
    /// did not acknowledge is settled by that.
    pub(super) fn observe(&mut self, fact: Fact, so: bool) -> bool {
        let known = self.known.insert(fact.clone(), Some(so));
        match known {
            Some(Some(acknowledged)) => assert_eq!(
                acknowledged, so,
                "{fact:?} was acknowledged and is different now"
            ),
            Some(None) => return true,
            None => {}
        }
        false
    }

    /// A server that is watched no more has no alerts.
    pub(super) fn forget(&mut self, name: &str) {
        self.known.remove(&Fact::Watched(name.to_owned()));
        self.known.remove(&Fact::AlertsOn(name.to_owned()));
    }

    /// Every server that is or may be watched.
    pub(super) fn servers(&self) -> Vec<String> {
        self.known
            .keys()
            .filter_map(|fact| match fact {
                Fact::Watched(name) => Some(name.clone()),
                _ => None,
            })
            .collect()
    }
}
