//! Commands that only look.

use crate::domain::command::{Condition, ListFilter, Topic};
use crate::domain::health::State;
use crate::domain::history::PastIncidents;
use crate::domain::incident::Incident;
use crate::domain::reply::{Counts, History, Page, Reply, Summary};
use crate::domain::server::Environment;
use crate::service::commands::{Commands, refusal};

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
            let server = &known.server;
            let condition = match filter.condition {
                None => true,
                Some(Condition::Down) => known.health.believed == State::Down,
                Some(Condition::Muted) => server.is_muted(now),
                Some(Condition::Off) => !server.notification,
            };
            if condition
                && filter
                    .environment
                    .is_none_or(|wanted| wanted == server.environment)
            {
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
        let mut counts = [Counts::default(); Environment::ALL.len()];
        let mut summary = Summary {
            channels: self.fleet.channels().len(),
            ..Summary::default()
        };
        self.fleet.each_server(|known, settings| {
            let server = &known.server;
            let at = Environment::ALL
                .iter()
                .position(|e| *e == server.environment);
            if let Some(counts) = at.and_then(|at| counts.get_mut(at)) {
                counts.add(known.health.state());
            }
            summary.alerts_off += usize::from(!server.notification);
            summary.muted += usize::from(server.is_muted(now));
            if known.health.believed == State::Down {
                summary.down.push(known.view(settings));
            }
        });
        summary.down_total = summary.down.len();
        summary.down.sort_by_key(|view| view.health.since);
        summary.down.truncate(SUMMARY_DOWN);
        summary.environments = Environment::ALL
            .into_iter()
            .zip(counts)
            .filter(|(_, counts)| counts.total() > 0)
            .collect();
        Reply::Summary(summary)
    }

    /// What happened to a server, and what people did to it.
    pub(super) fn history(&self, name: String) -> Reply {
        let Some(known) = self.fleet.named(&name) else {
            return self.no_such(name, Topic::History);
        };
        let server = known.server.id;
        let read = || {
            let open = match known.health.incident {
                Some(incident) => self.store.get::<Incident>(&incident)?,
                None => None,
            };
            let past = self.store.get::<PastIncidents>(&server)?;
            let past = past.map(|stored| stored.value).unwrap_or_default();
            Ok(History {
                name: known.server.host_name.to_string(),
                open: open.map(|stored| stored.value).filter(Incident::is_open),
                past: past.newest_first().cloned().collect(),
                changes: self.audit.of_server(server, CHANGES)?,
            })
        };
        match read() {
            Ok(history) => Reply::History(history),
            Err::<_, crate::store::StoreError>(error) => refusal(error.into()),
        }
    }
}
