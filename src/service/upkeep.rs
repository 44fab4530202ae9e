//! What has to be done now and then: a dump a day, and forgetting what need not be remembered.

use chrono::TimeDelta;

use crate::clock::SharedClock;
use crate::store::collections::SeenEvent;
use crate::store::{Batch, Store};

/// Slack sends an event again for some minutes at most.
const EVENTS_KEPT: TimeDelta = TimeDelta::hours(24);

/// How many events are looked at a time.
const PAGE: usize = 1_000;

/// Looks after the store.
#[derive(Debug, Clone)]
pub struct Upkeep {
    store: Store,
    clock: SharedClock,
}

impl Upkeep {
    /// Looks after this store.
    #[must_use]
    pub const fn new(store: Store, clock: SharedClock) -> Self {
        Self { store, clock }
    }

    /// One round. What fails is logged and done in a later one.
    pub async fn tick(self) {
        self.forget_events().await;
        self.dump().await;
    }

    async fn forget_events(&self) {
        let now = self.clock.now();
        let mut after: Option<String> = None;
        loop {
            let page = match self.store.scan::<SeenEvent>(&[], after.as_ref(), PAGE) {
                Ok(page) => page,
                Err(error) => return tracing::warn!(%error, "old events cannot be read"),
            };
            let last_page = page.len() < PAGE;
            let mut batch = Batch::new();
            let mut old = false;
            for (id, seen) in page {
                if now.signed_duration_since(seen.value.at) > EVENTS_KEPT {
                    batch = batch.delete::<SeenEvent>(&id);
                    old = true;
                }
                after = Some(id);
            }
            if old && let Err(error) = self.store.commit(batch).await {
                return tracing::warn!(%error, "old events cannot be forgotten");
            }
            if last_page {
                return;
            }
        }
    }

    async fn dump(&self) {
        let now = self.clock.now();
        let today = |at: crate::clock::Timestamp| at.date_naive() == now.date_naive();
        if self.store.newest_dump().is_some_and(today) {
            return;
        }
        let store = self.store.clone();
        match tokio::task::spawn_blocking(move || store.dump(now)).await {
            Ok(Ok(path)) => tracing::info!(path = %path.display(), "dumped the store"),
            Ok(Err(error)) => tracing::error!(%error, "the daily dump failed"),
            Err(error) => tracing::error!(%error, "the daily dump broke off"),
        }
    }
}
