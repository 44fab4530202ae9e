//! What people do about alerts: switch them, mute them, take an incident on. Every way in ends in one of these.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};

use crate::clock::{SharedClock, Timestamp};
use crate::domain::audit::{Actor, Deed, Logged, Subject, Via};
use crate::domain::ids::{ServerId, UserId};
use crate::domain::incident::{Acknowledgement, Incident};
use crate::domain::notice::Again;
use crate::domain::reply::ServerView;
use crate::domain::server::Server;
use crate::service::ChangeError;
use crate::service::audit::Audit;
use crate::service::base::Base;
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
    audit: Audit,
    clock: SharedClock,
}

/// What a change of silence is, as the log and the channels tell it.
struct Decided {
    server: Server,
    deed: Deed,
    /// Why the channels are told again that it is down, where they are.
    again: Option<Again>,
}

/// Who asked for a change of silence.
#[derive(Clone, Copy)]
enum Asked<'a> {
    /// Nobody: its time has come.
    Nobody,
    /// Somebody, for this server.
    For(&'a Actor),
    /// Somebody, for this server among many: the same entry of the log goes into the commit of each.
    Among(&'a Logged),
}

impl Silence {
    /// Over this store and its view.
    #[must_use]
    pub fn new(base: &Base) -> Self {
        Self {
            store: base.store.clone(),
            fleet: Arc::clone(&base.fleet),
            changes: Changes::new(base.store.clone(), Arc::clone(&base.fleet)),
            owing: base.owing.clone(),
            audit: base.audit.clone(),
            clock: Arc::clone(&base.clock),
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
        by: &Actor,
    ) -> Result<(ServerView, bool), ChangeError> {
        self.switch(id, on, Asked::For(by)).await
    }

    async fn switch(
        &self,
        id: ServerId,
        on: bool,
        asked: Asked<'_>,
    ) -> Result<(ServerView, bool), ChangeError> {
        self.change(id, asked, |known, now| {
            let decided = Decided {
                server: Server {
                    notification: on,
                    updated_at: now,
                    ..(*known.server).clone()
                },
                deed: switching(on),
                again: on.then_some(Again::AlertsOn),
            };
            (known.server.notification != on).then_some(decided)
        })
        .await
    }

    /// Switches the alerts of every server; tells how many changed.
    ///
    /// # Errors
    /// The store's refusal; those that were switched before it stay switched.
    pub async fn set_all_alerts(&self, on: bool, by: &Actor) -> Result<usize, ChangeError> {
        let mut ids = Vec::new();
        self.fleet.each_server(|known, _| {
            if known.server.notification != on {
                ids.push(known.server.id);
            }
        });
        let subject = Subject::AllServers { count: ids.len() };
        let now = self.clock.now();
        let entry = self.audit.entry(by, subject, switching(on), now);
        let mut switching = stream::iter(ids)
            .map(|id| self.switch(id, on, Asked::Among(&entry)))
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
    pub async fn mute(
        &self,
        id: ServerId,
        span: Duration,
        by: &Actor,
    ) -> Result<ServerView, ChangeError> {
        let (view, _) = self
            .change(id, Asked::For(by), |known, now| {
                let span = chrono::TimeDelta::from_std(span).unwrap_or(chrono::TimeDelta::MAX);
                let until = now.checked_add_signed(span).unwrap_or(Timestamp::MAX_UTC);
                Some(Decided {
                    server: Server {
                        muted_until: Some(until),
                        updated_at: now,
                        ..(*known.server).clone()
                    },
                    deed: Deed::Muted { until },
                    again: None,
                })
            })
            .await?;
        Ok(view)
    }

    /// Ends a server's mute; tells whether it was muted. Where it is down, that is told now.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, or the store's refusal.
    pub async fn unmute(
        &self,
        id: ServerId,
        by: &Actor,
    ) -> Result<(ServerView, bool), ChangeError> {
        self.end_mute(id, Asked::For(by), |_, _| true).await
    }

    /// Ends a mute that `ends` says yes to, by when it would end and what time it is.
    async fn end_mute(
        &self,
        id: ServerId,
        asked: Asked<'_>,
        ends: impl Fn(Timestamp, Timestamp) -> bool,
    ) -> Result<(ServerView, bool), ChangeError> {
        self.change(id, asked, |known, now| {
            known.server.muted_until.filter(|until| ends(*until, now))?;
            Some(Decided {
                server: Server {
                    muted_until: None,
                    updated_at: now,
                    ..(*known.server).clone()
                },
                deed: Deed::Unmuted,
                again: Some(Again::MuteEnded),
            })
        })
        .await
    }

    /// Ends every mute whose time has come.
    ///
    /// # Errors
    /// The store's refusal; those that are left are ended in the next round.
    pub async fn end_mutes(&self) -> Result<(), ChangeError> {
        for id in self.fleet.mutes_over(self.clock.now()) {
            // Somebody may mute it anew in this moment.
            let ended = self.end_mute(id, Asked::Nobody, |until, now| until <= now);
            match ended.await {
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
        via: Via,
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
            let actor = Actor::person(by.clone(), via);
            let subject = Subject::server(&known.server);
            let entry = self.audit.entry(&actor, subject, Deed::Acknowledged, now);
            let batch = self.audit.log_of(batch, id, &entry)?;
            match self.store.commit(batch).await {
                Ok(_) => return Ok(Acknowledged::Now),
                Err(crate::store::CommitError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Changes a server's silence, and logs who asked for it. An open message is edited; where it now may be said, it is
    /// said that the server still is down.
    async fn change(
        &self,
        id: ServerId,
        asked: Asked<'_>,
        decide: impl Fn(&Known, Timestamp) -> Option<Decided>,
    ) -> Result<(ServerView, bool), ChangeError> {
        let (_, changed) = self
            .changes
            .server::<ChangeError>(id, |known| {
                let now = self.clock.now();
                let Some(decided) = decide(known, now) else {
                    return Ok(None);
                };
                let Decided {
                    server,
                    deed,
                    again,
                } = decided;
                let mut batch =
                    self.logged(replacing(known, &server)?, &server, deed, asked, now)?;
                if let Some(incident) = known.health.incident {
                    batch = self.owing.edits(batch, incident, now)?;
                    // While it flaps nothing is said; once it keeps still, what is so then is told.
                    if let Some(again) = again.filter(|_| !known.health.flapping.active) {
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

    fn logged(
        &self,
        batch: Batch,
        server: &Server,
        deed: Deed,
        asked: Asked<'_>,
        now: Timestamp,
    ) -> Result<Batch, ChangeError> {
        match asked {
            Asked::Nobody => Ok(batch),
            Asked::Among(entry) => self.audit.log_of(batch, server.id, entry),
            Asked::For(by) => {
                let entry = self.audit.entry(by, Subject::server(server), deed, now);
                self.audit.log_of(batch, server.id, &entry)
            }
        }
    }
}

const fn switching(on: bool) -> Deed {
    if on { Deed::AlertsOn } else { Deed::AlertsOff }
}
