//! What people change about servers. Every way in, a command, a button or the API, ends in one of these.

use std::sync::Arc;

use futures_util::{StreamExt, stream};

use crate::clock::SharedClock;
use crate::domain::command::ServerFields;
use crate::domain::health::Health;
use crate::domain::ids::{IdSource, ServerId};
use crate::domain::incident::{End, EndReason};
use crate::domain::reply::ServerView;
use crate::domain::server::{HostName, Server, Source};
use crate::domain::target::ServerType;
use crate::service::fleet::{Fleet, Known};
use crate::service::monitor::SharedProbe;
use crate::service::owing::Owing;
use crate::service::{CONFLICTS, ChangeError};
use crate::store::collections::NameOwner;
use crate::store::{Batch, CommitError, Store};

/// How many changes of a large one are under way at once; the store commits those that wait together.
const AT_ONCE: usize = 256;

/// Why a server was not added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// Its address must never be probed.
    #[error("{0}")]
    Forbidden(String),
    /// Something else.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

/// A server to be added.
#[derive(Debug, Clone)]
pub struct NewServer {
    /// What people call it.
    pub name: HostName,
    /// What was said about it; the address must be there.
    pub fields: ServerFields,
    /// How it is checked.
    pub server_type: ServerType,
    /// Who keeps it in the list.
    pub source: Source,
}

/// Changes servers.
pub struct Servers {
    store: Store,
    fleet: Arc<Fleet>,
    owing: Owing,
    ids: Arc<IdSource>,
    clock: SharedClock,
    prober: SharedProbe,
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Servers")
    }
}

impl Servers {
    /// Changes servers in the given store and its view.
    #[must_use]
    pub fn new(
        store: Store,
        fleet: Arc<Fleet>,
        owing: Owing,
        ids: Arc<IdSource>,
        clock: SharedClock,
        prober: SharedProbe,
    ) -> Self {
        Self {
            store,
            fleet,
            owing,
            ids,
            clock,
            prober,
        }
    }

    /// Watches a server from now on.
    ///
    /// # Errors
    /// [`AddError`]: the address is forbidden, the name is taken, or the store refuses.
    pub async fn add(&self, new: NewServer) -> Result<ServerView, AddError> {
        let Some(address) = new.fields.address else {
            return Err(ChangeError::Missing.into());
        };
        if let Some(reason) = self.prober.refuses(&address.target) {
            return Err(AddError::Forbidden(reason));
        }
        let now = self.clock.now();
        let server = Server {
            id: ServerId::from_raw(self.ids.next(now)),
            host_name: new.name,
            target: address.target,
            server_type: new.server_type,
            environment: new.fields.environment.unwrap_or_default(),
            notification: new.fields.alerts.unwrap_or(true),
            interval: new.fields.interval,
            timeout: new.fields.timeout,
            failures: new.fields.failures,
            recoveries: new.fields.recoveries,
            source: new.source,
            muted_until: None,
            created_at: now,
            updated_at: now,
        };
        let name = server.host_name.folded();
        let batch = Batch::new()
            .require_absent::<NameOwner>(&name)
            .put(&name, &NameOwner { server: server.id })
            .and_then(|batch| {
                batch
                    .require_absent::<Server>(&server.id)
                    .put(&server.id, &server)
            })
            .map_err(ChangeError::from)?;
        match self.store.commit(batch).await {
            Ok(_) => {}
            Err(CommitError::Conflict { .. }) => {
                return Err(ChangeError::NameTaken(server.host_name.to_string()).into());
            }
            Err(error) => return Err(ChangeError::from(error).into()),
        }
        self.fleet
            .view(server.id)
            .ok_or_else(|| ChangeError::Missing.into())
    }

    /// Watches a server no more. An incident that is open ends with it.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, or the store's refusal.
    pub async fn remove(&self, id: ServerId) -> Result<Arc<Server>, ChangeError> {
        self.change(id, |known| {
            let now = self.clock.now();
            let mut batch = Batch::new()
                .require_revision::<Server>(&id, known.server_revision)
                .delete::<Server>(&id)
                .delete::<NameOwner>(&known.server.host_name.folded());
            if let Some(revision) = known.health_revision {
                batch = batch
                    .require_revision::<Health>(&id, revision)
                    .delete::<Health>(&id);
            }
            if let Some(incident) = known.health.incident {
                let end = End {
                    at: now,
                    reason: EndReason::Removed,
                };
                batch = self.owing.end(batch, &known.server, incident, end, now)?;
            }
            Ok(Some(batch))
        })
        .await
        .map(|(known, _)| known.server)
    }

    /// Switches a server's alerts; tells whether that changed anything. Where they come back on while the server is
    /// down, whoever was not told is told now.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, or the store's refusal.
    pub async fn set_alerts(
        &self,
        id: ServerId,
        on: bool,
    ) -> Result<(ServerView, bool), ChangeError> {
        let (_, changed) = self
            .change(id, |known| {
                if known.server.notification == on {
                    return Ok(None);
                }
                let now = self.clock.now();
                let server = Server {
                    notification: on,
                    updated_at: now,
                    ..(*known.server).clone()
                };
                let mut batch = Batch::new()
                    .require_revision::<Server>(&id, known.server_revision)
                    .put(&id, &server)?;
                if let Some(incident) = known.health.incident {
                    batch = self.owing.edits(batch, incident, now)?;
                    batch = self.owing.failure(batch, &server, incident, now)?;
                }
                Ok(Some(batch))
            })
            .await?;
        let view = self.fleet.view(id).ok_or(ChangeError::Missing)?;
        Ok((view, changed))
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

    /// Commits what `decide` makes of a server, deciding anew where somebody else changed it in the same moment.
    async fn change(
        &self,
        id: ServerId,
        decide: impl Fn(&Known) -> Result<Option<Batch>, ChangeError>,
    ) -> Result<(Known, bool), ChangeError> {
        let mut last = ChangeError::Missing;
        for _ in 0..CONFLICTS {
            let known = self.fleet.server(id).ok_or(ChangeError::Missing)?;
            let Some(batch) = decide(&known)? else {
                return Ok((known, false));
            };
            match self.store.commit(batch).await {
                Ok(_) => return Ok((known, true)),
                Err(error @ CommitError::Conflict { .. }) => last = error.into(),
                Err(error) => return Err(error.into()),
            }
        }
        Err(last)
    }
}
