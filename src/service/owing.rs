//! Who is owed what: the one place that turns a change into postings and outbox entries, within the change's own
//! batch.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::domain::history::{PastIncident, PastIncidents};
use crate::domain::ids::{ChannelId, DigestId, IdSource, IncidentId, NoticeId};
use crate::domain::incident::{End, EndReason, Incident};
use crate::domain::inventory::{Question, Verdict};
use crate::domain::notice::{Again, Notice, Posting, Progress};
use crate::domain::server::Server;
use crate::service::ChangeError;
use crate::service::fleet::Fleet;
use crate::store::collections::{OutboxEntry, OutboxKey, PostingKey, QuestionKey};
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
    pub const fn new(store: Store, fleet: Arc<Fleet>, ids: Arc<IdSource>) -> Self {
        Self { store, fleet, ids }
    }

    /// An id for an incident that opens now.
    #[must_use]
    pub fn new_incident(&self, now: Timestamp) -> IncidentId {
        IncidentId::from_raw(self.ids.next(now))
    }

    /// An id for a digest that is made now.
    #[must_use]
    pub fn new_digest(&self, now: Timestamp) -> DigestId {
        DigestId::from_raw(self.ids.next(now))
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
        batch.put(&key, &OutboxEntry::new(notice, now))
    }

    /// Owes a notice to every channel that is told anything at all.
    ///
    /// # Errors
    /// When the notice is too large to be kept.
    pub fn everyone(
        &self,
        mut batch: Batch,
        notice: &Notice,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        for channel in self.fleet.channels() {
            if channel.notification {
                batch = self.notice(batch, channel.id, notice.clone(), now)?;
            }
        }
        Ok(batch)
    }

    /// Owes every channel that is told anything at all the question about what is held, and notes who was asked.
    ///
    /// # Errors
    /// When the notice is too large to be kept.
    pub fn question(
        &self,
        mut batch: Batch,
        servers: usize,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        for channel in self.fleet.channels() {
            if channel.notification {
                let key = QuestionKey::new(since, channel.id);
                batch = batch.put(&key, &Question::default())?;
                let since = Some(since);
                let notice = Notice::InventoryHeld { servers, since };
                batch = self.notice(batch, channel.id, notice, now)?;
            }
        }
        Ok(batch)
    }

    /// Owes every channel that was asked, or is about to be, what became of it.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn settled(
        &self,
        mut batch: Batch,
        since: Timestamp,
        verdict: &Verdict,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        let prefix = QuestionKey::new(since, ChannelId::from_raw(0)).hold();
        let mut after = None;
        loop {
            let page = self.store.scan::<Question>(&prefix, after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            for (key, _) in page {
                after = Some(key);
                if self.fleet.channel(key.channel).is_none() {
                    batch = batch.delete::<Question>(&key);
                    continue;
                }
                let verdict = verdict.clone();
                let notice = Notice::InventorySettled { since, verdict };
                batch = self.notice(batch, key.channel, notice, now)?;
            }
            if last_page {
                return Ok(batch);
            }
        }
    }

    /// Owes a notice to every channel that wants to hear of this server.
    ///
    /// # Errors
    /// When the notice is too large to be kept.
    pub fn listeners(
        &self,
        mut batch: Batch,
        server: &Server,
        notice: &Notice,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        for channel in self.fleet.channels() {
            if channel.wants(server, now) {
                batch = self.notice(batch, channel.id, notice.clone(), now)?;
            }
        }
        Ok(batch)
    }

    /// Owes the failure to every channel that wants to hear of this server and does not hold it yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn failure(
        &self,
        batch: Batch,
        server: &Server,
        incident: IncidentId,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        self.tell(batch, server, incident, None, now)
    }

    /// The same, and to those that hold it already, that the server still is down.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn still_down(
        &self,
        batch: Batch,
        server: &Server,
        incident: IncidentId,
        again: Again,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        self.tell(batch, server, incident, Some(again), now)
    }

    fn tell(
        &self,
        mut batch: Batch,
        server: &Server,
        incident: IncidentId,
        again: Option<Again>,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        let held = self.postings(incident)?;
        for channel in self.fleet.channels() {
            if !channel.wants(server, now) {
                continue;
            }
            let holds = held.iter().any(|posting| posting.channel == channel.id);
            let notice = match (holds, again) {
                (false, _) => {
                    let key = PostingKey {
                        incident,
                        channel: channel.id,
                    };
                    let progress = Progress::Queued;
                    let posting = Posting {
                        incident,
                        channel: channel.id,
                        progress,
                    };
                    batch = batch.require_absent::<Posting>(&key).put(&key, &posting)?;
                    Notice::Failure { incident }
                }
                (true, Some(again)) => Notice::StillDown { incident, again },
                (true, None) => continue,
            };
            batch = self.notice(batch, channel.id, notice, now)?;
        }
        Ok(batch)
    }

    /// Ends the incident. Every channel that holds it sees the message change; where `loud`, a recovery is told as well
    /// to those of them that still want to hear of the server.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn end(
        &self,
        batch: Batch,
        server: &Server,
        incident: IncidentId,
        end: End,
        loud: bool,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        let loud = loud && end.reason == EndReason::Recovered;
        let Some(stored) = self.store.get::<Incident>(&incident)? else {
            return Ok(batch);
        };
        let ended = Incident {
            end: Some(end),
            ..stored.value
        };
        let batch = batch
            .require_revision::<Incident>(&incident, stored.revision)
            .put(&incident, &ended)?;
        let batch = self.remember(batch, &ended)?;
        let batch = self.edits(batch, incident, now)?;
        if loud {
            self.recovery(batch, server, incident, now)
        } else {
            Ok(batch)
        }
    }

    /// Puts an incident that is over among its server's last ones.
    fn remember(&self, batch: Batch, incident: &Incident) -> Result<Batch, ChangeError> {
        let Some(past) = PastIncident::of(incident) else {
            return Ok(batch);
        };
        let server = incident.server;
        let (batch, mut all) = match self.store.get::<PastIncidents>(&server)? {
            Some(stored) => (
                batch.require_revision::<PastIncidents>(&server, stored.revision),
                stored.value,
            ),
            None => (
                batch.require_absent::<PastIncidents>(&server),
                PastIncidents::default(),
            ),
        };
        all.push(past);
        Ok(batch.put(&server, &all)?)
    }

    /// Owes the recovery to every channel that was told of the failure, or is about to be.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn recovery(
        &self,
        batch: Batch,
        server: &Server,
        incident: IncidentId,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        let notice = Notice::Recovery { incident };
        let unaware = |progress: &Progress| *progress != Progress::Told;
        let (batch, _) = self.holders(batch, server, &notice, unaware, now)?;
        Ok(batch)
    }

    /// Owes a reminder to every channel that has the failure in a message of its own. None where nobody has: then it
    /// does not count.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn reminder(
        &self,
        batch: Batch,
        server: &Server,
        incident: IncidentId,
        number: u8,
        now: Timestamp,
    ) -> Result<Option<Batch>, ChangeError> {
        let notice = Notice::Reminder { incident, number };
        let posted = |progress: &Progress| matches!(progress, Progress::Posted { .. });
        let (batch, count) = self.holders(batch, server, &notice, posted, now)?;
        Ok((count > 0).then_some(batch))
    }

    /// Owes a notice to the channels whose posting of its incident is so far, and counts them. A filter that was
    /// changed meanwhile keeps nobody from hearing the end of what they were told.
    fn holders(
        &self,
        mut batch: Batch,
        server: &Server,
        notice: &Notice,
        far_enough: impl Fn(&Progress) -> bool,
        now: Timestamp,
    ) -> Result<(Batch, usize), ChangeError> {
        let mut count = 0;
        let Some(incident) = notice.incident().filter(|_| server.is_audible(now)) else {
            return Ok((batch, count));
        };
        for posting in self.postings(incident)? {
            let channel = self.fleet.channel(posting.channel);
            let listens = channel.is_some_and(|known| known.channel.notification);
            if listens && far_enough(&posting.progress) {
                batch = self.notice(batch, posting.channel, notice.clone(), now)?;
                count += 1;
            }
        }
        Ok((batch, count))
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
