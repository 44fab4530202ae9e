//! An outcome becomes a commit: the belief, the incident and every message that is owed for it, in one transaction.
//! An outcome that changes nothing stays in memory: no disk write per probe.

use std::sync::Arc;

use crate::clock::{SharedClock, Timestamp};
use crate::domain::health::{self, Health, Pace, Step, Transition};
use crate::domain::ids::IncidentId;
use crate::domain::incident::{End, EndReason, Incident};
use crate::domain::outcome::{Failure, Outcome};
use crate::domain::server::Server;
use crate::service::ChangeError;
use crate::service::fleet::{Fleet, Known};
use crate::service::owing::Owing;
use crate::store::{Batch, CommitError, Store};

/// The longest address that an incident keeps, in characters.
const ADDRESS_CHARS: usize = 300;

/// Turns outcomes into commits.
#[derive(Debug)]
pub struct Recorder {
    store: Store,
    fleet: Arc<Fleet>,
    owing: Owing,
    clock: SharedClock,
}

impl Recorder {
    /// A recorder over the given store and its view.
    #[must_use]
    pub fn new(store: Store, fleet: Arc<Fleet>, owing: Owing, clock: SharedClock) -> Self {
        Self {
            store,
            fleet,
            owing,
            clock,
        }
    }

    /// Judges the outcome of a probe of `probed` and writes down what it changes; tells when to probe next. None where
    /// the server was removed or given another address meanwhile: the outcome says nothing about it any more.
    pub async fn record(&self, probed: &Server, outcome: &Outcome) -> Option<Pace> {
        loop {
            let known = self.fleet.server(probed.id)?;
            let moved = known.server.target != probed.target
                || known.server.server_type != probed.server_type;
            if moved {
                return None;
            }
            let policy = known.server.policy(&self.fleet.settings());
            let step = health::step(&known.health, outcome, &policy);
            let pace = step.pace;
            if step.transition.is_none() {
                if self
                    .fleet
                    .note_health(probed.id, known.health_revision, step.next)
                {
                    return Some(pace);
                }
                continue;
            }
            match self.commit(&known, step).await {
                Ok(()) => return Some(pace),
                Err(ChangeError::Store(CommitError::Conflict { .. })) => {}
                Err(error) => {
                    // The belief is kept as it was, so the next probe confirms and is written down again.
                    tracing::error!(server = %probed.id, %error, "a change of state could not be written down");
                    return Some(Pace::Confirm);
                }
            }
        }
    }

    async fn commit(&self, known: &Known, step: Step) -> Result<(), ChangeError> {
        let id = known.server.id;
        let now = self.clock.now();
        let mut batch = Batch::new().require_revision::<Server>(&id, known.server_revision);
        batch = match known.health_revision {
            Some(revision) => batch.require_revision::<Health>(&id, revision),
            None => batch.require_absent::<Health>(&id),
        };
        let mut next = step.next;
        batch = match step.transition {
            Some((Transition::Opened { began, failure }, _)) => {
                let incident = self.owing.new_incident(now);
                next.incident = Some(incident);
                let record = opened(incident, known, began, failure);
                let batch = batch.put(&incident, &record)?;
                self.owing.failure(batch, &known.server, incident, now)?
            }
            Some((Transition::Resolved { ended }, _)) => match known.health.incident {
                Some(incident) => {
                    let end = End {
                        at: ended,
                        reason: EndReason::Recovered,
                    };
                    self.owing.end(batch, &known.server, incident, end, now)?
                }
                None => batch,
            },
            Some((Transition::FirstUp, _)) | None => batch,
        };
        self.store.commit(batch.put(&id, &next)?).await?;
        Ok(())
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
        end: None,
    }
}
