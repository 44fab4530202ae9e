//! Incidents, who holds what of them, and what is still owed.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::ids::{ChannelId, IncidentId, NoticeId};
use crate::domain::incident::{Incident, Notice, Posting};
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
}

impl Record for OutboxEntry {
    type Key = OutboxKey;
    const TABLE: Table = Table::new(8, "outbox", 1);
}
