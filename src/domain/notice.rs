//! What a channel holds of an incident, and what it is still owed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{ChannelId, DigestId, IncidentId, MessageTs, ServerId, UserId};
use crate::domain::incident::{EndReason, Incident};
use crate::domain::inventory::Verdict;
use crate::domain::outcome::Trouble;
use crate::domain::server::Server;

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
    /// The failure is one of many in a digest.
    InDigest {
        /// Which.
        digest: DigestId,
    },
    /// The channel knows the end: nothing more is owed.
    Told,
}

/// One message that names many servers. Who they are is kept beside it, a record each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Its identifier.
    pub id: DigestId,
    /// Where it is.
    pub channel: ChannelId,
    /// The first digest of the same storm, which may be this one: the end is told in its thread.
    pub storm: DigestId,
    /// Which part of the storm it is, from 1.
    pub part: u32,
    /// The message, once it is there and can be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ts: Option<MessageTs>,
    /// How many servers it names.
    #[serde(default)]
    pub size: usize,
    /// How many of those incidents are known to be over.
    #[serde(default)]
    pub over: usize,
    /// How many of its servers it shows as down.
    pub down: usize,
    /// How many edits it has had.
    #[serde(default)]
    pub edits: u32,
    /// When it was posted or last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_at: Option<Timestamp>,
}

impl Digest {
    /// Whether every incident in it is known to be over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.over >= self.size
    }
}

/// A server's place in a digest.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DigestMember {
    /// What the message says of it.
    pub shown: Look,
    /// Whether it is counted among those that are over.
    pub counted: bool,
}

/// How an incident is shown where there is room for a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Look {
    /// The server is down.
    #[default]
    Down,
    /// It is, and somebody has taken that on.
    TakenOn,
    /// It is, and its alerts are off or muted.
    Silenced,
    /// It is up again.
    Back,
    /// It was removed from the list.
    Removed,
}

impl Look {
    /// How an incident looks at `now`; its server is there unless it was removed.
    #[must_use]
    pub fn of(incident: &Incident, server: Option<&Server>, now: Timestamp) -> Self {
        match &incident.end {
            Some(end) if end.reason == EndReason::Removed => Self::Removed,
            Some(_) => Self::Back,
            None if server.is_some_and(|server| !server.is_audible(now)) => Self::Silenced,
            None if incident.acknowledged.is_some() => Self::TakenOn,
            None => Self::Down,
        }
    }

    /// Whether the incident is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Back | Self::Removed)
    }
}

/// Why it is said again that a server is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// Its mute has ended.
    MuteEnded,
    /// Its alerts were switched on again.
    AlertsOn,
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
    /// That the server still is down, in the thread, shown in the channel too.
    StillDown {
        /// The incident it is of.
        incident: IncidentId,
        /// Why it is said again.
        again: Again,
    },
    /// A reminder, in the thread.
    Reminder {
        /// The incident it is of.
        incident: IncidentId,
        /// Which one, from 1.
        number: u8,
    },
    /// A message that names many servers.
    Digest {
        /// Which.
        digest: DigestId,
    },
    /// The digest is to show the present state. There is at most one of these for a digest.
    DigestEdit {
        /// Which.
        digest: DigestId,
    },
    /// Every server of a storm is back: a reply in the thread of its first digest.
    StormOver {
        /// The first digest.
        storm: DigestId,
    },
    /// A server changes its state again and again, and will be left alone until it keeps still.
    Flapping {
        /// Which.
        server: ServerId,
        /// What people called it.
        host_name: String,
    },
    /// The prober could not look for a while.
    OwnTrouble {
        /// Why.
        trouble: Trouble,
        /// Since when.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
    /// The inventory lacks so many servers that a person is asked.
    InventoryHeld {
        /// How many it lacks.
        servers: usize,
        /// Since when; none in an entry of an older version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// That question is settled: its message is to say so, and has no buttons any more.
    InventorySettled {
        /// Since when the servers were held.
        since: Timestamp,
        /// What became of it.
        verdict: Verdict,
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
            Self::Failure { incident }
            | Self::Edit { incident }
            | Self::Recovery { incident }
            | Self::StillDown { incident, .. }
            | Self::Reminder { incident, .. } => Some(*incident),
            Self::Digest { .. }
            | Self::DigestEdit { .. }
            | Self::StormOver { .. }
            | Self::Flapping { .. }
            | Self::OwnTrouble { .. }
            | Self::InventoryHeld { .. }
            | Self::InventorySettled { .. }
            | Self::Welcome { .. } => None,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Failure { .. } => "failure",
            Self::Edit { .. } => "edit",
            Self::Recovery { .. } => "recovery",
            Self::StillDown { .. } => "still down",
            Self::Reminder { .. } => "reminder",
            Self::Digest { .. } => "digest",
            Self::DigestEdit { .. } => "digest edit",
            Self::StormOver { .. } => "storm over",
            Self::Flapping { .. } => "flapping",
            Self::OwnTrouble { .. } => "own trouble",
            Self::InventoryHeld { .. } => "inventory held",
            Self::InventorySettled { .. } => "inventory settled",
            Self::Welcome { .. } => "welcome",
        })
    }
}
