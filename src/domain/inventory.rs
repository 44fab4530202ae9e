//! The company's own list of servers: how it is read, and what it changes.

mod list;

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::ServerId;
use crate::domain::server::{HostName, Server, ServerChange, Source};

pub use list::{Entry, List, NoList, Skipped, parse};

/// A server that is missing from so many fetches in a row is removed.
pub const ABSENT_FETCHES: u8 = 3;

/// What is remembered of a hold between fetches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Hold {
    /// Since when; none where nothing is held. People are asked when it begins, and not again until it has ended.
    pub since: Option<Timestamp>,
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
    /// How many would vanish but are held.
    pub held: usize,
    /// Entries that were not taken.
    pub skipped: Vec<Skipped>,
    /// What to remember.
    pub hold: Hold,
    /// The hold is new: people are to be asked.
    pub ask: bool,
}

/// Decides what a list changes about the servers that there are. A manual server of the same name wins. A list that
/// lacks more than half of the inventory's servers, or all of them, removes nothing until somebody confirms.
#[must_use]
pub fn reconcile<'a>(
    list: &List,
    servers: impl Iterator<Item = &'a Server>,
    before: &Hold,
    confirmed: bool,
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
            vanished.push(server.id);
        }
        (total + 1, vanished)
    });
    let too_many = !vanished.is_empty() && (vanished.len() * 2 > total || list.listed.is_empty());
    if confirmed {
        plan.remove = vanished;
    } else if too_many {
        plan.held = vanished.len();
        plan.ask = before.since.is_none();
        plan.hold = Hold {
            since: before.since.or(Some(now)),
            ..before.clone()
        };
    } else {
        plan.count_absences(vanished, before);
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

    /// Removes what was absent often enough, and remembers of the others how often they were.
    fn count_absences(&mut self, vanished: Vec<ServerId>, before: &Hold) {
        for id in vanished {
            let known = before.absent.get(&id).copied().unwrap_or(0);
            let absent = known.saturating_add(1);
            if absent >= ABSENT_FETCHES {
                self.remove.push(id);
            } else {
                self.hold.absent.insert(id, absent);
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
