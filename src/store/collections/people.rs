//! Channels, what was already heard from Slack, and whose bot this is.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clock::Timestamp;
use crate::domain::channel::{Channel, Destination};
use crate::domain::ids::{ChannelId, TeamId, UserId};
use crate::store::{Batch, EncodeError, Key, Record, Table};

impl Record for Channel {
    type Key = ChannelId;
    const TABLE: Table = Table::new(4, "channels", 1);
}

/// A destination, which at most one channel has: a conversation by its id, a webhook by a digest of its URL, which is a
/// secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestinationKey(String);

impl DestinationKey {
    /// The key of a destination.
    #[must_use]
    pub fn of(destination: &Destination) -> Self {
        Self(match destination {
            Destination::Conversation(id) => id.to_string(),
            Destination::Webhook(url) => {
                format!("hook:{}", hex::encode(Sha256::digest(url.expose())))
            }
        })
    }
}

impl Key for DestinationKey {
    fn encode(&self) -> Vec<u8> {
        self.0.encode()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        String::decode(bytes).map(Self)
    }
}

/// Which channel has a destination.
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

impl SeenEvent {
    /// Slack's event ids have a dozen characters; a key has its bound.
    const ID_CHARS: usize = 200;

    /// A batch that can be committed once for the event of this id.
    ///
    /// # Errors
    /// None that is met: the record is a moment.
    pub fn once(event: &str, at: Timestamp) -> Result<Batch, EncodeError> {
        let key: String = event.chars().take(Self::ID_CHARS).collect();
        let batch = Batch::new().require_absent::<Self>(&key);
        batch.put(&key, &Self { at })
    }
}

impl Record for SeenEvent {
    type Key = String;
    const TABLE: Table = Table::new(10, "seen_events", 1);
}

/// A request of Slack's that changed something, under its signature: the same request acts once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeenRequest {
    /// When it was acted on.
    pub at: Timestamp,
}

impl Record for SeenRequest {
    type Key = String;
    const TABLE: Table = Table::new(17, "seen_requests", 1);
}

/// The workspace that the bot's token belongs to, as Slack last said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnWorkspace {
    /// The workspace.
    pub team: TeamId,
    /// What people call it.
    pub team_name: String,
    /// The bot's own user.
    pub bot: UserId,
}

impl Record for OwnWorkspace {
    type Key = ();
    const TABLE: Table = Table::new(18, "workspace", 1);
}
