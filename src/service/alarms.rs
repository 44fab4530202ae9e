//! What comes due by itself: mutes that end, reminders, and the word about the prober's own trouble once it is over.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{SharedClock, Timestamp};
use crate::domain::ids::{IncidentId, ServerId};
use crate::domain::incident::Incident;
use crate::domain::notice::Notice;
use crate::domain::server::Server;
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
    rounds: Arc<Mutex<Rounds>>,
}

/// When each open incident is worth a look at its reminders, so that ten thousand of them are not read each second.
#[derive(Debug, Default)]
struct Rounds {
    /// As it was set when they were noted.
    every: Option<Remind>,
    at: HashMap<IncidentId, Timestamp>,
}

impl Rounds {
    /// Keeps those of these incidents, and none where reminders come at another pace by now.
    fn keep(&mut self, open: &[(ServerId, IncidentId)], every: Remind) {
        if self.every.replace(every) != Some(every) {
            self.at.clear();
        }
        if self.at.len() > open.len() {
            let open: HashSet<_> = open.iter().map(|(_, incident)| *incident).collect();
            self.at.retain(|incident, _| open.contains(incident));
        }
    }

    /// Whether to look at it. A round further away than any can be was noted before the calendar was set back.
    fn is_due(&self, incident: IncidentId, every: Remind, now: Timestamp) -> bool {
        self.at.get(&incident).is_none_or(|at| {
            let left = (*at - now).to_std().unwrap_or_default();
            left.is_zero() || left > every.get()
        })
    }
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
            rounds: Arc::default(),
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
        let open = self.fleet.open_incidents();
        self.rounds().keep(&open, every);
        for (server, incident) in open {
            let Some(known) = self.fleet.server(server) else {
                continue;
            };
            let silent = known.health.flapping.active || !known.server.is_audible(now);
            if silent || !self.rounds().is_due(incident, every, now) {
                continue;
            }
            match self.remind_of(&known.server, incident, every, now).await {
                Ok(next) => drop(self.rounds().at.insert(incident, next)),
                Err(ChangeError::Store(CommitError::Conflict { .. })) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Owes a reminder where one is due; tells when to look again.
    async fn remind_of(
        &self,
        server: &Server,
        id: IncidentId,
        every: Remind,
        now: Timestamp,
    ) -> Result<Timestamp, ChangeError> {
        let next = now + every.get();
        let Some(stored) = self.store.get::<Incident>(&id)? else {
            return Ok(next);
        };
        if !stored.value.is_reminder_due(every.get(), now) {
            let last = stored.value.reminded_at.unwrap_or(stored.value.began);
            // Where that is past, somebody took it on, or there were enough.
            return Ok(Some(last + every.get())
                .filter(|due| *due > now)
                .unwrap_or(next));
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
        // Those that share a message are not reminded of one by one, and nobody is owed one of them now.
        if let Some(batch) = self.owing.reminder(batch, server, id, number, now)? {
            self.store.commit(batch).await?;
        }
        Ok(next)
    }

    fn rounds(&self) -> MutexGuard<'_, Rounds> {
        self.rounds.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_looked_at_once_a_round_and_again_where_the_calendar_or_the_pace_was_set() {
        let every = Remind::parse("30s").expect("in range");
        let moment = |secs| Timestamp::UNIX_EPOCH + Duration::from_secs(secs);
        let (server, incident) = (ServerId::from_raw(1), IncidentId::from_raw(1));
        let mut rounds = Rounds::default();
        rounds.keep(&[(server, incident)], every);
        assert!(rounds.is_due(incident, every, moment(0)), "never looked at");
        rounds.at.insert(incident, moment(60));
        for (now, due) in [(29, true), (30, false), (59, false), (60, true), (99, true)] {
            assert_eq!(rounds.is_due(incident, every, moment(now)), due, "{now}");
        }
        let sooner = Remind::parse("10s").expect("in range");
        rounds.keep(&[(server, incident)], sooner);
        assert!(rounds.is_due(incident, sooner, moment(55)));
        rounds.at.insert(incident, moment(60));
        rounds.keep(&[], sooner);
        assert!(rounds.at.is_empty(), "it is over");
    }
}
