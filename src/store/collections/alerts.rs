//! Incidents, who holds what of them, and what is still owed.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{ChannelId, DigestId, IncidentId, NoticeId};
use crate::domain::incident::Incident;
use crate::domain::notice::{Digest, DigestMember, Notice, Posting};
use crate::store::collections::{decode_pair, encode_pair};
use crate::store::{Key, Record, Table};

impl Record for Incident {
    type Key = IncidentId;
    const TABLE: Table = Table::new(6, "incidents", 1);
}

/// An incident and a channel: the incident's postings are one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostingKey {
    /// The incident.
    pub incident: IncidentId,
    /// The channel.
    pub channel: ChannelId,
}

impl Key for PostingKey {
    fn encode(&self) -> Vec<u8> {
        encode_pair(self.incident.raw(), self.channel.raw())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (incident, channel) = decode_pair(bytes)?;
        Some(Self {
            incident: IncidentId::from_raw(incident),
            channel: ChannelId::from_raw(channel),
        })
    }
}

impl Record for Posting {
    type Key = PostingKey;
    const TABLE: Table = Table::new(7, "postings", 1);
}

/// A channel and a notice: a channel's lane is one scan, oldest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OutboxKey {
    /// The channel.
    pub channel: ChannelId,
    /// The notice.
    pub notice: NoticeId,
}

impl Key for OutboxKey {
    fn encode(&self) -> Vec<u8> {
        encode_pair(self.channel.raw(), self.notice.raw())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (channel, notice) = decode_pair(bytes)?;
        Some(Self {
            channel: ChannelId::from_raw(channel),
            notice: NoticeId::from_raw(notice),
        })
    }
}

/// A notice that Slack has not accepted yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxEntry {
    /// What is owed.
    #[serde(flatten)]
    pub notice: Notice,
    /// Since when.
    pub owed_since: Timestamp,
    /// When it was last about to be sent. It is written before the request is, so that whoever finds it after a crash
    /// knows that Slack may have the message already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempted_at: Option<Timestamp>,
    /// Whether what was about to be sent told that the incident is over already.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attempted_over: bool,
}

impl OutboxEntry {
    /// A notice that nobody has tried to send yet.
    #[must_use]
    pub const fn new(notice: Notice, owed_since: Timestamp) -> Self {
        Self {
            notice,
            owed_since,
            attempted_at: None,
            attempted_over: false,
        }
    }
}

impl Record for OutboxEntry {
    type Key = OutboxKey;
    const TABLE: Table = Table::new(8, "outbox", 1);
}

impl Record for Digest {
    type Key = DigestId;
    const TABLE: Table = Table::new(11, "digests", 1);
}

/// A digest and an incident: a digest's members are one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct MemberKey {
    /// The digest.
    pub digest: DigestId,
    /// The incident.
    pub incident: IncidentId,
}

impl Key for MemberKey {
    fn encode(&self) -> Vec<u8> {
        encode_pair(self.digest.raw(), self.incident.raw())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (digest, incident) = decode_pair(bytes)?;
        Some(Self {
            digest: DigestId::from_raw(digest),
            incident: IncidentId::from_raw(incident),
        })
    }
}

impl Record for DigestMember {
    type Key = MemberKey;
    const TABLE: Table = Table::new(12, "digest_members", 1);
}
