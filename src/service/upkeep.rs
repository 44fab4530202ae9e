//! What has to be done now and then: a dump a day, and forgetting what need not be remembered.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::clock::{SharedClock, Timestamp};
use crate::domain::audit::Logged;
use crate::domain::ids::{DigestId, IncidentId};
use crate::domain::incident::Incident;
use crate::domain::notice::{Digest, DigestMember, Notice, Posting};
use crate::service::ChangeError;
use crate::service::fleet::Fleet;
use crate::store::collections::{MemberKey, OutboxEntry, SeenEvent, SeenRequest};
use crate::store::{Batch, Key, Record, Store};
use crate::telemetry::panics;

/// Slack sends an event again for some minutes at most.
const EVENTS_KEPT: TimeDelta = TimeDelta::hours(24);

/// A request's signature is good for five minutes either way; twice that leaves room for clocks that differ.
const REQUESTS_KEPT: TimeDelta = TimeDelta::minutes(10);

/// An incident that is over, and what the channels hold of it, is kept so long. The last ones of each server stay in
/// its history.
const INCIDENTS_KEPT: TimeDelta = TimeDelta::days(30);

/// What a channel was owed for so long is not sent any more, save failures that go on: a channel to which nothing can be
/// sent would gather it for ever.
const OWED_KEPT: TimeDelta = INCIDENTS_KEPT;

/// How many changes by people are kept.
const CHANGES_KEPT: usize = 10_000;

/// How many records are looked at a time.
const PAGE: usize = 1_000;

/// Looks after the store.
#[derive(Debug, Clone)]
pub struct Upkeep {
    store: Store,
    fleet: Arc<Fleet>,
    clock: SharedClock,
}

impl Upkeep {
    /// Looks after this store and its view.
    #[must_use]
    pub const fn new(store: Store, fleet: Arc<Fleet>, clock: SharedClock) -> Self {
        Self {
            store,
            fleet,
            clock,
        }
    }

    /// One round. What fails is logged and done in a later one.
    pub async fn tick(self) {
        let now = self.clock.now();
        let old = |at: Timestamp, kept| now.signed_duration_since(at) > kept;
        let forgotten = [
            self.forget::<SeenEvent>(|seen| old(seen.at, EVENTS_KEPT))
                .await,
            self.forget::<SeenRequest>(|seen| old(seen.at, REQUESTS_KEPT))
                .await,
            self.forget_changes().await,
            self.forget::<OutboxEntry>(|entry| {
                old(entry.owed_since, OWED_KEPT) && !self.is_open_failure(&entry.notice)
            })
            .await,
            self.forget_incidents(now).await,
            self.forget_digests(now).await,
        ];
        for error in forgotten.into_iter().filter_map(Result::err) {
            tracing::warn!(%error, "what is old could not be forgotten");
        }
        self.dump().await;
        // The start and this round have read the store through.
        let store = self.store.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || store.forget_what_was_read()).await
        {
            let why = panics::broken_off(&error);
            tracing::warn!(why, "what the store has read stays in memory");
        }
    }

    /// Forgets the records of a table that are `old`.
    async fn forget<T: Record>(&self, old: impl Fn(&T) -> bool) -> Result<(), ChangeError> {
        let mut after = None;
        loop {
            let page = self.store.scan::<T>(&[], after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            let batch = page
                .iter()
                .filter(|(_, stored)| old(&stored.value))
                .fold(Batch::new(), |batch, (key, _)| batch.delete::<T>(key));
            self.store.commit(batch).await?;
            after = page.into_iter().last().map(|(key, _)| key);
            if last_page {
                return Ok(());
            }
        }
    }

    /// Whether it tells of a failure that goes on. One that cannot be looked up may.
    fn is_open_failure(&self, notice: &Notice) -> bool {
        let Notice::Failure { incident } = notice else {
            return false;
        };
        match self.store.get::<Incident>(incident) {
            Ok(stored) => stored.is_some_and(|stored| stored.value.is_open()),
            Err(_) => true,
        }
    }

    /// Forgets all but the newest changes by people.
    async fn forget_changes(&self) -> Result<(), ChangeError> {
        let (mut after, mut seen) = (None, 0);
        loop {
            let page = self.store.scan::<Logged>(&[], after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            let kept = CHANGES_KEPT.saturating_sub(seen);
            seen += page.len();
            let batch = page
                .iter()
                .skip(kept)
                .fold(Batch::new(), |batch, (key, _)| batch.delete::<Logged>(key));
            self.store.commit(batch).await?;
            after = page.into_iter().last().map(|(key, _)| key);
            if last_page {
                return Ok(());
            }
        }
    }

    /// Forgets incidents that have long been over. They lie in the order in which they opened, so that those that may be
    /// old come first.
    async fn forget_incidents(&self, now: Timestamp) -> Result<(), ChangeError> {
        let mut after: Option<IncidentId> = None;
        loop {
            let page = self.store.scan::<Incident>(&[], after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            let mut batch = Batch::new();
            for (id, stored) in &page {
                if id.made_at() > now - INCIDENTS_KEPT {
                    self.store.commit(batch).await?;
                    return Ok(());
                }
                if self.is_forgettable(&stored.value, now) {
                    batch = self.forgetting(batch, *id)?;
                }
            }
            self.store.commit(batch).await?;
            after = page.last().map(|(id, _)| *id);
            if last_page {
                return Ok(());
            }
        }
    }

    fn is_forgettable(&self, incident: &Incident, now: Timestamp) -> bool {
        let over = incident
            .end
            .as_ref()
            .is_some_and(|end| now.signed_duration_since(end.at) > INCIDENTS_KEPT);
        // A server that has flapped ever since may still owe the channels the end of what they heard last.
        let known = self.fleet.server(incident.server);
        over && known.is_none_or(|known| known.health.heard != Some(incident.id))
    }

    fn forgetting(&self, batch: Batch, incident: IncidentId) -> Result<Batch, ChangeError> {
        let mut batch = batch.delete::<Incident>(&incident);
        for (key, _) in self
            .store
            .scan::<Posting>(&incident.encode(), None, usize::MAX)?
        {
            batch = batch.delete::<Posting>(&key);
        }
        Ok(batch)
    }

    /// Forgets digests all of whose incidents are forgotten.
    async fn forget_digests(&self, now: Timestamp) -> Result<(), ChangeError> {
        let mut after: Option<DigestId> = None;
        loop {
            let page = self.store.scan::<Digest>(&[], after.as_ref(), PAGE)?;
            let last_page = page.len() < PAGE;
            for (id, _) in &page {
                if id.made_at() > now - INCIDENTS_KEPT {
                    return Ok(());
                }
                self.forget_digest(*id).await?;
            }
            after = page.last().map(|(id, _)| *id);
            if last_page {
                return Ok(());
            }
        }
    }

    async fn forget_digest(&self, digest: DigestId) -> Result<(), ChangeError> {
        let members: Vec<(MemberKey, _)> =
            self.store
                .scan::<DigestMember>(&digest.encode(), None, usize::MAX)?;
        let mut batch = Batch::new().delete::<Digest>(&digest);
        for (key, _) in &members {
            if self.store.get::<Incident>(&key.incident)?.is_some() {
                return Ok(());
            }
            batch = batch.delete::<DigestMember>(key);
        }
        self.store.commit(batch).await?;
        Ok(())
    }

    async fn dump(&self) {
        let now = self.clock.now();
        let today = |at: crate::clock::Timestamp| at.date_naive() == now.date_naive();
        if self.store.newest_dump(now).is_some_and(today) {
            return;
        }
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || store.dump(now)).await {
            Ok(Ok(path)) => tracing::info!(path = %path.display(), "dumped the store"),
            Ok(Err(error)) => tracing::error!(%error, "the daily dump failed"),
            Err(error) => {
                let why = panics::broken_off(&error);
                tracing::error!(why, "the daily dump broke off");
            }
        }
    }
}

#[cfg(test)]
mod tests;
