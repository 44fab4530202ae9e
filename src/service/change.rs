//! Changing a server that others may be changing in the same moment.

use std::sync::Arc;

use crate::domain::health::Health;
use crate::domain::ids::ServerId;
use crate::domain::server::Server;
use crate::service::ChangeError;
use crate::service::fleet::{Fleet, Known};
use crate::store::{Batch, CommitError, Store};

/// How often a change is tried again when somebody else was quicker.
pub(super) const CONFLICTS: usize = 16;

/// Commits decisions about servers.
#[derive(Debug, Clone)]
pub struct Changes {
    store: Store,
    fleet: Arc<Fleet>,
}

impl Changes {
    /// Over this store and its view.
    #[must_use]
    pub const fn new(store: Store, fleet: Arc<Fleet>) -> Self {
        Self { store, fleet }
    }

    /// Commits what `decide` makes of a server, deciding anew where somebody else was quicker. Gives the server as it
    /// was decided upon, and whether anything was committed.
    ///
    /// # Errors
    /// [`ChangeError::Missing`] where there is no such server, the store's refusal, or what `decide` has against it.
    pub async fn server<E: From<ChangeError>>(
        &self,
        id: ServerId,
        decide: impl Fn(&Known) -> Result<Option<Batch>, E>,
    ) -> Result<(Known, bool), E> {
        let mut last = ChangeError::Missing;
        for _ in 0..CONFLICTS {
            let known = self.fleet.server(id).ok_or(ChangeError::Missing)?;
            let Some(batch) = decide(&known)? else {
                return Ok((known, false));
            };
            match self.store.commit(batch).await {
                Ok(_) => return Ok((known, true)),
                Err(error @ CommitError::Conflict { .. }) => last = error.into(),
                Err(error) => return Err(ChangeError::from(error).into()),
            }
        }
        Err(last.into())
    }
}

/// A batch that takes effect only while the server, and what is believed of it, are as they were `known`: what is owed
/// beside a change hangs on both.
pub(super) fn unchanged(known: &Known) -> Batch {
    let id = known.server.id;
    let batch = Batch::new().require_revision::<Server>(&id, known.server_revision);
    match known.health_revision {
        Some(revision) => batch.require_revision::<Health>(&id, revision),
        None => batch.require_absent::<Health>(&id),
    }
}

/// A batch that puts `server` in the place of what `known` was.
pub(super) fn replacing(known: &Known, server: &Server) -> Result<Batch, ChangeError> {
    Ok(unchanged(known).put(&known.server.id, server)?)
}
