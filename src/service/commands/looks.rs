//! Commands that only look.

use crate::domain::command::{ListFilter, Topic};
use crate::domain::health::State;
use crate::domain::history::PastIncidents;
use crate::domain::ids::IncidentId;
use crate::domain::incident::Incident;
use crate::domain::reply::{Census, History, Page, Reply, Summary};
use crate::service::ChangeError;
use crate::service::commands::Commands;
use crate::store::StoreError;

/// How many servers a page of a list shows.
pub const PAGE: usize = 20;

/// How many of the servers that are down a summary names.
const SUMMARY_DOWN: usize = 10;

/// How many of a server's last changes are shown.
const CHANGES: usize = 10;

impl Commands {
    /// A page of the servers that a filter lets through.
    #[must_use]
    pub fn list(&self, filter: ListFilter, page: usize) -> Reply {
        let now = self.clock.now();
        let mut matching = Vec::new();
        self.fleet.each_server(|known, settings| {
            if filter.takes(&known.server, &known.health, now) {
                matching.push(known.view(settings));
            }
        });
        Reply::List {
            page: Page::cut(matching, page, PAGE),
            filter,
        }
    }

    /// The whole at a glance.
    #[must_use]
    pub fn summary(&self) -> Reply {
        let now = self.clock.now();
        let mut census = Census::default();
        let told = self.fleet.channels().into_iter();
        let mut summary = Summary {
            channels: told.filter(|channel| channel.notification).count(),
            ..Summary::default()
        };
        self.fleet.each_server(|known, settings| {
            let server = &known.server;
            census.add(server.environment, &known.health);
            summary.alerts_off += usize::from(!server.notification);
            summary.muted += usize::from(server.is_muted(now));
            if known.health.believed == State::Down {
                summary.down.push(known.view(settings));
            }
        });
        summary.down_total = census.down;
        summary.down.sort_by_key(|view| view.health.since);
        summary.down.truncate(SUMMARY_DOWN);
        summary.environments = census.environments();
        Reply::Summary(summary)
    }

    /// One server in detail.
    pub(super) fn detail(&self, name: String) -> Reply {
        let known = self.fleet.named(&name);
        let Some(view) = known.and_then(|known| self.fleet.view(known.server.id)) else {
            return self.no_such(name, Topic::Status);
        };
        match self.going_on(view.health.incident) {
            Ok(incident) => Reply::Detail { view, incident },
            Err(error) => ChangeError::from(error).into(),
        }
    }

    /// An incident, where it still is open.
    fn going_on(&self, incident: Option<IncidentId>) -> Result<Option<Incident>, StoreError> {
        let Some(incident) = incident else {
            return Ok(None);
        };
        let stored = self.store.get::<Incident>(&incident)?;
        Ok(stored.map(|stored| stored.value).filter(Incident::is_open))
    }

    /// What happened to a server, and what people did to it.
    pub(super) fn history(&self, name: String) -> Reply {
        let Some(known) = self.fleet.named(&name) else {
            return self.no_such(name, Topic::History);
        };
        let server = known.server.id;
        let read = || {
            let open = self.going_on(known.health.incident)?;
            let past = self.store.get::<PastIncidents>(&server)?;
            let past = past.map(|stored| stored.value).unwrap_or_default();
            Ok(History {
                name: known.server.host_name.to_string(),
                open,
                past: past.newest_first().cloned().collect(),
                changes: self.audit.of_server(server, CHANGES)?,
            })
        };
        match read() {
            Ok(history) => Reply::History(history),
            Err::<_, StoreError>(error) => ChangeError::from(error).into(),
        }
    }
}
