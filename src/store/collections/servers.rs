//! Servers, their names, and what is believed of them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::health::Health;
use crate::domain::ids::{ChannelId, ServerId};
use crate::domain::inventory::{Hold, Question};
use crate::domain::server::Server;
use crate::domain::settings::Settings;
use crate::store::collections::{decode_pair, encode_pair};
use crate::store::{Key, Record, Table};

impl Record for Server {
    type Key = ServerId;
    const TABLE: Table = Table::new(1, "servers", 1);
}

/// Which server has a name, under the folded name: a guard on its absence makes names unique whoever adds them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameOwner {
    /// The server.
    pub server: ServerId,
}

impl Record for NameOwner {
    type Key = Arc<str>;
    const TABLE: Table = Table::new(2, "names", 1);
}

impl Record for Health {
    type Key = ServerId;
    const TABLE: Table = Table::new(3, "health", 1);
}

impl Record for Hold {
    type Key = ();
    const TABLE: Table = Table::new(13, "inventory_hold", 1);
}

/// A hold, by when it began, and a channel: a hold's questions are one scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct QuestionKey {
    /// When the hold began, in milliseconds.
    since: u64,
    /// The channel.
    pub channel: ChannelId,
}

impl QuestionKey {
    /// The question about what has been held since then, in this channel.
    #[must_use]
    pub fn new(since: Timestamp, channel: ChannelId) -> Self {
        Self {
            since: u64::try_from(since.timestamp_millis()).unwrap_or_default(),
            channel,
        }
    }

    /// What the keys of all questions of this one's hold begin with.
    #[must_use]
    pub fn hold(&self) -> Vec<u8> {
        self.since.encode()
    }
}

impl Key for QuestionKey {
    fn encode(&self) -> Vec<u8> {
        encode_pair(self.since, self.channel.raw())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (since, channel) = decode_pair(bytes)?;
        Some(Self {
            since,
            channel: ChannelId::from_raw(channel),
        })
    }
}

impl Record for Question {
    type Key = QuestionKey;
    const TABLE: Table = Table::new(19, "inventory_questions", 1);
}

impl Record for Settings {
    type Key = ();
    const TABLE: Table = Table::new(9, "settings", 1);
}
