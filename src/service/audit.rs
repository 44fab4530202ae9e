//! The log of what people changed. An entry is part of the commit that makes the change: neither is there without the
//! other.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::domain::audit::{Actor, Deed, Logged, RecentChanges, Subject, Via};
use crate::domain::ids::{ChangeId, IdSource, ServerId};
use crate::service::ChangeError;
use crate::store::collections::NewestFirst;
use crate::store::{Batch, Store, StoreError};

/// Writes and reads the log.
#[derive(Debug, Clone)]
pub struct Audit {
    store: Store,
    ids: Arc<IdSource>,
}

impl Audit {
    /// The log in this store.
    #[must_use]
    pub const fn new(store: Store, ids: Arc<IdSource>) -> Self {
        Self { store, ids }
    }

    /// An entry for what is done now.
    #[must_use]
    pub fn entry(&self, actor: &Actor, subject: Subject, deed: Deed, now: Timestamp) -> Logged {
        Logged {
            id: ChangeId::from_raw(self.ids.next(now)),
            at: now,
            actor: actor.clone(),
            subject,
            deed,
        }
    }

    /// Adds an entry to the batch that makes the change. What the inventory changes by itself is not kept: one list of ten
    /// thousand servers would drive out what people did.
    ///
    /// # Errors
    /// When the entry is too large to be kept.
    pub fn log(&self, batch: Batch, entry: &Logged) -> Result<Batch, ChangeError> {
        if entry.actor.via == Via::Inventory {
            return Ok(batch);
        }
        Ok(batch.put(&NewestFirst(entry.id), entry)?)
    }

    /// The same for an entry that is to be found by a server. The batch then conflicts with another change of that
    /// server.
    ///
    /// # Errors
    /// When the store cannot be read, or the entry is too large to be kept.
    pub fn log_of(
        &self,
        batch: Batch,
        server: ServerId,
        entry: &Logged,
    ) -> Result<Batch, ChangeError> {
        if entry.actor.via == Via::Inventory {
            return Ok(batch);
        }
        let stored = self.store.get::<RecentChanges>(&server)?;
        let (batch, mut recent) = match stored {
            Some(stored) => (
                batch.require_revision::<RecentChanges>(&server, stored.revision),
                stored.value,
            ),
            None => (
                batch.require_absent::<RecentChanges>(&server),
                RecentChanges::default(),
            ),
        };
        recent.push(entry.id);
        self.log(batch.put(&server, &recent)?, entry)
    }

    /// Keeps an entry of something that was done elsewhere, so that there is no commit to be part of.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn keep(&self, entry: &Logged) -> Result<(), ChangeError> {
        let batch = self.log(Batch::new(), entry)?;
        self.store.commit(batch).await?;
        Ok(())
    }

    /// The last changes of everything, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn latest(&self, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let page = self.store.scan::<Logged>(&[], None, limit)?;
        Ok(page.into_iter().map(|(_, stored)| stored.value).collect())
    }

    /// The last changes of one server, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn of_server(&self, server: ServerId, limit: usize) -> Result<Vec<Logged>, StoreError> {
        let Some(recent) = self.store.get::<RecentChanges>(&server)? else {
            return Ok(Vec::new());
        };
        let mut changes = Vec::new();
        for id in recent.value.newest_first().take(limit) {
            // An entry may be older than what the log keeps.
            if let Some(stored) = self.store.get::<Logged>(&NewestFirst(id))? {
                changes.push(stored.value);
            }
        }
        Ok(changes)
    }
}
