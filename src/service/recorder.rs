//! An outcome becomes a commit: the belief, the incident and every message that is owed for it, in one transaction.
//! An outcome that changes nothing stays in memory: no disk write per probe.

use std::sync::Arc;

use crate::clock::{SharedClock, Timestamp};
use crate::domain::health::{self, Health, Pace, Step, Transition, Voice};
use crate::domain::ids::IncidentId;
use crate::domain::incident::{End, EndReason, Incident};
use crate::domain::notice::Notice;
use crate::domain::outcome::{Failure, Outcome};
use crate::domain::server::Server;
use crate::service::ChangeError;
use crate::service::base::Base;
use crate::service::change::unchanged;
use crate::service::fleet::{Fleet, Known};
use crate::service::owing::Owing;
use crate::service::trouble::OwnTrouble;
use crate::store::{Batch, CommitError, Store};

/// The longest address that an incident keeps, in characters.
const ADDRESS_CHARS: usize = 300;

/// Turns outcomes into commits.
#[derive(Debug)]
pub struct Recorder {
    store: Store,
    fleet: Arc<Fleet>,
    owing: Owing,
    trouble: Arc<OwnTrouble>,
    clock: SharedClock,
}

impl Recorder {
    /// A recorder over the given store and its view.
    #[must_use]
    pub fn new(base: &Base, trouble: Arc<OwnTrouble>) -> Self {
        Self {
            store: base.store.clone(),
            fleet: Arc::clone(&base.fleet),
            owing: base.owing.clone(),
            trouble,
            clock: Arc::clone(&base.clock),
        }
    }

    /// Judges the outcome of a probe of `probed` and writes down what it changes; tells when to probe next. None where
    /// the server was removed or given another address meanwhile: the outcome says nothing about it any more.
    pub async fn record(&self, probed: &Server, outcome: Outcome) -> Option<(Pace, Outcome)> {
        let ended = self.clock.elapsed();
        let mut outcome = outcome;
        let mut judged = false;
        loop {
            let known = self.fleet.server(probed.id)?;
            if known.server.target != probed.target || known.server.check() != probed.check() {
                return None;
            }
            let policy = known.server.policy(&self.fleet.settings());
            let step = health::step(&known.health, &outcome, ended, &policy);
            if !judged {
                judged = true;
                let confirms = matches!(step.transition, Some((Transition::Opened { .. }, _)));
                let streak = known.health.streak.as_ref();
                let first_seen = confirms.then(|| streak.map_or(ended, |streak| streak.seen));
                let found = self.trouble.judge(outcome.clone(), first_seen).await;
                self.trouble.note(&found);
                let same = found == outcome;
                outcome = found;
                // Before a failure is confirmed others may be asked, and what is known may change meanwhile.
                if !same || confirms {
                    continue;
                }
            }
            let pace = step.pace;
            if step.transition.is_none() && !step.settled {
                if self
                    .fleet
                    .note_health(probed.id, known.health_revision, step.next)
                {
                    return Some((pace, outcome));
                }
                continue;
            }
            match self.commit(&known, step).await {
                Ok(()) => return Some((pace, outcome)),
                Err(ChangeError::Store(CommitError::Conflict { .. })) => {}
                Err(error) => {
                    // The belief is kept as it was, so the next probe confirms and is written down again.
                    tracing::error!(server = %probed.id, %error, "a change of state could not be written down");
                    return Some((Pace::Held, outcome));
                }
            }
        }
    }

    async fn commit(&self, known: &Known, step: Step) -> Result<(), ChangeError> {
        let id = known.server.id;
        let now = self.clock.now();
        let batch = unchanged(known);
        let mut next = step.next;
        let batch = match step.transition {
            Some((Transition::Opened { began, failure }, voice)) => {
                let incident = self.owing.new_incident(now);
                next.incident = Some(incident);
                let mut batch = batch.put(&incident, &opened(incident, known, began, failure))?;
                if voice == Voice::Tell {
                    next.heard = Some(incident);
                    batch = self.owing.failure(batch, &known.server, incident, now)?;
                }
                self.flapping(batch, known, voice, now)?
            }
            Some((Transition::Resolved { ended }, voice)) => {
                let batch = self.resolve(batch, known, &mut next, ended, voice, now)?;
                self.flapping(batch, known, voice, now)?
            }
            Some((Transition::FirstUp, _)) => batch,
            None => self.settle(batch, known, &mut next, now)?,
        };
        self.store.commit(batch.put(&id, &next)?).await?;
        Ok(())
    }

    fn resolve(
        &self,
        mut batch: Batch,
        known: &Known,
        next: &mut Health,
        ended: Timestamp,
        voice: Voice,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        let loud = voice == Voice::Tell;
        if let Some(incident) = known.health.incident {
            let end = End {
                at: ended,
                reason: EndReason::Recovered,
            };
            batch = self
                .owing
                .end(batch, &known.server, incident, end, loud, now)?;
        }
        if loud {
            // While it flapped, an earlier incident may have been the last that was told.
            if let Some(heard) = next.heard.take()
                && known.health.incident != Some(heard)
            {
                batch = self.owing.recovery(batch, &known.server, heard, now)?;
            }
        }
        Ok(batch)
    }

    fn flapping(
        &self,
        batch: Batch,
        known: &Known,
        voice: Voice,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        if voice != Voice::TellFlapping {
            return Ok(batch);
        }
        let host_name = known.server.host_name.to_string();
        let notice = Notice::Flapping {
            server: known.server.id,
            host_name,
        };
        self.owing.listeners(batch, &known.server, &notice, now)
    }

    /// The server has kept still: what is believed is told where the channels last heard otherwise.
    fn settle(
        &self,
        batch: Batch,
        known: &Known,
        next: &mut Health,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        match (next.incident, next.heard) {
            (Some(incident), _) => {
                next.heard = Some(incident);
                self.owing.failure(batch, &known.server, incident, now)
            }
            (None, Some(heard)) => {
                next.heard = None;
                self.owing.recovery(batch, &known.server, heard, now)
            }
            (None, None) => Ok(batch),
        }
    }
}

fn opened(id: IncidentId, known: &Known, began: Timestamp, failure: Failure) -> Incident {
    let server = &known.server;
    Incident {
        id,
        server: server.id,
        host_name: server.host_name.clone(),
        environment: server.environment,
        address: server.url().chars().take(ADDRESS_CHARS).collect(),
        check: server.check().to_string(),
        failure,
        began,
        last_healthy: known.health.last_healthy,
        acknowledged: None,
        reminders: 0,
        reminded_at: None,
        end: None,
    }
}
