//! Who is owed what: the one place that turns a change into postings and outbox entries, within the change's own
//! batch.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::domain::ids::{ChannelId, IdSource, IncidentId, NoticeId};
use crate::domain::incident::{End, Incident, Notice, Posting, Progress};
use crate::domain::server::Server;
use crate::service::ChangeError;
use crate::service::fleet::Fleet;
use crate::store::collections::{OutboxEntry, OutboxKey, PostingKey};
use crate::store::{Batch, EncodeError, Key, Store};

/// How many postings are read at a time.
const PAGE: usize = 500;

/// Adds to a batch what it owes.
#[derive(Debug, Clone)]
pub struct Owing {
    store: Store,
    fleet: Arc<Fleet>,
    ids: Arc<IdSource>,
}

impl Owing {
    /// Reads postings from the store and channels from the fleet.
    #[must_use]
    pub fn new(store: Store, fleet: Arc<Fleet>, ids: Arc<IdSource>) -> Self {
        Self { store, fleet, ids }
    }

    /// An id for an incident that opens now.
    #[must_use]
    pub fn new_incident(&self, now: Timestamp) -> IncidentId {
        IncidentId::from_raw(self.ids.next(now))
    }

    /// Owes one channel a notice.
    ///
    /// # Errors
    /// When the notice is too large to be kept.
    pub fn notice(
        &self,
        batch: Batch,
        channel: ChannelId,
        notice: Notice,
        now: Timestamp,
    ) -> Result<Batch, EncodeError> {
        let key = OutboxKey {
            channel,
            notice: NoticeId::from_raw(self.ids.next(now)),
        };
        batch.put(
            &key,
            &OutboxEntry {
                notice,
                owed_since: now,
            },
        )
    }

    /// Owes the failure to every channel that wants to hear of this server and does not hold it yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn failure(
        &self,
        mut batch: Batch,
        server: &Server,
        incident: IncidentId,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        let held = self.postings(incident)?;
        for channel in self.fleet.channels() {
            let holds = held.iter().any(|posting| posting.channel == channel.id);
            if channel.wants(server, now) && !holds {
                let key = PostingKey {
                    incident,
                    channel: channel.id,
                };
                let posting = Posting {
                    incident,
                    channel: channel.id,
                    progress: Progress::Queued,
                };
                batch = batch.require_absent::<Posting>(&key).put(&key, &posting)?;
                batch = self.notice(batch, channel.id, Notice::Failure { incident }, now)?;
            }
        }
        Ok(batch)
    }

    /// Ends the incident. Every channel that holds it sees the message change; the end itself is told to those of them
    /// that still want to hear of the server.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn end(
        &self,
        batch: Batch,
        server: &Server,
        incident: IncidentId,
        end: End,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        let recovered = end.reason == crate::domain::incident::EndReason::Recovered;
        let Some(stored) = self.store.get::<Incident>(&incident)? else {
            return Ok(batch);
        };
        let mut batch = batch
            .require_revision::<Incident>(&incident, stored.revision)
            .put(
                &incident,
                &Incident {
                    end: Some(end),
                    ..stored.value
                },
            )?;
        for posting in self.postings(incident)? {
            let channel = posting.channel;
            batch = self.notice(batch, channel, Notice::Edit { incident }, now)?;
            let wants = self
                .fleet
                .channel(channel)
                .is_some_and(|known| known.channel.wants(server, now));
            if recovered && wants {
                batch = self.notice(batch, channel, Notice::Recovery { incident }, now)?;
            }
        }
        Ok(batch)
    }

    /// Owes every channel that holds the incident a message that shows the present state.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn edits(
        &self,
        mut batch: Batch,
        incident: IncidentId,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        for posting in self.postings(incident)? {
            batch = self.notice(batch, posting.channel, Notice::Edit { incident }, now)?;
        }
        Ok(batch)
    }

    /// Who holds what of an incident.
    fn postings(&self, incident: IncidentId) -> Result<Vec<Posting>, ChangeError> {
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let page = self
                .store
                .scan::<Posting>(&incident.encode(), after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            after = page.last().map(|(key, _)| *key);
            all.extend(page.into_iter().map(|(_, stored)| stored.value));
            if last_page {
                return Ok(all);
            }
        }
    }
}
