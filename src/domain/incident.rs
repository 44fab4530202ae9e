//! An incident: from the failure that was confirmed to the recovery that was confirmed.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{IncidentId, ServerId, UserId};
use crate::domain::outcome::Failure;
use crate::domain::server::{Environment, HostName};

/// Why an incident is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The server's recovery was confirmed.
    Recovered,
    /// The server was removed from the list meanwhile.
    Removed,
}

/// How an incident ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// When: the first healthy probe, or the removal.
    pub at: Timestamp,
    /// Why.
    pub reason: EndReason,
}

/// Somebody has taken an incident on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Who. The first stays named.
    pub by: UserId,
    /// When.
    pub at: Timestamp,
}

/// From the failure that was confirmed to the recovery that was confirmed. It carries what a message needs of its
/// server, so that it can be told after the server was removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    /// Its identifier.
    pub id: IncidentId,
    /// The server that failed.
    pub server: ServerId,
    /// What people called it then.
    pub host_name: HostName,
    /// Its environment then.
    pub environment: Environment,
    /// Its address then, as people are shown it.
    pub address: String,
    /// How it was checked: `HTTP GET` or `WebSocket`.
    pub check: String,
    /// What the confirming probe found.
    pub failure: Failure,
    /// The first failed probe.
    pub began: Timestamp,
    /// When it was last healthy, if ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_healthy: Option<Timestamp>,
    /// Who took it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<Acknowledgement>,
    /// How many reminders were owed so far.
    #[serde(default)]
    pub reminders: u8,
    /// When the last of them was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminded_at: Option<Timestamp>,
    /// How it ended; open without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
}

/// So many reminders of an incident are given, and no more.
pub const MOST_REMINDERS: u8 = 10;

impl Incident {
    /// Whether a reminder is due at `now`, where one comes every `every`: it is open, nobody took it on, and the last
    /// one, or its beginning, is long enough ago.
    #[must_use]
    pub fn is_reminder_due(&self, every: std::time::Duration, now: Timestamp) -> bool {
        let last = self.reminded_at.unwrap_or(self.began);
        // Where the calendar was set back nobody knows how long ago it was.
        let waited = now.signed_duration_since(last).to_std();
        self.is_open()
            && self.acknowledged.is_none()
            && self.reminders < MOST_REMINDERS
            && waited.map_or(true, |waited| waited >= every)
    }

    /// Whether it is still going on.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.end.is_none()
    }
}
