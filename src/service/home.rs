//! Everyone's Home: drawn when it is opened or used, and again when something that it shows has changed.
//!
//! What a Home shows travels with it. Only who has looked lately is remembered here, in memory: after a restart a Home
//! is drawn anew when it is next opened.

mod watchers;

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::clock::SharedClock;
use crate::domain::audit::Logged;
use crate::domain::health::State;
use crate::domain::home::{Dashboard, HomeState, Row};
use crate::domain::ids::{ServerId, UserId};
use crate::domain::incident::Incident;
use crate::domain::reply::{Census, Page};
use crate::service::audit::Audit;
use crate::service::base::Base;
use crate::service::commands::Commands;
use crate::service::fleet::Fleet;
use crate::slack::client::SharedSlack;
use crate::slack::error::SendError;
use crate::slack::render::{self, View, Words};
use crate::store::Store;
use watchers::{Canvas, REFRESH_EVERY, Watchers};

/// How many servers a page of Home shows: two blocks each, of the hundred that Slack allows.
pub const PAGE: usize = 15;

/// How many of the last changes are shown.
const CHANGES: usize = 5;

/// How many Homes are refreshed at a time.
const AT_ONCE: usize = 8;

/// What Home shows and who looks.
pub struct Home {
    fleet: Arc<Fleet>,
    store: Store,
    audit: Audit,
    commands: Arc<Commands>,
    slack: SharedSlack,
    clock: SharedClock,
    words: Words,
    watchers: Mutex<Watchers>,
    /// Slack did not take a Home that somebody waits for.
    owed: Notify,
}

impl std::fmt::Debug for Home {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Home")
    }
}

impl Home {
    /// Homes over this fleet; the store knows who took an incident on, the log what was changed last, the
    /// commands who may change things.
    #[must_use]
    pub fn new(base: &Base, commands: Arc<Commands>, slack: SharedSlack, words: Words) -> Self {
        Self {
            fleet: Arc::clone(&base.fleet),
            store: base.store.clone(),
            audit: base.audit.clone(),
            commands,
            slack,
            clock: Arc::clone(&base.clock),
            words,
            watchers: Mutex::default(),
            owed: Notify::new(),
        }
    }

    /// Shows a person this on their Home, and keeps it up to date for a while.
    pub async fn show(&self, user: &UserId, state: HomeState) {
        let canvas = self.watchers().note(user, state, self.clock.elapsed());
        if self.draw(user, &canvas, false).await.is_some() {
            self.owed.notify_one();
        }
    }

    /// Keeps the Homes that are looked at up to date until told to stop.
    pub async fn run(self: Arc<Self>, stop: CancellationToken) {
        let mut changes = self.fleet.changes();
        let following = async {
            loop {
                tokio::select! {
                    changed = changes.changed() => if changed.is_err() { return },
                    () = self.owed.notified() => {}
                }
                while let Some(next) = self.refresh().await {
                    // Whom Slack makes wait longer keeps nobody else's Home as it is.
                    let soon = self.clock.elapsed() + REFRESH_EVERY;
                    self.clock.sleep_until(next.min(soon)).await;
                }
            }
        };
        stop.run_until_cancelled(following).await;
    }

    /// Refreshes every Home that is behind and may be refreshed; tells when to go on with those that may not yet.
    async fn refresh(&self) -> Option<Duration> {
        let now = self.clock.elapsed();
        let changes = *self.fleet.changes().borrow();
        let looking = self.watchers().looking(now);
        let (mut later, mut due) = (Vec::new(), Vec::new());
        for (user, canvas) in looking {
            let at = canvas.lock().await.due(changes);
            match at {
                Some(at) if at > now => later.push(at),
                Some(_) => due.push((user, canvas)),
                None => {}
            }
        }
        let drawing = stream::iter(due)
            .map(|(user, canvas)| async move { self.draw(&user, &canvas, true).await });
        let again: Vec<_> = drawing.buffer_unordered(AT_ONCE).collect().await;
        again.into_iter().flatten().chain(later).min()
    }

    /// Draws a Home; a `refresh` only where it would read differently. Tells when to try again what Slack did not take.
    async fn draw(&self, user: &UserId, canvas: &Canvas, refresh: bool) -> Option<Duration> {
        let mut shown = canvas.lock().await;
        let state = self.watchers().state(user)?;
        let changes = *self.fleet.changes().borrow();
        let board = self.dashboard(user, &state);
        let view = render::home(self.words, &board, self.clock.now());
        let print = print(&view);
        if refresh && shown.is(print) {
            shown.keep(changes);
            return None;
        }
        let published = self.slack.publish_home(user, &view).await;
        let now = self.clock.elapsed();
        match published {
            Ok(()) => {
                shown.took(changes, print, refresh, now);
                None
            }
            Err(SendError::Retry { after, reason, .. }) => {
                tracing::warn!(%user, reason, "Slack did not take a Home; it is drawn again");
                Some(shown.refused(after, now))
            }
            Err(error) => {
                tracing::error!(%user, %error, "a Home cannot be drawn");
                self.watchers().forget(user);
                None
            }
        }
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dashboard(&self, user: &UserId, state: &HomeState) -> Dashboard {
        let now = self.clock.now();
        let mut census = Census::default();
        let (mut down, mut others) = (Vec::new(), Vec::new());
        self.fleet.each_server(|known, _| {
            let (server, health) = (&known.server, &known.health);
            census.add(server.environment, health);
            if !state.filter.takes(server, health, now) || !state.finds(server) {
                return;
            }
            if health.believed == State::Down {
                down.push((health.since, server.id));
            } else {
                others.push(server.id);
            }
        });
        down.sort_unstable();
        let ids: Vec<_> = down.into_iter().map(|(_, id)| id).chain(others).collect();
        let page = Page::cut(ids, state.page, PAGE);
        let rows = Page {
            items: page.items.iter().filter_map(|id| self.row(*id)).collect(),
            number: page.number,
            total: page.total,
            size: page.size,
        };
        Dashboard {
            down: census.down,
            environments: census.environments(),
            state: state.at(rows.number),
            rows,
            channels: self.fleet.channels(),
            settings: self.fleet.settings(),
            changes: self.latest_changes(),
            may_change: self.commands.may_change(user),
        }
    }

    fn latest_changes(&self) -> Vec<Logged> {
        let latest = self.audit.latest(CHANGES);
        latest.unwrap_or_else(|error| {
            tracing::warn!(%error, "the log of changes cannot be read");
            Vec::new()
        })
    }

    fn row(&self, id: ServerId) -> Option<Row> {
        let view = self.fleet.view(id)?;
        let incident = view.health.incident.and_then(|incident| {
            let stored = self.store.get::<Incident>(&incident);
            let stored = stored.inspect_err(|error| {
                tracing::warn!(%incident, %error, "an incident cannot be read");
            });
            stored.ok().flatten().map(|stored| stored.value)
        });
        Some(Row { view, incident })
    }
}

/// Tells two Homes apart without keeping them.
fn print(view: &View) -> u64 {
    let mut hasher = DefaultHasher::new();
    // What cannot be written down is drawn each time.
    serde_json::to_string(view)
        .unwrap_or_default()
        .hash(&mut hasher);
    hasher.finish()
}
