//! What happened: incidents as people look them up, the newest first.

use std::sync::Arc;

use crate::domain::ids::{IncidentId, ServerId};
use crate::domain::incident::Incident;
use crate::service::fleet::Fleet;
use crate::store::{Store, StoreError};

/// How many records are read at a time.
const PAGE: usize = 500;

/// A look-up reads so many records at most. It then says where to go on, so that a filter that fits nothing does not
/// read a long history in one go.
const MOST_READ: usize = 10_000;

/// Which incidents are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct IncidentFilter {
    /// Those of this server only.
    pub server: Option<ServerId>,
    /// Only those that are open, or only those that are over.
    pub open: Option<bool>,
}

impl IncidentFilter {
    fn takes(&self, incident: &Incident) -> bool {
        self.server.is_none_or(|server| incident.server == server)
            && self.open.is_none_or(|open| incident.is_open() == open)
    }
}

/// A part of the history.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IncidentPage {
    /// The incidents, the newest first. There may be fewer than were asked for, or none, although there are more.
    pub incidents: Vec<Incident>,
    /// The one to go on before; none where there is nothing more.
    pub next: Option<IncidentId>,
}

/// Looks incidents up.
#[derive(Debug, Clone)]
pub struct Incidents {
    store: Store,
    fleet: Arc<Fleet>,
}

impl Incidents {
    /// In this store and its view.
    #[must_use]
    pub const fn new(store: Store, fleet: Arc<Fleet>) -> Self {
        Self { store, fleet }
    }

    /// One incident.
    ///
    /// # Errors
    /// The store's.
    pub fn get(&self, id: IncidentId) -> Result<Option<Incident>, StoreError> {
        Ok(self.store.get::<Incident>(&id)?.map(|stored| stored.value))
    }

    /// At most `limit` incidents, the newest first, older than `before`. Blocks.
    ///
    /// # Errors
    /// The store's.
    pub fn page(
        &self,
        filter: IncidentFilter,
        before: Option<IncidentId>,
        limit: usize,
    ) -> Result<IncidentPage, StoreError> {
        if filter.open == Some(true) {
            self.open(filter, before, limit)
        } else {
            self.all(filter, before, limit)
        }
    }

    /// Those that are open are known without a search.
    fn open(
        &self,
        filter: IncidentFilter,
        before: Option<IncidentId>,
        limit: usize,
    ) -> Result<IncidentPage, StoreError> {
        let mut ids: Vec<_> = self
            .fleet
            .open_incidents()
            .into_iter()
            .filter(|(server, _)| filter.server.is_none_or(|wanted| wanted == *server))
            .map(|(_, incident)| incident)
            .filter(|incident| before.is_none_or(|before| *incident < before))
            .collect();
        ids.sort_unstable_by(|one, other| other.cmp(one));
        let next = (ids.len() > limit).then(|| ids[limit - 1]);
        let mut page = IncidentPage {
            next,
            ..IncidentPage::default()
        };
        for id in ids.into_iter().take(limit) {
            // It may have ended since.
            page.incidents
                .extend(self.get(id)?.filter(Incident::is_open));
        }
        Ok(page)
    }

    fn all(
        &self,
        filter: IncidentFilter,
        before: Option<IncidentId>,
        limit: usize,
    ) -> Result<IncidentPage, StoreError> {
        let mut page = IncidentPage {
            incidents: Vec::new(),
            next: before,
        };
        let mut read = 0;
        while read < MOST_READ {
            let found = self
                .store
                .scan_back::<Incident>(&[], page.next.as_ref(), PAGE)?;
            let at_end = found.len() < PAGE;
            let last = found.len().saturating_sub(1);
            read += found.len();
            for (at, (id, stored)) in found.into_iter().enumerate() {
                page.next = Some(id);
                page.incidents
                    .extend(Some(stored.value).filter(|incident| filter.takes(incident)));
                if page.incidents.len() == limit {
                    page.next = page.next.filter(|_| !at_end || at < last);
                    return Ok(page);
                }
            }
            if at_end {
                page.next = None;
                return Ok(page);
            }
        }
        Ok(page)
    }
}
