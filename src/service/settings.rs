//! The defaults, changed while the bot runs.

use std::sync::Arc;

use crate::domain::command::SettingsChange;
use crate::domain::settings::Settings;
use crate::service::ChangeError;
use crate::service::change::CONFLICTS;
use crate::service::fleet::Fleet;
use crate::store::{Batch, CommitError, Store};

/// Changes the defaults.
#[derive(Debug, Clone)]
pub struct Defaults {
    store: Store,
    fleet: Arc<Fleet>,
}

impl Defaults {
    /// In this store and its view.
    #[must_use]
    pub const fn new(store: Store, fleet: Arc<Fleet>) -> Self {
        Self { store, fleet }
    }

    /// Changes them; gives them as they are then. They hold at once.
    ///
    /// # Errors
    /// The store's refusal.
    pub async fn change(&self, change: &SettingsChange) -> Result<Settings, ChangeError> {
        let mut last = ChangeError::Missing;
        for _ in 0..CONFLICTS {
            let (now, revision) = self.fleet.settings_with_revision();
            let settings = change.applied_to(&now);
            let batch = match revision {
                Some(revision) => Batch::new().require_revision::<Settings>(&(), revision),
                None => Batch::new().require_absent::<Settings>(&()),
            };
            match self.store.commit(batch.put(&(), &settings)?).await {
                Ok(_) => return Ok(settings),
                Err(error @ CommitError::Conflict { .. }) => last = error.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(last)
    }
}
