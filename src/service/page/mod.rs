//! The status page: what stands on it, kept up to date while somebody looks.
//!
//! Nothing runs while nobody looks, and however many look, the servers are gone through once a second at most: the
//! facts of one moment serve all.

mod board;
mod facts;

use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::clock::SharedClock;
use crate::service::fleet::Fleet;
use crate::service::incidents::{IncidentFilter, Incidents};
use crate::service::latencies::Latencies;
use crate::telemetry::panics;
use board::Board;
pub use board::{News, Parts, Placed, What};
pub use facts::{CARDS, Facts, GRAPHED, Group, LISTED, Past, Row};

/// Between two looks at all servers.
pub const AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// Graphs, and mutes that end by themselves, make no noise: while somebody looks they are looked at so often.
pub const GRAPHS_EVERY: Duration = Duration::from_secs(15);

/// How many of the last incidents are shown.
const PAST: usize = 20;

/// How many servers are looked at before others may change something again.
const PAGE: usize = 1_000;

/// The status page.
#[derive(Debug)]
pub struct StatusPage {
    fleet: Arc<Fleet>,
    incidents: Incidents,
    latencies: Arc<Latencies>,
    clock: SharedClock,
    boot: u64,
    shown: Mutex<Shown>,
    /// Held by whoever looks at the servers for everyone.
    looking: tokio::sync::Mutex<()>,
}

/// What was gathered, and when.
#[derive(Debug, Default)]
struct Shown {
    board: Board,
    gathered: Option<Gathered>,
}

#[derive(Debug, Clone, Copy)]
struct Gathered {
    /// The count of the fleet's changes that are in it for certain.
    changes: u64,
    at: Duration,
}

/// The news, and what the fleet had counted when they were gathered.
#[derive(Debug, Clone)]
pub struct Latest {
    /// What there is to tell.
    pub news: News,
    /// When the fleet counts more, there may be more.
    pub changes: u64,
}

impl StatusPage {
    /// A page over these parts.
    #[must_use]
    pub fn new(
        fleet: Arc<Fleet>,
        incidents: Incidents,
        latencies: Arc<Latencies>,
        clock: SharedClock,
    ) -> Self {
        let boot = u64::try_from(clock.now().timestamp_millis()).unwrap_or_default();
        Self {
            fleet,
            incidents,
            latencies,
            clock,
            boot,
            shown: Mutex::default(),
            looking: tokio::sync::Mutex::default(),
        }
    }

    /// Tells this run of the process from others, whose versions mean nothing here: when it began, in milliseconds
    /// since 1970.
    #[must_use]
    pub const fn boot(&self) -> u64 {
        self.boot
    }

    /// The page as it is, [`AT_MOST_EVERY`] old at most, and its version.
    pub async fn picture(self: &Arc<Self>) -> (Arc<Facts>, u64) {
        let looking = self.looking.lock().await;
        let now = self.clock.elapsed();
        let gathered = self.shown().gathered;
        if gathered.is_none_or(|last| self.is_stale(last, now) && now >= last.at + AT_MOST_EVERY) {
            self.gather().await;
        }
        drop(looking);
        let shown = self.shown();
        (Arc::clone(shown.board.facts()), shown.board.version())
    }

    /// The count of what may have changed the page, to be waited on.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.fleet.changes()
    }

    /// What there is to tell somebody who has seen a version. Where something may have changed, it waits until the
    /// servers may be looked at again, so that it misses nothing.
    pub async fn news(self: &Arc<Self>, seen: u64) -> Latest {
        let looking = self.looking.lock().await;
        let gathered = self.shown().gathered;
        match gathered {
            Some(last) if !self.is_stale(last, self.clock.elapsed()) => {}
            Some(last) => {
                self.clock.sleep_until(last.at + AT_MOST_EVERY).await;
                self.gather().await;
            }
            None => self.gather().await,
        }
        drop(looking);
        let shown = self.shown();
        Latest {
            news: shown.board.news(seen),
            changes: shown.gathered.map_or(0, |last| last.changes),
        }
    }

    fn is_stale(&self, last: Gathered, now: Duration) -> bool {
        *self.fleet.changes().borrow() != last.changes || now >= last.at + GRAPHS_EVERY
    }

    /// Looks at all servers, away from the threads that probe and answer.
    async fn gather(self: &Arc<Self>) {
        let page = Arc::clone(self);
        let gathering = tokio::task::spawn_blocking(move || {
            let gathered = Gathered {
                changes: *page.fleet.changes().borrow(),
                at: page.clock.elapsed(),
            };
            let facts = page.facts(gathered.at);
            let mut shown = page.shown();
            shown.board.update(facts);
            shown.gathered = Some(gathered);
        });
        if let Err(error) = gathering.await {
            let why = panics::broken_off(&error);
            tracing::error!(why, "the status page could not be brought up to date");
        }
    }

    fn facts(&self, elapsed: Duration) -> Facts {
        let now = self.clock.now();
        let mut facts = Facts::for_servers(self.fleet.servers());
        let mut after = None;
        loop {
            let mut seen = 0;
            self.fleet.servers_after(after, |known, _| {
                facts.add(Row::of(&known.server, &known.health, now));
                after = Some(known.server.id);
                seen += 1;
                if seen < PAGE {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            });
            if seen < PAGE {
                break;
            }
        }
        let past = self.incidents.page(IncidentFilter::default(), None, PAST);
        let past = past.unwrap_or_else(|error| {
            tracing::warn!(%error, "the status page cannot show what happened last");
            Default::default()
        });
        facts.finish(past.incidents.iter().map(Past::from).collect());
        facts.draw(&self.latencies, elapsed);
        facts
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.shown.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
