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

pub use outside::Outside;
pub use renewal::Renewal;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::config::{Config, Secret};
use crate::domain::ids::IdSource;
use crate::http::api::{self, AdminToken};
use crate::http::slack::SlackRoutes;
use crate::lifecycle::STOP_WITHIN;
use crate::probe::TrustError;
use crate::service::alarms::{self, Alarms};
use crate::service::audit::Audit;
use crate::service::backup::Backup;
use crate::service::channels::Channels;
use crate::service::commands::{Commands, Parts};
use crate::service::delivery::Delivery;
use crate::service::door::Door;
use crate::service::events::Events;
use crate::service::fleet::{Fleet, Signals};
use crate::service::forms::Forms;
use crate::service::gauges::Gauges;
use crate::service::home::Home;
use crate::service::incidents::Incidents;
use crate::service::intake::Intake;
use crate::service::inventory::Inventory;
use crate::service::latencies::Latencies;
use crate::service::monitor::Monitor;
use crate::service::owing::Owing;
use crate::service::page::StatusPage;
use crate::service::presses::Presses;
use crate::service::readiness::Watchman;
use crate::service::recorder::Recorder;
use crate::service::screens::Screens;
use crate::service::servers::Servers;
use crate::service::settings::Defaults;
use crate::service::silence::Silence;
use crate::service::socket::SocketMode;
use crate::service::trouble::OwnTrouble;
use crate::service::upkeep::Upkeep;
use crate::service::workspace::Workspace;
use crate::slack::render::Words;
use crate::slack::verify::Verifier;
use crate::slack::webhook::HostRule;
use crate::store::collections::TABLES;
use crate::store::{OpenError, Options, Store, StoreError};
use crate::{http, lifecycle};
use descriptors::Shares;

/// What sled may keep in memory, in bytes by its own reckoning. What it takes is more: 44 MB where it may keep 16, 30 where
/// it may keep 4, and 28 where it may keep 1. What a commit has to read, the kernel's cache holds as well.
const CACHE_BYTES: u64 = 4 * 1024 * 1024;

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
    /// The certificate authorities.
    #[error("HEALTHBOT_CA_FILE: {0}")]
    Trust(#[from] TrustError),
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

    /// The same, with another outside than the real one.
    ///
    /// # Errors
    /// A [`StartError`] that says what to do.
    pub fn build_with(
        config: &Config,
        listeners: impl Into<Listeners>,
        clock: SharedClock,
        outside: Outside,
    ) -> Result<Self, StartError> {
        let Outside {
            slack,
            socket,
            prober,
            controls,
            inventory,
            metrics,
        } = outside;
        let words = Words::from(config.language);
        let shares = Shares::of_this_process();
        let (fleet, signals) = Fleet::new();
        let observer = Arc::clone(&fleet);
        let options = Options {
            dir: config.data_dir.clone(),
            cache_bytes: CACHE_BYTES,
            tables: TABLES,
        };
        let store = Store::open(options, move |changes| observer.apply(changes))?;
        let ids = Arc::new(IdSource::resuming(clock.now()));
        fleet.load(&store, &ids)?;

        let owing = Owing::new(store.clone(), Arc::clone(&fleet), Arc::clone(&ids));
        let audit = Audit::new(store.clone(), Arc::clone(&ids));
        let channels = Arc::new(Channels::new(
            store.clone(),
            Arc::clone(&fleet),
            owing.clone(),
            audit.clone(),
            Arc::clone(&ids),
            Arc::clone(&clock),
        ));
        let servers = Arc::new(Servers::new(
            store.clone(),
            Arc::clone(&fleet),
            owing.clone(),
            audit.clone(),
            ids,
            Arc::clone(&clock),
            Arc::clone(&prober),
        ));
        let trouble = Arc::new(OwnTrouble::new(controls, Arc::clone(&clock)));
        let recorder = Arc::new(Recorder::new(
            store.clone(),
            Arc::clone(&fleet),
            owing.clone(),
            Arc::clone(&trouble),
            Arc::clone(&clock),
        ));
        let silence = Arc::new(Silence::new(
            store.clone(),
            Arc::clone(&fleet),
            owing.clone(),
            audit.clone(),
            Arc::clone(&clock),
        ));
        let alarms = Alarms::new(
            store.clone(),
            Arc::clone(&fleet),
            owing.clone(),
            Arc::clone(&silence),
            trouble,
            Arc::clone(&clock),
        );
        let latencies = Arc::new(Latencies::default());
        let (monitor, checks) = Monitor::new(
            Arc::clone(&fleet),
            recorder,
            prober,
            Arc::clone(&metrics),
            Arc::clone(&latencies),
            Arc::clone(&clock),
            shares.probes,
        );
        let inventory = Arc::new(Inventory::new(
            inventory,
            Arc::clone(&servers),
            Arc::clone(&fleet),
            store.clone(),
            owing.clone(),
            Arc::clone(&clock),
            Arc::clone(&metrics),
        ));
        let delivery = Arc::new(Delivery::new(
            store.clone(),
            Arc::clone(&fleet),
            Arc::clone(&channels),
            owing,
            Arc::clone(&slack),
            Arc::clone(&clock),
            words,
        ));
        let hosts = HostRule::new(&config.api_url);
        let defaults = Defaults::new(
            store.clone(),
            Arc::clone(&fleet),
            audit.clone(),
            Arc::clone(&clock),
        );
        let api = api::Parts {
            token: config
                .admin_token
                .as_ref()
                .map(|token| AdminToken::new(token.expose())),
            fleet: Arc::clone(&fleet),
            servers: Arc::clone(&servers),
            silence: Arc::clone(&silence),
            channels: Arc::clone(&channels),
            defaults: defaults.clone(),
            checks: checks.clone(),
            incidents: Incidents::new(store.clone(), Arc::clone(&fleet)),
            inventory: Arc::clone(&inventory),
            backup: Backup::new(store.clone(), Arc::clone(&clock)),
            slack: Arc::clone(&slack),
            hosts: hosts.clone(),
            clock: Arc::clone(&clock),
        };
        let forms = Arc::new(Forms::new(
            Arc::clone(&fleet),
            Arc::clone(&servers),
            checks.clone(),
            Arc::clone(&slack),
            Arc::clone(&clock),
            words,
        ));
        let page = StatusPage::new(
            Arc::clone(&fleet),
            Incidents::new(store.clone(), Arc::clone(&fleet)),
            latencies,
            Arc::clone(&clock),
        );
        let (watched, gauged) = (checks.clone(), Arc::clone(&fleet));
        let parts = Parts {
            fleet: Arc::clone(&fleet),
            servers,
            silence,
            defaults,
            channels: Arc::clone(&channels),
            checks,
            forms: Arc::clone(&forms),
            slack: Arc::clone(&slack),
            hosts: HostRule::new(&config.api_url),
            audit: audit.clone(),
            store: store.clone(),
            clock: Arc::clone(&clock),
        };
        let commands = Arc::new(Commands::new(parts, config.operators.clone()));
        let home = Arc::new(Home::new(
            Arc::clone(&fleet),
            store.clone(),
            audit.clone(),
            Arc::clone(&commands),
            Arc::clone(&slack),
            Arc::clone(&clock),
            words,
        ));
        let presses = Arc::new(Presses::new(
            Arc::clone(&fleet),
            Arc::clone(&commands),
            Arc::clone(&forms),
            Arc::clone(&inventory),
        ));
        let screens = Arc::new(Screens::new(
            Arc::clone(&commands),
            Arc::clone(&presses),
            forms,
            Arc::clone(&home),
        ));
        let workspace = Arc::new(Workspace::load(
            store.clone(),
            Arc::clone(&slack),
            Arc::clone(&clock),
        )?);
        let tasks = TaskTracker::new();
        let door = Arc::new(Door::new(store.clone(), Arc::clone(&clock)));
        let events = Events::new(
            Arc::clone(&channels),
            Arc::clone(&workspace),
            Arc::clone(&delivery),
            Arc::clone(&door),
            Arc::clone(&slack),
            Arc::clone(&clock),
        );
        let intake = Arc::new(Intake {
            clock: Arc::clone(&clock),
            workspace: Arc::clone(&workspace),
            door,
            commands: Arc::clone(&commands),
            presses,
            screens,
            events: Arc::new(events),
            slack,
            tasks: tasks.clone(),
        });
        let socket =
            socket.map(|client| SocketMode::new(client, Arc::clone(&intake), Arc::clone(&clock)));
        let standing = socket.as_ref().map(SocketMode::standing);
        let watchman = Watchman::new(
            store.clone(),
            watched,
            Arc::clone(&workspace),
            Arc::clone(&delivery),
            standing.clone(),
            Arc::clone(&clock),
        );
        let gauges = Gauges::new(store.clone(), gauged, metrics, standing, Arc::clone(&clock));
        let routes = SlackRoutes {
            verifier: Arc::new(Verifier::new(
                config.signing_secrets.iter().map(Secret::expose),
            )),
            hosts,
            clock: Arc::clone(&clock),
            intake,
        };
        let upkeep = Upkeep::new(store.clone(), Arc::clone(&fleet), Arc::clone(&clock));
        let schedule = config
            .inventory
            .as_ref()
            .map(|inventory| inventory.every.get());
        Ok(Self {
            store,
            fleet,
            channels,
            signals,
            monitor,
            delivery,
            home,
            alarms,
            inventory: schedule.map(|every| (inventory, every)),
            upkeep,
            commands,
            workspace,
            socket,
            routes,
            api,
            watching: (gauges, watchman),
            page: config.status_page.then(|| Arc::new(page)),
            listeners: listeners.into(),
            connections: shares.connections,
            clock,
            tasks,
        })
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
        if let Some((inventory, every)) = inventory {
            let fetch = move || {
                let inventory = Arc::clone(&inventory);
                async move { inventory.tick().await }
            };
            parts.spawn(lifecycle::every(
                Arc::clone(&clock),
                every,
                stop.clone(),
                fetch,
            ));
        }
        parts.spawn(lifecycle::every(
            Arc::clone(&clock),
            alarms::EVERY,
            stop.clone(),
            move || alarms.clone().tick(),
        ));
        parts.spawn(lifecycle::every(
            Arc::clone(&clock),
            UPKEEP_EVERY,
            stop.clone(),
            move || upkeep.clone().tick(),
        ));
        for (listener, router) in doors {
            let clock = Arc::clone(&clock);
            let most = self.connections;
            parts.spawn(http::serve::serve(
                listener,
                router,
                most,
                clock,
                stop.clone(),
            ));
        }

        stop.cancelled().await;
        tracing::info!("stopping");
        parts.close();
        self.tasks.close();
        let tasks = self.tasks;
        let stopped = async {
            parts.wait().await;
            tasks.wait().await;
            store.close().await;
        };
        if tokio::time::timeout(STOP_WITHIN, stopped).await.is_err() {
            tracing::warn!("something hangs; what it was doing is done again after the next start");
        }
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
