//! What comes due by itself: mutes that end, reminders, and the word about the prober's own trouble once it is over.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::{SharedClock, Timestamp};
use crate::domain::ids::{IncidentId, ServerId};
use crate::domain::incident::Incident;
use crate::domain::notice::Notice;
use crate::domain::settings::Remind;
use crate::service::ChangeError;
use crate::service::base::Base;
use crate::service::fleet::Fleet;
use crate::service::owing::Owing;
use crate::service::silence::Silence;
use crate::service::trouble::OwnTrouble;
use crate::store::{Batch, CommitError, Store};

/// Between two rounds.
pub const EVERY: Duration = Duration::from_secs(1);

/// Looks, once a second, for what has come due.
#[derive(Debug, Clone)]
pub struct Alarms {
    store: Store,
    fleet: Arc<Fleet>,
    owing: Owing,
    silence: Arc<Silence>,
    trouble: Arc<OwnTrouble>,
    clock: SharedClock,
}

impl Alarms {
    /// Over these parts.
    #[must_use]
    pub fn new(base: &Base, silence: Arc<Silence>, trouble: Arc<OwnTrouble>) -> Self {
        Self {
            store: base.store.clone(),
            fleet: Arc::clone(&base.fleet),
            owing: base.owing.clone(),
            silence,
            trouble,
            clock: Arc::clone(&base.clock),
        }
    }

    /// One round. What fails is logged and done in a later one.
    pub async fn tick(self) {
        self.trouble.beat();
        if let Err(error) = self.silence.end_mutes().await {
            tracing::error!(%error, "a mute could not be ended");
        }
        if let Some(every) = self.fleet.settings().remind
            && let Err(error) = self.remind(every).await
        {
            tracing::error!(%error, "a reminder could not be given");
        }
        if let Err(error) = self.own_trouble().await {
            tracing::error!(%error, "the prober's own trouble could not be told");
        }
    }

    async fn remind(&self, every: Remind) -> Result<(), ChangeError> {
        let now = self.clock.now();
        for (server, incident) in self.fleet.open_incidents() {
            match self.remind_of(server, incident, every, now).await {
                Ok(()) | Err(ChangeError::Store(CommitError::Conflict { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn remind_of(
        &self,
        server: ServerId,
        id: IncidentId,
        every: Remind,
        now: Timestamp,
    ) -> Result<(), ChangeError> {
        let Some(stored) = self.store.get::<Incident>(&id)? else {
            return Ok(());
        };
        let Some(known) = self.fleet.server(server) else {
            return Ok(());
        };
        if !stored.value.is_reminder_due(every.get(), now) || known.health.flapping.active {
            return Ok(());
        }
        let number = stored.value.reminders + 1;
        let incident = Incident {
            reminders: number,
            reminded_at: Some(now),
            ..stored.value
        };
        let batch = Batch::new()
            .require_revision::<Incident>(&id, stored.revision)
            .put(&id, &incident)?;
        if let Some(batch) = self.owing.reminder(batch, &known.server, id, number, now)? {
            self.store.commit(batch).await?;
        }
        Ok(())
    }

    async fn own_trouble(&self) -> Result<(), ChangeError> {
        let Some(period) = self.trouble.over() else {
            return Ok(());
        };
        let now = self.clock.now();
        let notice = Notice::OwnTrouble {
            trouble: period.trouble,
            from: period.from,
            to: period.to,
        };
        let batch = self.owing.everyone(Batch::new(), &notice, now)?;
        self.store.commit(batch).await?;
        self.trouble.told(period);
        Ok(())
    }
}
