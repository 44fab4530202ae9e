//! What people change about servers. Every way in, a command, a button or the API, ends in one of these.

use std::sync::Arc;

use crate::clock::SharedClock;
use crate::domain::audit::{self, Actor, Deed, RecentChanges, Subject};
use crate::domain::command::ServerFields;
use crate::domain::forbidden::Forbidden;
use crate::domain::health::Health;
use crate::domain::history::PastIncidents;
use crate::domain::ids::{IdSource, ServerId};
use crate::domain::incident::{End, EndReason};
use crate::domain::notice::Again;
use crate::domain::reply::ServerView;
use crate::domain::server::{HostName, Server, ServerChange, Source};
use crate::domain::target::{ServerType, Target};
use crate::service::ChangeError;
use crate::service::audit::Audit;
use crate::service::base::Base;
use crate::service::change::{Changes, replacing, unchanged};
use crate::service::fleet::{Fleet, Known};
use crate::service::monitor::SharedProbe;
use crate::service::owing::Owing;
use crate::store::collections::NameOwner;
use crate::store::{Batch, CommitError, Store};

/// Why a server was not added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddError {
    /// Its address must never be probed.
    #[error("{0}")]
    Forbidden(Forbidden),
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
    changes: Changes,
    owing: Owing,
    audit: Audit,
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
    pub fn new(base: &Base, prober: SharedProbe) -> Self {
        Self {
            store: base.store.clone(),
            fleet: Arc::clone(&base.fleet),
            changes: Changes::new(base.store.clone(), Arc::clone(&base.fleet)),
            owing: base.owing.clone(),
            audit: base.audit.clone(),
            ids: Arc::clone(&base.ids),
            clock: Arc::clone(&base.clock),
            prober,
        }
    }

    /// Why this target must not be probed, where its address says so by itself.
    #[must_use]
    pub fn refuses(&self, target: &Target) -> Option<Forbidden> {
        self.prober.refuses(target)
    }

    /// Watches a server from now on.
    ///
    /// # Errors
    /// [`AddError`]: the address is forbidden, the name is taken, or the store refuses.
    pub async fn add(&self, new: NewServer, by: &Actor) -> Result<ServerView, AddError> {
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
        let entry = self
            .audit
            .entry(by, Subject::server(&server), Deed::Added, now);
        let batch = self.audit.log_of(batch, server.id, &entry)?;
        match self.store.commit(batch).await {
            Ok(_) => {}
            Err(CommitError::Conflict { .. }) => {
                return Err(self.taken(&server.host_name).into());
            }
            Err(error) => return Err(ChangeError::from(error).into()),
        }
        self.fleet
            .view(server.id)
            .ok_or_else(|| ChangeError::Missing.into())
    }

    /// Another server has this name, perhaps in other letters: it is called as people know it.
    fn taken(&self, name: &HostName) -> ChangeError {
        let known = self.fleet.named(name.as_str());
        let known = known.map(|known| known.server.host_name.to_string());
        ChangeError::NameTaken(known.unwrap_or_else(|| name.to_string()))
    }

    /// Watches a server no more. An incident that is open ends with it.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, or the store's refusal.
    pub async fn remove(&self, id: ServerId, by: &Actor) -> Result<Arc<Server>, ChangeError> {
        let (known, _) = self
            .changes
            .server::<ChangeError>(id, |known| {
                let now = self.clock.now();
                let mut batch = unchanged(known)
                    .delete::<Server>(&id)
                    .delete::<Health>(&id)
                    .delete::<NameOwner>(&known.server.host_name.folded())
                    .delete::<RecentChanges>(&id);
                if let Some(incident) = known.health.incident {
                    let end = End {
                        at: now,
                        reason: EndReason::Removed,
                    };
                    batch = self
                        .owing
                        .end(batch, &known.server, incident, end, false, now)?;
                }
                batch = batch.delete::<PastIncidents>(&id);
                let subject = Subject::server(&known.server);
                let entry = self.audit.entry(by, subject, Deed::Removed, now);
                Ok(Some(self.audit.log(batch, &entry)?))
            })
            .await?;
        Ok(known.server)
    }

    /// Changes a server. It takes effect at once; an open message shows it, and where alerts come back on or a mute ends
    /// while it is down, that is told now.
    ///
    /// # Errors
    /// [`AddError`]: the address is forbidden, the name is taken, there is no such server, or the store refuses.
    pub async fn edit(
        &self,
        id: ServerId,
        change: &ServerChange,
        by: &Actor,
    ) -> Result<ServerView, AddError> {
        self.edit_as(id, |_| change.clone(), by).await
    }

    /// The same where what is to change depends on what the server is: `change` is asked anew where somebody else was
    /// quicker.
    ///
    /// # Errors
    /// Those of [`Servers::edit`].
    pub async fn edit_as(
        &self,
        id: ServerId,
        change: impl Fn(&Server) -> ServerChange,
        by: &Actor,
    ) -> Result<ServerView, AddError> {
        self.changes
            .server(id, |known| {
                let change = change(&known.server);
                let target = change.target.as_ref();
                match target.and_then(|target| self.prober.refuses(target)) {
                    Some(reason) => Err(AddError::Forbidden(reason)),
                    None => Ok(self.editing(known, &change, by)?),
                }
            })
            .await?;
        self.fleet
            .view(id)
            .ok_or_else(|| ChangeError::Missing.into())
    }

    fn editing(
        &self,
        known: &Known,
        change: &ServerChange,
        by: &Actor,
    ) -> Result<Option<Batch>, ChangeError> {
        let now = self.clock.now();
        let server = change.applied_to(&known.server, now);
        if server == *known.server {
            return Ok(None);
        }
        let mut batch = replacing(known, &server)?;
        let (before, after) = (known.server.host_name.folded(), server.host_name.folded());
        if before != after {
            if self.fleet.named(&after).is_some() {
                return Err(self.taken(&server.host_name));
            }
            batch = batch
                .delete::<NameOwner>(&before)
                .require_absent::<NameOwner>(&after)
                .put(&after, &NameOwner { server: server.id })?;
        }
        if let Some(incident) = known.health.incident {
            batch = self.owing.edits(batch, incident, now)?;
            let again = if server.notification && !known.server.notification {
                Some(Again::AlertsOn)
            } else {
                let unmuted = server.muted_until.is_none() && known.server.muted_until.is_some();
                unmuted.then_some(Again::MuteEnded)
            };
            if let Some(again) = again.filter(|_| !known.health.flapping.active) {
                batch = self
                    .owing
                    .still_down(batch, &server, incident, again, now)?;
            }
        }
        let deed = Deed::Edited(audit::server_edits(&known.server, &server));
        let entry = self.audit.entry(by, Subject::server(&server), deed, now);
        Ok(Some(self.audit.log_of(batch, server.id, &entry)?))
    }
}
