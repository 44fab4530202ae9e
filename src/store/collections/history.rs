//! What was: the log of changes, and each server's last incidents.

use crate::domain::audit::{Logged, RecentChanges};
use crate::domain::history::PastIncidents;
use crate::domain::ids::{ChangeId, ServerId};
use crate::store::{Key, Record, Table};

/// A change's key. It sorts against the order of making, so that a scan from the beginning yields the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewestFirst(pub ChangeId);

impl Key for NewestFirst {
    fn encode(&self) -> Vec<u8> {
        (!self.0.raw()).encode()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        u64::decode(bytes).map(|raw| Self(ChangeId::from_raw(!raw)))
    }
}

impl Record for Logged {
    type Key = NewestFirst;
    const TABLE: Table = Table::new(14, "changes", 1);
}

impl Record for RecentChanges {
    type Key = ServerId;
    const TABLE: Table = Table::new(15, "server_changes", 1);
}

impl Record for PastIncidents {
    type Key = ServerId;
    const TABLE: Table = Table::new(16, "past_incidents", 1);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_changes_sort_first_and_keys_read_back() {
        let key = |raw| NewestFirst(ChangeId::from_raw(raw));
        assert!(key(2).encode() < key(1).encode());
        assert_eq!(NewestFirst::decode(&key(7).encode()), Some(key(7)));
    }
}
