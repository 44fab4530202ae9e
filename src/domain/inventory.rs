//! The company's own list of servers: how it is read, and what it changes.

mod held;
mod list;

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::audit::Actor;
use crate::domain::ids::ServerId;
use crate::domain::server::{HostName, Server, ServerChange, Source};

pub use held::{Consent, Held, Mark, Question, Standing, Verdict};
pub use list::{Entry, List, NoList, Skipped, parse};

/// A server that is missing from so many fetches in a row is removed.
pub const ABSENT_FETCHES: u8 = 3;

/// What is remembered of a hold between fetches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hold {
    /// Since when; none where nothing is held. People are asked when it begins, and not again until it has ended.
    pub since: Option<Timestamp>,
    /// What the last fetch held.
    pub held: Option<Held>,
    /// Who decided that they stay, where somebody did.
    pub kept: Option<Actor>,
    /// How many fetches in a row went without each server of the inventory. It lives in memory: after a restart the
    /// count begins anew, which only removes later.
    #[serde(skip)]
    pub absent: HashMap<ServerId, u8>,
}

/// A server that is to be otherwise than it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// Which.
    pub server: ServerId,
    /// What the list calls it.
    pub host_name: HostName,
    /// What changes.
    pub change: ServerChange,
}

/// What a list changes.
#[derive(Debug, Default)]
pub struct Plan {
    /// Servers to be added.
    pub add: Vec<Entry>,
    /// Servers to be changed.
    pub update: Vec<Update>,
    /// Servers to be removed.
    pub remove: Vec<ServerId>,
    /// How many stay as they are.
    pub unchanged: usize,
    /// How it stands with those that the list lacks.
    pub standing: Standing,
    /// Entries that were not taken.
    pub skipped: Vec<Skipped>,
    /// What to remember.
    pub hold: Hold,
}

/// Decides what a list changes about the servers that there are. A manual server of the same name wins. A list that
/// lacks more than half of the inventory's servers, or all of them, removes nothing without consent; and consent is to
/// what is held, not to what is merely missing.
#[must_use]
pub fn reconcile<'a>(
    list: &List,
    servers: impl Iterator<Item = &'a Server>,
    before: &Hold,
    consent: Consent,
    now: Timestamp,
) -> Plan {
    let by_name: HashMap<Arc<str>, &Server> = servers
        .map(|server| (server.host_name.folded(), server))
        .collect();
    let mut plan = Plan {
        skipped: list.skipped.clone(),
        ..Plan::default()
    };
    plan.compare(&list.entries, &by_name);
    let owned = by_name
        .iter()
        .filter(|(_, server)| server.source == Source::Inventory);
    let (total, vanished) = owned.fold((0, Vec::new()), |(total, mut vanished), (name, server)| {
        if !list.listed.contains(&**name) {
            vanished.push(*server);
        }
        (total + 1, vanished)
    });
    let too_many = !vanished.is_empty() && (vanished.len() * 2 > total || list.listed.is_empty());
    if too_many {
        plan.hold_back(&vanished, before, consent, now);
    } else {
        plan.count_absences(&vanished, before);
        if before.since.is_some() {
            plan.standing = Standing::Ended {
                missing: vanished.len(),
            };
        }
    }
    plan
}

impl Plan {
    /// What is new, and what is to be otherwise than it is.
    fn compare(&mut self, entries: &[Entry], by_name: &HashMap<Arc<str>, &Server>) {
        for entry in entries {
            match by_name.get(&entry.host_name.folded()) {
                None => self.add.push(entry.clone()),
                Some(server) if server.source == Source::Manual => self.skipped.push(Skipped {
                    entry: entry.host_name.to_string(),
                    reason: "a person added a server of that name, and that one counts".to_owned(),
                }),
                Some(server) => match difference(server, entry) {
                    Some(change) => self.update.push(Update {
                        server: server.id,
                        host_name: entry.host_name.clone(),
                        change,
                    }),
                    None => self.unchanged += 1,
                },
            }
        }
    }

    /// Holds what vanished, unless whoever was asked about just these lets them go.
    fn hold_back(&mut self, vanished: &[&Server], before: &Hold, consent: Consent, now: Timestamp) {
        let since = before.since.unwrap_or(now);
        let held = Held::of(since, vanished);
        if consent.covers(held.mark) {
            self.remove = vanished.iter().map(|server| server.id).collect();
            self.standing = Standing::Released;
            return;
        }
        self.hold = Hold {
            since: Some(since),
            held: Some(held.clone()),
            kept: before.kept.clone(),
            absent: before.absent.clone(),
        };
        // A hold of which nobody knows what it held was asked about by buttons that say nothing of it either.
        let ask = before.since.is_none() || before.held.is_none();
        self.standing = Standing::Held { held, ask };
    }

    /// Removes what was absent often enough, and remembers of the others how often they were.
    fn count_absences(&mut self, vanished: &[&Server], before: &Hold) {
        for server in vanished {
            let known = before.absent.get(&server.id).copied().unwrap_or(0);
            let absent = known.saturating_add(1);
            if absent >= ABSENT_FETCHES {
                self.remove.push(server.id);
            } else {
                self.hold.absent.insert(server.id, absent);
            }
        }
    }
}

/// What an entry says otherwise than the server stands. What a person set stays.
fn difference(server: &Server, entry: &Entry) -> Option<ServerChange> {
    let change = ServerChange {
        target: (server.target != entry.target).then(|| entry.target.clone()),
        server_type: (server.server_type != entry.server_type).then_some(entry.server_type),
        environment: (server.environment != entry.environment).then_some(entry.environment),
        ..ServerChange::default()
    };
    (change != ServerChange::default()).then_some(change)
}

#[cfg(test)]
mod tests;
