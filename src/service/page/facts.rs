//! What stands on the status page: the facts, gathered from what is known at one moment.
//!
//! The page is open to whoever reaches it, so it tells what people call a server, its environment and how it is, and
//! no more. An address is left out on purpose, the port and the path with it, and so is the detail of a failure, which
//! may name one: they would hand a map of the network to whoever passes by, and a path may carry a key. The people
//! who need them have Slack and the API.

use std::cmp::Reverse;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::health::{Health, State};
use crate::domain::ids::ServerId;
use crate::domain::incident::{EndReason, Incident};
use crate::domain::latency::{POINTS, Point};
use crate::domain::outcome::{Failure, FailureKind, Verdict};
use crate::domain::reply::Counts;
use crate::domain::server::{Environment, HostName, Server};
use crate::service::latencies::Latencies;

/// So many servers are shown by name at most, those that are down before all others. A browser still scrolls through
/// them.
pub const LISTED: usize = 10_000;

/// Up to so many servers are shown in tables with a graph each; more of them closely packed, a name each.
pub const GRAPHED: usize = 300;

/// So many of those that are down get a card of their own.
pub const CARDS: usize = 100;

/// One server as the page shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Which.
    pub id: ServerId,
    /// What people call it.
    pub name: HostName,
    /// Its environment.
    pub environment: Environment,
    /// How it is. One that was down when Healthbot stopped seeing it still counts as down.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// It goes up and down.
    pub flapping: bool,
    /// Its failures are not told.
    pub quiet: bool,
    /// Why it is down, in a few words that name no address.
    pub reason: Option<String>,
    /// Its latencies, the oldest first, where the page has room for graphs.
    pub graph: Option<Box<[Point; POINTS]>>,
}

impl Row {
    /// A server as it is at `now`.
    #[must_use]
    pub fn of(server: &Server, health: &Health, now: Timestamp) -> Self {
        let down = health.believed == State::Down;
        let reason = match health.last_outcome.as_ref().map(|last| &last.verdict) {
            Some(Verdict::Failed(failure)) if down => Some(told(failure)),
            _ => None,
        };
        Self {
            id: server.id,
            name: server.host_name.clone(),
            environment: server.environment,
            state: if down { State::Down } else { health.state() },
            since: health.since,
            flapping: health.flapping.active,
            quiet: !server.is_audible(now),
            reason,
            graph: None,
        }
    }

    /// The newest latency that its graph shows.
    #[must_use]
    pub fn latency(&self) -> Option<Duration> {
        let mut newest = self.graph.as_deref()?.iter().rev();
        match newest.find(|point| **point != Point::Nothing)? {
            Point::Healthy(latency) => Some(*latency),
            Point::Failed | Point::Nothing => None,
        }
    }
}

/// A failure without what its detail may name: the kind, and the code of an HTTP status.
fn told(failure: &Failure) -> String {
    let code = failure.detail.split_whitespace().next();
    match code {
        Some(code) if failure.kind == FailureKind::HttpStatus && is_status(code) => {
            format!("{} {code}", failure.kind)
        }
        _ => failure.kind.to_string(),
    }
}

fn is_status(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// What people called the server.
    pub name: HostName,
    /// Its environment then.
    pub environment: Environment,
    /// What was wrong with it.
    pub reason: String,
    /// Since when.
    pub began: Timestamp,
    /// Until when, where it is over.
    pub ended: Option<Timestamp>,
    /// It is over because the server was removed.
    pub removed: bool,
}

impl From<&Incident> for Past {
    fn from(incident: &Incident) -> Self {
        let end = incident.end.as_ref();
        Self {
            name: incident.host_name.clone(),
            environment: incident.environment,
            reason: told(&incident.failure),
            began: incident.began,
            ended: end.map(|end| end.at),
            removed: end.is_some_and(|end| end.reason == EndReason::Removed),
        }
    }
}

/// The servers of one environment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Group {
    /// How many there are, by state.
    pub counts: Counts,
    /// Those that are listed, by name.
    pub rows: Vec<Row>,
}

impl Group {
    /// How many are not listed.
    #[must_use]
    pub fn unlisted(&self) -> usize {
        self.counts.total() - self.rows.len()
    }

    /// How many of those are down.
    #[must_use]
    pub fn unlisted_down(&self) -> usize {
        let down = |row: &&Row| row.state == State::Down;
        self.counts.down - self.rows.iter().filter(down).count()
    }
}

/// Everything that stands on the page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// The servers, by environment, in the order of [`Environment::ALL`].
    pub groups: [Group; Environment::ALL.len()],
    /// Those that are down, the most important environment first, then the newest failure; [`CARDS`] at most.
    pub down: Vec<Row>,
    /// What happened last, the newest first.
    pub past: Vec<Past>,
    /// Whether each listed server has a graph.
    pub graphs: bool,
    /// Those that are not down and may find room in the lists, until that is known.
    others: Vec<Row>,
}

impl Facts {
    /// An empty page that is to show so many servers.
    #[must_use]
    pub fn for_servers(servers: usize) -> Self {
        Self {
            graphs: servers <= GRAPHED,
            ..Self::default()
        }
    }

    /// Takes a server in.
    pub fn add(&mut self, row: Row) {
        self.groups[position(row.environment)].counts.add(row.state);
        if row.state == State::Down {
            self.down.push(row);
        } else if self.others.len() < LISTED {
            self.others.push(row);
        }
    }

    /// Puts everything in order once all servers are in.
    pub fn finish(&mut self, past: Vec<Past>) {
        self.down.sort_by_cached_key(|row| {
            let newest = Reverse(row.since);
            (position(row.environment), newest, row.name.folded())
        });
        self.list();
        self.down.truncate(CARDS);
        self.past = past;
    }

    /// Fills the lists: with what is down, and as far as there is room with the others.
    fn list(&mut self) {
        let down = self.down.iter().cloned();
        let others = std::mem::take(&mut self.others);
        for row in down.chain(others).take(LISTED) {
            self.groups[position(row.environment)].rows.push(row);
        }
        for group in &mut self.groups {
            group.rows.sort_by_cached_key(|row| row.name.folded());
        }
    }

    /// Gives every server that has room for one its graph, as it is at `elapsed` of the monotonic clock.
    pub fn draw(&mut self, latencies: &Latencies, elapsed: Duration) {
        let draw = |rows: &mut [Row]| {
            let traces = latencies.of(rows.iter().map(|row| row.id));
            for (row, trace) in rows.iter_mut().zip(traces) {
                row.graph = trace.map(|trace| Box::new(trace.points(elapsed)));
            }
        };
        draw(&mut self.down);
        if self.graphs {
            self.groups
                .iter_mut()
                .for_each(|group| draw(&mut group.rows));
        }
    }

    /// How many servers there are, by state.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.groups
            .iter()
            .fold(Counts::default(), |sum, group| Counts {
                up: sum.up + group.counts.up,
                down: sum.down + group.counts.down,
                pending: sum.pending + group.counts.pending,
                unknown: sum.unknown + group.counts.unknown,
            })
    }

    /// The environments with their servers.
    pub fn environments(&self) -> impl Iterator<Item = (Environment, &Group)> {
        Environment::ALL.into_iter().zip(&self.groups)
    }
}

/// Where an environment stands on the page.
fn position(environment: Environment) -> usize {
    let mut all = Environment::ALL.iter();
    all.position(|other| *other == environment)
        .unwrap_or(Environment::ALL.len() - 1)
}
