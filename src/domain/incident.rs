//! An incident, who was told of it, and what is still owed to whom.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{ChannelId, IncidentId, MessageTs, ServerId, UserId};
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
    /// How it ended; open without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<End>,
}

impl Incident {
    /// Whether it is still going on.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.end.is_none()
    }
}

/// What one channel holds of one incident. It is made together with the first notice, so that an incident's postings
/// name everyone who was told, or is about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posting {
    /// The incident.
    pub incident: IncidentId,
    /// The channel.
    pub channel: ChannelId,
    /// How far it got.
    pub progress: Progress,
}

/// How far a posting got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// The failure waits in the outbox.
    Queued,
    /// The failure is in the channel.
    Posted {
        /// The message, unless the channel is a webhook, which names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ts: Option<MessageTs>,
    },
    /// The channel knows the end: nothing more is owed.
    Told,
}

/// What a channel is owed. The outbox keeps this, never its rendering: a message is made when it is sent, so that a
/// late one tells the present state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The failure's message.
    Failure {
        /// The incident it is of.
        incident: IncidentId,
    },
    /// The failure's message is to show the present state.
    Edit {
        /// The incident it is of.
        incident: IncidentId,
    },
    /// The recovery: a reply in the thread, shown in the channel too.
    Recovery {
        /// The incident it is of.
        incident: IncidentId,
    },
    /// The bot was invited: what will happen here.
    Welcome {
        /// Who invited it.
        by: Option<UserId>,
    },
}

impl Notice {
    /// The incident that the notice is of.
    #[must_use]
    pub const fn incident(&self) -> Option<IncidentId> {
        match self {
            Self::Failure { incident } | Self::Edit { incident } | Self::Recovery { incident } => {
                Some(*incident)
            }
            Self::Welcome { .. } => None,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failure { .. } => "failure",
            Self::Edit { .. } => "edit",
            Self::Recovery { .. } => "recovery",
            Self::Welcome { .. } => "welcome",
        })
    }
}
