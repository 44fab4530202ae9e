//! How the parts are connected: those that change what is kept, those that look at servers, those that people meet.

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use super::descriptors::Shares;
use super::{App, Listeners, Outside, StartError};
use crate::clock::SharedClock;
use crate::config::{Config, Secret};
use crate::http::api::{self, AdminToken};
use crate::http::slack::SlackRoutes;
use crate::inventory::InventoryClient;
use crate::service::alarms::Alarms;
use crate::service::backup::Backup;
use crate::service::base::Base;
use crate::service::channels::Channels;
use crate::service::commands::{Commands, Parts};
use crate::service::delivery::Delivery;
use crate::service::door::Door;
use crate::service::events::Events;
use crate::service::forms::Forms;
use crate::service::gauges::Gauges;
use crate::service::home::Home;
use crate::service::incidents::Incidents;
use crate::service::intake::Intake;
use crate::service::inventory::Inventory;
use crate::service::latencies::Latencies;
use crate::service::monitor::{Checks, Monitor, SharedProbe};
use crate::service::page::StatusPage;
use crate::service::presses::Presses;
use crate::service::readiness::Watchman;
use crate::service::recorder::Recorder;
use crate::service::screens::Screens;
use crate::service::servers::Servers;
use crate::service::settings::Defaults;
use crate::service::silence::Silence;
use crate::service::socket::SocketMode;
use crate::service::trouble::{Controls, OwnTrouble};
use crate::service::upkeep::Upkeep;
use crate::service::workspace::Workspace;
use crate::slack::client::SharedSlack;
use crate::slack::hosts::HostRule;
use crate::slack::render::Words;
use crate::slack::verify::Verifier;
use crate::store::Options;
use crate::store::collections::TABLES;
use crate::telemetry::metrics::Metrics;

/// What sled may keep in memory, in bytes by its own reckoning. What it takes is more, and where it may keep 4 MB the process
/// is 3 MB larger with 10,000 servers. What a commit has to read, the kernel's cache holds as well.
const CACHE_BYTES: u64 = 1024 * 1024;

/// Whoever changes what is kept, for people, scripts and the inventory alike.
struct Desks {
    channels: Arc<Channels>,
    servers: Arc<Servers>,
    silence: Arc<Silence>,
    defaults: Defaults,
    inventory: Arc<Inventory>,
}

impl Desks {
    fn new(
        base: &Base,
        prober: SharedProbe,
        inventory: Option<InventoryClient>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let servers = Arc::new(Servers::new(base, prober));
        let inventory = Inventory::new(base, inventory, Arc::clone(&servers), metrics);
        Self {
            channels: Arc::new(Channels::new(base)),
            servers,
            silence: Arc::new(Silence::new(base)),
            defaults: Defaults::new(base),
            inventory: Arc::new(inventory),
        }
    }
}

/// Whoever looks at the servers, and at the clock.
struct Lookout {
    monitor: Monitor,
    checks: Checks,
    alarms: Alarms,
}

impl Lookout {
    fn new(
        base: &Base,
        desks: &Desks,
        controls: Arc<dyn Controls>,
        prober: SharedProbe,
        metrics: Arc<Metrics>,
        latencies: Option<Arc<Latencies>>,
        most_probes: usize,
    ) -> Self {
        let trouble = Arc::new(OwnTrouble::new(controls, Arc::clone(&base.clock)));
        let (monitor, checks) = Monitor::new(
            Arc::clone(&base.fleet),
            Arc::new(Recorder::new(base, Arc::clone(&trouble))),
            prober,
            metrics,
            latencies,
            Arc::clone(&base.clock),
            most_probes,
        );
        Self {
            monitor,
            checks,
            alarms: Alarms::new(base, Arc::clone(&desks.silence), trouble),
        }
    }
}

/// What people meet in Slack.
struct Counter {
    commands: Arc<Commands>,
    home: Arc<Home>,
    workspace: Arc<Workspace>,
    delivery: Arc<Delivery>,
    intake: Arc<Intake>,
    tasks: TaskTracker,
}

impl Counter {
    fn new(
        base: &Base,
        desks: &Desks,
        checks: &Checks,
        slack: &SharedSlack,
        hosts: &HostRule,
        config: &Config,
    ) -> Result<Self, StartError> {
        let words = Words::from(config.language);
        let slack = || Arc::clone(slack);
        let clock = || Arc::clone(&base.clock);
        let forms = Arc::new(Forms::new(
            Arc::clone(&base.fleet),
            Arc::clone(&desks.servers),
            checks.clone(),
            slack(),
            clock(),
            words,
        ));
        let delivery = Delivery::new(base, Arc::clone(&desks.channels), slack(), words);
        let delivery = Arc::new(delivery);
        let outward = Outward {
            slack: slack(),
            hosts,
            delivery: &delivery,
        };
        let commands = commands(base, desks, checks, outward, config, &forms);
        let home = Arc::new(Home::new(base, Arc::clone(&commands), slack(), words));
        let presses = Arc::new(Presses::new(
            Arc::clone(&base.fleet),
            Arc::clone(&commands),
            Arc::clone(&forms),
            Arc::clone(&desks.inventory),
        ));
        let screens = Screens::new(
            Arc::clone(&commands),
            Arc::clone(&presses),
            forms,
            Arc::clone(&home),
        );
        let workspace = Arc::new(Workspace::load(base.store.clone(), slack(), clock())?);
        let door = Arc::new(Door::new(base.store.clone(), clock()));
        let events = Events::new(
            Arc::clone(&desks.channels),
            Arc::clone(&workspace),
            Arc::clone(&delivery),
            Arc::clone(&door),
            slack(),
            clock(),
        );
        let tasks = TaskTracker::new();
        let intake = Intake {
            clock: clock(),
            workspace: Arc::clone(&workspace),
            door,
            commands: Arc::clone(&commands),
            presses,
            screens: Arc::new(screens),
            events: Arc::new(events),
            slack: slack(),
            tasks: tasks.clone(),
        };
        Ok(Self {
            commands,
            home,
            workspace,
            delivery,
            intake: Arc::new(intake),
            tasks,
        })
    }
}

/// What commands reach outside, and whether it takes what the bot sends.
struct Outward<'a> {
    slack: SharedSlack,
    hosts: &'a HostRule,
    delivery: &'a Arc<Delivery>,
}

fn commands(
    base: &Base,
    desks: &Desks,
    checks: &Checks,
    outward: Outward<'_>,
    config: &Config,
    forms: &Arc<Forms>,
) -> Arc<Commands> {
    let parts = Parts {
        fleet: Arc::clone(&base.fleet),
        servers: Arc::clone(&desks.servers),
        silence: Arc::clone(&desks.silence),
        defaults: desks.defaults.clone(),
        channels: Arc::clone(&desks.channels),
        checks: checks.clone(),
        forms: Arc::clone(forms),
        slack: outward.slack,
        hosts: outward.hosts.clone(),
        delivery: Arc::clone(outward.delivery),
        audit: base.audit.clone(),
        store: base.store.clone(),
        clock: Arc::clone(&base.clock),
    };
    Arc::new(Commands::new(parts, config.operators.clone()))
}

fn admin_api(
    base: &Base,
    desks: &Desks,
    checks: &Checks,
    slack: SharedSlack,
    hosts: &HostRule,
    config: &Config,
) -> api::Parts {
    let token = config.admin_token.as_ref();
    api::Parts {
        token: token.map(|token| AdminToken::new(token.expose())),
        fleet: Arc::clone(&base.fleet),
        servers: Arc::clone(&desks.servers),
        silence: Arc::clone(&desks.silence),
        channels: Arc::clone(&desks.channels),
        defaults: desks.defaults.clone(),
        checks: checks.clone(),
        incidents: Incidents::new(base.store.clone(), Arc::clone(&base.fleet)),
        inventory: Arc::clone(&desks.inventory),
        backup: Backup::new(base.store.clone(), Arc::clone(&base.clock)),
        slack,
        hosts: hosts.clone(),
        clock: Arc::clone(&base.clock),
    }
}

fn status_page(base: &Base, latencies: Arc<Latencies>) -> Arc<StatusPage> {
    Arc::new(StatusPage::new(
        Arc::clone(&base.fleet),
        Incidents::new(base.store.clone(), Arc::clone(&base.fleet)),
        latencies,
        Arc::clone(&base.clock),
    ))
}

/// Whoever tells how the bot itself is; `socket` where Slack is met over Socket Mode.
fn watching(
    base: &Base,
    counter: &Counter,
    checks: Checks,
    socket: Option<&SocketMode>,
    metrics: Arc<Metrics>,
) -> (Gauges, Watchman) {
    let standing = socket.map(SocketMode::standing);
    let gauges = Gauges::new(
        base.store.clone(),
        Arc::clone(&base.fleet),
        metrics,
        standing.clone(),
        Arc::clone(&base.clock),
    );
    let watchman = Watchman::new(
        base.store.clone(),
        checks,
        Arc::clone(&counter.workspace),
        Arc::clone(&counter.delivery),
        standing,
        Arc::clone(&base.clock),
    );
    (gauges, watchman)
}

impl App {
    /// The same as [`App::build`], with another outside than the real one.
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
        let options = Options {
            dir: config.data_dir.clone(),
            cache_bytes: CACHE_BYTES,
            tables: TABLES,
        };
        let (base, signals) = Base::open::<StartError>(options, Arc::clone(&clock))?;
        let shares = Shares::of_this_process();
        let hosts = HostRule::new(&config.api_url);
        let latencies = config.status_page.then(Arc::<Latencies>::default);
        let desks = Desks::new(&base, Arc::clone(&prober), inventory, Arc::clone(&metrics));
        let Lookout {
            monitor,
            checks,
            alarms,
        } = Lookout::new(
            &base,
            &desks,
            controls,
            prober,
            Arc::clone(&metrics),
            latencies.clone(),
            shares.probes,
        );
        let counter = Counter::new(&base, &desks, &checks, &slack, &hosts, config)?;
        let socket = socket
            .map(|client| SocketMode::new(client, Arc::clone(&counter.intake), Arc::clone(&clock)));
        let secrets = config.signing_secrets.iter().map(Secret::expose);
        let every = config.inventory.as_ref().map(|known| known.every.get());
        Ok(Self {
            api: admin_api(&base, &desks, &checks, slack, &hosts, config),
            watching: watching(&base, &counter, checks, socket.as_ref(), metrics),
            page: latencies.map(|latencies| status_page(&base, latencies)),
            upkeep: Upkeep::new(
                base.store.clone(),
                Arc::clone(&base.fleet),
                Arc::clone(&clock),
            ),
            routes: SlackRoutes {
                verifier: Arc::new(Verifier::new(secrets)),
                hosts,
                clock: Arc::clone(&clock),
                intake: counter.intake,
            },
            inventory: every.map(|every| (desks.inventory, every)),
            channels: desks.channels,
            commands: counter.commands,
            home: counter.home,
            workspace: counter.workspace,
            delivery: counter.delivery,
            tasks: counter.tasks,
            monitor,
            alarms,
            socket,
            store: base.store,
            fleet: base.fleet,
            signals,
            renewal: None,
            listeners: listeners.into(),
            connections: shares.connections,
            clock,
        })
    }
}
