//! Which of the domain's values are kept, and under which keys: a file per group of tables. A table's prefix and name
//! are on disk and in every dump: they never change their meaning.

mod alerts;
mod history;
mod people;
mod pulse;
mod servers;

pub use alerts::{MemberKey, OutboxEntry, OutboxKey, PostingKey};
pub use history::NewestFirst;
pub use people::{DestinationKey, DestinationOwner, OwnWorkspace, SeenEvent, SeenRequest};
pub use pulse::Pulse;
pub use servers::{NameOwner, QuestionKey};

use crate::domain::audit::{Logged, RecentChanges};
use crate::domain::channel::Channel;
use crate::domain::health::Health;
use crate::domain::history::PastIncidents;
use crate::domain::ids::{ChannelId, DigestId, IncidentId, NoticeId, ServerId};
use crate::domain::incident::Incident;
use crate::domain::inventory::{Hold, Question};
use crate::domain::notice::{Digest, DigestMember, Posting};
use crate::domain::server::Server;
use crate::domain::settings::Settings;
use crate::store::{Key, Record, Tables};

/// Every table of healthbot's store.
pub const TABLES: Tables = Tables::new(&[
    Server::TABLE,
    NameOwner::TABLE,
    Health::TABLE,
    Channel::TABLE,
    DestinationOwner::TABLE,
    Incident::TABLE,
    Posting::TABLE,
    OutboxEntry::TABLE,
    Settings::TABLE,
    Hold::TABLE,
    Question::TABLE,
    SeenEvent::TABLE,
    Digest::TABLE,
    DigestMember::TABLE,
    Logged::TABLE,
    RecentChanges::TABLE,
    PastIncidents::TABLE,
    SeenRequest::TABLE,
    OwnWorkspace::TABLE,
    Pulse::TABLE,
]);

/// Identifiers as keys: their number, so that the order of keys is the order of making.
macro_rules! id_key {
    ($($id:ty),*) => {$(
        impl Key for $id {
            fn encode(&self) -> Vec<u8> {
                self.raw().encode()
            }

            fn decode(bytes: &[u8]) -> Option<Self> {
                u64::decode(bytes).map(Self::from_raw)
            }
        }
    )*};
}

id_key!(ServerId, ChannelId, IncidentId, NoticeId, DigestId);

/// Two numbers as one key, so that the first is a prefix to scan by.
fn encode_pair(first: u64, second: u64) -> Vec<u8> {
    [first.to_be_bytes(), second.to_be_bytes()].concat()
}

fn decode_pair(bytes: &[u8]) -> Option<(u64, u64)> {
    let (first, second) = bytes.split_at_checked(8)?;
    Some((u64::decode(first)?, u64::decode(second)?))
}
