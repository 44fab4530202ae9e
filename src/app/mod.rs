//! The one place that sees everything: the parts are made here, connected, run and stopped.

pub mod demo;
mod descriptors;
pub mod doctor;
pub mod healthcheck;
pub mod manual;
mod outside;
mod renewal;
pub mod switch;
pub mod transfer;
mod wiring;

pub use outside::Outside;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::signal::unix::Signal;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::config::Config;
use crate::http::api::{self};
use crate::http::slack::SlackRoutes;
use crate::lifecycle::STOP_WITHIN;
use crate::service::alarms::{self, Alarms};
use crate::service::channels::Channels;
use crate::service::commands::Commands;
use crate::service::delivery::Delivery;
use crate::service::fleet::{Fleet, Signals};
use crate::service::gauges::Gauges;
use crate::service::home::Home;
use crate::service::inventory::Inventory;
use crate::service::monitor::Monitor;
use crate::service::page::StatusPage;
use crate::service::readiness::Watchman;
use crate::service::socket::SocketMode;
use crate::service::upkeep::Upkeep;
use crate::service::workspace::Workspace;
use crate::store::{OpenError, Store, StoreError};
use crate::{http, lifecycle};
use renewal::Renewal;

/// Between two rounds of upkeep.
const UPKEEP_EVERY: Duration = Duration::from_secs(600);

/// Why the bot cannot start. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// A record in it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The client for calls to Slack.
    #[error("the client for Slack cannot be made; is HTTPS_PROXY right?")]
    Client,
    /// The listener.
    #[error("the listener has no address: {0}")]
    Listener(std::io::Error),
}

/// The loops of the bot without their waiting, for whoever turns them by hand and decides what time it is.
#[derive(Debug)]
pub struct ByHand {
    /// What is known.
    pub fleet: Arc<Fleet>,
    /// What changed for the two loops below.
    pub signals: Signals,
    /// Probes what is due: [`Monitor::turn`].
    pub monitor: Monitor,
    /// Sends what is owed: [`Delivery::step`].
    pub delivery: Arc<Delivery>,
    /// Does what comes due by itself: [`Alarms::tick`].
    pub alarms: Alarms,
    /// Carries out what people ask for.
    pub commands: Arc<Commands>,
    /// Subscribes channels.
    pub channels: Arc<Channels>,
    /// Where everything is kept.
    pub store: Store,
}

/// The bot, ready to run.
pub struct App {
    store: Store,
    fleet: Arc<Fleet>,
    channels: Arc<Channels>,
    signals: Signals,
    monitor: Monitor,
    delivery: Arc<Delivery>,
    home: Arc<Home>,
    alarms: Alarms,
    inventory: Option<(Arc<Inventory>, Duration)>,
    upkeep: Upkeep,
    commands: Arc<Commands>,
    workspace: Arc<Workspace>,
    socket: Option<SocketMode>,
    routes: SlackRoutes,
    api: api::Parts,
    watching: (Gauges, Watchman),
    page: Option<Arc<StatusPage>>,
    renewal: Option<(Renewal, Signal)>,
    listeners: Listeners,
    /// How many connections each listener takes at a time.
    connections: usize,
    clock: SharedClock,
    tasks: TaskTracker,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("App")
    }
}

/// Where the bot is reached.
#[derive(Debug)]
pub struct Listeners {
    /// Slack's routes, and the rest unless there is another for it.
    pub slack: TcpListener,
    /// The admin API and whatever else is not for Slack.
    pub admin: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(slack: TcpListener) -> Self {
        Self { slack, admin: None }
    }
}

impl Listeners {
    fn addresses(&self) -> Result<Vec<SocketAddr>, StartError> {
        let all = std::iter::once(&self.slack).chain(&self.admin);
        all.map(TcpListener::local_addr)
            .collect::<Result<_, _>>()
            .map_err(StartError::Listener)
    }
}

impl App {
    /// Opens the store and connects the parts. Nothing runs yet, and Slack has not been asked anything.
    ///
    /// # Errors
    /// A [`StartError`] that says what to do.
    pub fn build(
        config: &Config,
        listeners: impl Into<Listeners>,
        clock: SharedClock,
    ) -> Result<Self, StartError> {
        let listeners = listeners.into();
        let outside = Outside::real(config, listeners.addresses()?, &clock)?;
        Self::build_with(config, listeners, clock, outside)
    }

    /// The bot taken apart, to be turned by hand: nothing runs by itself, and nothing is listened to.
    #[must_use]
    pub fn by_hand(self) -> ByHand {
        ByHand {
            fleet: self.fleet,
            signals: self.signals,
            monitor: self.monitor,
            delivery: self.delivery,
            alarms: self.alarms,
            commands: self.commands,
            channels: self.channels,
            store: self.store,
        }
    }

    /// Runs until told to stop, then stops within [`STOP_WITHIN`], whatever hangs: no more probes, what is being sent
    /// is finished, the store is closed.
    ///
    /// Boxed, so that the whole bot is compiled once, with the library, and not again in every crate that runs it.
    pub fn run(self, stop: CancellationToken) -> BoxFuture<'static, ()> {
        Box::pin(self.run_parts(stop))
    }

    async fn run_parts(self, stop: CancellationToken) {
        let Self {
            store,
            signals,
            monitor,
            delivery,
            home,
            alarms,
            inventory,
            upkeep,
            workspace,
            socket,
            routes,
            api,
            watching: (gauges, watchman),
            page,
            renewal,
            listeners,
            ..
        } = self;
        let clock = self.clock;
        let rest = http::api::router(api).merge(http::watch::router(gauges, watchman));
        let rest = match page {
            Some(page) => rest.merge(http::page::router(http::page::Parts {
                page,
                clock: Arc::clone(&clock),
                tasks: self.tasks.clone(),
                stop: stop.clone(),
            })),
            None => rest,
        };
        let doors = doors(listeners, http::slack::router(routes), rest);
        let parts = TaskTracker::new();
        parts.spawn(monitor.run(signals.servers, stop.clone()));
        parts.spawn(delivery.run(signals.lanes, stop.clone()));
        parts.spawn(home.run(stop.clone()));
        parts.spawn(workspace.run(stop.clone()));
        if let Some(socket) = socket {
            parts.spawn(socket.run(stop.clone()));
        }
        if let Some((renewal, hangups)) = renewal {
            parts.spawn(renewal.run(hangups, stop.clone()));
        }
        let rounds = Rounds {
            parts: &parts,
            clock: &clock,
            stop: &stop,
        };
        if let Some((inventory, every)) = inventory {
            let (waiting, stop) = (Arc::clone(&inventory), stop.clone());
            parts.spawn(async move {
                stop.cancelled().await;
                waiting.stop();
            });
            rounds.every(every, move || {
                let inventory = Arc::clone(&inventory);
                async move { inventory.tick().await }
            });
        }
        rounds.every(alarms::EVERY, move || alarms.clone().tick());
        rounds.every(UPKEEP_EVERY, move || upkeep.clone().tick());
        for (listener, router) in doors {
            let (clock, most) = (Arc::clone(&clock), self.connections);
            parts.spawn(http::serve::serve(
                listener,
                router,
                most,
                clock,
                stop.clone(),
            ));
        }

        stop.cancelled().await;
        end(parts, self.tasks, store).await;
    }
}

/// What is done again and again.
struct Rounds<'a> {
    parts: &'a TaskTracker,
    clock: &'a SharedClock,
    stop: &'a CancellationToken,
}

impl Rounds<'_> {
    fn every<F>(&self, interval: Duration, tick: impl Fn() -> F + Send + Sync + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (clock, stop) = (Arc::clone(self.clock), self.stop.clone());
        self.parts
            .spawn(lifecycle::every(clock, interval, stop, tick));
    }
}

/// Waits for what has been told to stop, and closes the store.
async fn end(parts: TaskTracker, tasks: TaskTracker, store: Store) {
    tracing::info!("stopping");
    parts.close();
    tasks.close();
    let stopped = async {
        parts.wait().await;
        tasks.wait().await;
        store.close().await;
    };
    if tokio::time::timeout(STOP_WITHIN, stopped).await.is_err() {
        tracing::warn!("something hangs; what it was doing is done again after the next start");
    }
}

/// What is reached where. That the process lives is told everywhere.
fn doors(listeners: Listeners, slack: Router, rest: Router) -> Vec<(TcpListener, Router)> {
    let slack = slack.merge(http::liveness());
    match listeners.admin {
        Some(admin) => vec![
            (listeners.slack, slack),
            (admin, rest.merge(http::liveness())),
        ],
        None => vec![(listeners.slack, slack.merge(rest))],
    }
}
