//! What people do about alerts: switch them, mute them, take an incident on. Every way in ends in one of these.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::clock::{SharedClock, Timestamp};
use crate::domain::ids::{ServerId, UserId};
use crate::domain::incident::{Acknowledgement, Incident};
use crate::domain::notice::Again;
use crate::domain::reply::ServerView;
use crate::domain::server::Server;
use crate::service::ChangeError;
use crate::service::change::{Changes, replacing};
use crate::service::fleet::{Fleet, Known};
use crate::service::owing::Owing;
use crate::store::{Batch, Store};

/// How many changes of a large one are under way at once; the store commits those that wait together.
const AT_ONCE: usize = 256;

/// What came of taking an incident on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acknowledged {
    /// It is theirs now.
    Now,
    /// Somebody was first and stays named.
    Already(Acknowledgement),
    /// The server is not down.
    NothingOpen,
}

/// Switches, mutes and acknowledges.
#[derive(Debug)]
pub struct Silence {
    store: Store,
    fleet: Arc<Fleet>,
    changes: Changes,
    owing: Owing,
    clock: SharedClock,
}

impl Silence {
    /// Over this store and its view.
    #[must_use]
    pub fn new(store: Store, fleet: Arc<Fleet>, owing: Owing, clock: SharedClock) -> Self {
        let changes = Changes::new(store.clone(), Arc::clone(&fleet));
        Self {
            store,
            fleet,
            changes,
            owing,
            clock,
        }
    }

    /// Switches a server's alerts; tells whether that changed anything. Where they come back on while the server is
    /// down, that is told now.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, or the store's refusal.
    pub async fn set_alerts(
        &self,
        id: ServerId,
        on: bool,
    ) -> Result<(ServerView, bool), ChangeError> {
        self.change(id, |known, now| {
            let server = Server {
                notification: on,
                updated_at: now,
                ..(*known.server).clone()
            };
            (known.server.notification != on).then_some((server, on.then_some(Again::AlertsOn)))
        })
        .await
    }

    /// Switches the alerts of every server; tells how many changed.
    ///
    /// # Errors
    /// The store's refusal; those that were switched before it stay switched.
    pub async fn set_all_alerts(&self, on: bool) -> Result<usize, ChangeError> {
        let mut ids = Vec::new();
        self.fleet.each_server(|known, _| {
            if known.server.notification != on {
                ids.push(known.server.id);
            }
        });
        let mut switching = stream::iter(ids)
            .map(|id| self.set_alerts(id, on))
            .buffer_unordered(AT_ONCE);
        let mut count = 0;
        while let Some(switched) = switching.next().await {
            match switched {
                Ok((_, changed)) => count += usize::from(changed),
                // It was removed meanwhile.
                Err(ChangeError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// Silences a server's alerts for `span` from now on; checks go on.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, or the store's refusal.
    pub async fn mute(&self, id: ServerId, span: Duration) -> Result<ServerView, ChangeError> {
        let (view, _) = self
            .change(id, |known, now| {
                let span = chrono::TimeDelta::from_std(span).unwrap_or(chrono::TimeDelta::MAX);
                let until = now.checked_add_signed(span).unwrap_or(Timestamp::MAX_UTC);
                let muted_until = Some(until);
                let server = Server {
                    muted_until,
                    updated_at: now,
                    ..(*known.server).clone()
                };
                Some((server, None))
            })
            .await?;
        Ok(view)
    }

    /// Ends a server's mute; tells whether it was muted. Where it is down, that is told now.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, or the store's refusal.
    pub async fn unmute(&self, id: ServerId) -> Result<(ServerView, bool), ChangeError> {
        self.change(id, |known, now| {
            let server = Server {
                muted_until: None,
                updated_at: now,
                ..(*known.server).clone()
            };
            known
                .server
                .muted_until
                .map(|_| (server, Some(Again::MuteEnded)))
        })
        .await
    }

    /// Ends every mute whose time has come.
    ///
    /// # Errors
    /// The store's refusal; those that are left are ended in the next round.
    pub async fn end_mutes(&self) -> Result<(), ChangeError> {
        for id in self.fleet.mutes_over(self.clock.now()) {
            match self.unmute(id).await {
                Ok(_) | Err(ChangeError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes a server's open incident on, for everyone to see. The first stays named.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, or the store's refusal.
    pub async fn acknowledge(
        &self,
        id: ServerId,
        by: &UserId,
    ) -> Result<Acknowledged, ChangeError> {
        let known = self.fleet.server(id).ok_or(ChangeError::Missing)?;
        let Some(incident) = known.health.incident else {
            return Ok(Acknowledged::NothingOpen);
        };
        loop {
            let Some(stored) = self.store.get::<Incident>(&incident)? else {
                return Ok(Acknowledged::NothingOpen);
            };
            if !stored.value.is_open() {
                return Ok(Acknowledged::NothingOpen);
            }
            if let Some(first) = stored.value.acknowledged {
                return Ok(Acknowledged::Already(first));
            }
            let now = self.clock.now();
            let acknowledged = Some(Acknowledgement {
                by: by.clone(),
                at: now,
            });
            let batch = Batch::new()
                .require_revision::<Incident>(&incident, stored.revision)
                .put(
                    &incident,
                    &Incident {
                        acknowledged,
                        ..stored.value
                    },
                )?;
            let batch = self.owing.edits(batch, incident, now)?;
            match self.store.commit(batch).await {
                Ok(_) => return Ok(Acknowledged::Now),
                Err(crate::store::CommitError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Changes a server's silence. An open message is edited; `again` says that the server still is down where it now
    /// may be said.
    async fn change(
        &self,
        id: ServerId,
        decide: impl Fn(&Known, Timestamp) -> Option<(Server, Option<Again>)>,
    ) -> Result<(ServerView, bool), ChangeError> {
        let (_, changed) = self
            .changes
            .server::<ChangeError>(id, |known| {
                let now = self.clock.now();
                let Some((server, again)) = decide(known, now) else {
                    return Ok(None);
                };
                let mut batch = replacing(known, &server)?;
                if let Some(incident) = known.health.incident {
                    batch = self.owing.edits(batch, incident, now)?;
                    if let Some(again) = again {
                        batch = self
                            .owing
                            .still_down(batch, &server, incident, again, now)?;
                    }
                }
                Ok(Some(batch))
            })
            .await?;
        Ok((self.fleet.view(id).ok_or(ChangeError::Missing)?, changed))
    }
}
