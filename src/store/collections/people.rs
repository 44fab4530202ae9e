//! Channels, and what was already heard from Slack.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::ids::{ChannelId, ConversationId};
use crate::store::{Key, Record, Table};

impl Record for Channel {
    type Key = ChannelId;
    const TABLE: Table = Table::new(4, "channels", 1);
}

/// A conversation as the destination of at most one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationKey(pub ConversationId);

impl Key for DestinationKey {
    fn encode(&self) -> Vec<u8> {
        self.0.as_str().as_bytes().to_vec()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        std::str::from_utf8(bytes)
            .ok()
            .map(|id| Self(ConversationId::new(id)))
    }
}

/// Which channel has a conversation as its destination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DestinationOwner {
    /// The channel.
    pub channel: ChannelId,
}

impl Record for DestinationOwner {
    type Key = DestinationKey;
    const TABLE: Table = Table::new(5, "destinations", 1);
}

/// An event of Slack's that was already acted on, under its `event_id`: Slack sends an event again until it is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenEvent {
    /// When it was acted on.
    pub at: Timestamp,
}

impl Record for SeenEvent {
    type Key = String;
    const TABLE: Table = Table::new(10, "seen_events", 1);
}
