//! The defaults, changed while the bot runs.

use std::sync::Arc;

use crate::clock::SharedClock;
use crate::domain::audit::{self, Actor, Deed, Subject};
use crate::domain::command::SettingsChange;
use crate::domain::settings::Settings;
use crate::service::ChangeError;
use crate::service::audit::Audit;
use crate::service::base::Base;
use crate::service::change::CONFLICTS;
use crate::service::fleet::Fleet;
use crate::store::{Batch, CommitError, Store};

/// Changes the defaults.
#[derive(Debug, Clone)]
pub struct Defaults {
    store: Store,
    fleet: Arc<Fleet>,
    audit: Audit,
    clock: SharedClock,
}

impl Defaults {
    /// In this store and its view.
    #[must_use]
    pub fn new(base: &Base) -> Self {
        Self {
            store: base.store.clone(),
            fleet: Arc::clone(&base.fleet),
            audit: base.audit.clone(),
            clock: Arc::clone(&base.clock),
        }
    }

    /// Changes them; gives them as they are then. They hold at once.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn change(
        &self,
        change: &SettingsChange,
        by: &Actor,
    ) -> Result<Settings, ChangeError> {
        let mut last = ChangeError::Missing;
        for _ in 0..CONFLICTS {
            let (before, revision) = self.fleet.settings_with_revision();
            let settings = change.applied_to(&before);
            let edits = audit::settings_edits(&before, &settings);
            if edits.is_empty() {
                return Ok(settings);
            }
            let batch = match revision {
                Some(revision) => Batch::new().require_revision::<Settings>(&(), revision),
                None => Batch::new().require_absent::<Settings>(&()),
            };
            let now = self.clock.now();
            let entry = self
                .audit
                .entry(by, Subject::Settings, Deed::Edited(edits), now);
            let batch = self.audit.log(batch.put(&(), &settings)?, &entry)?;
            match self.store.commit(batch).await {
                Ok(_) => return Ok(settings),
                Err(error @ CommitError::Conflict { .. }) => last = error.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(last)
    }
}
