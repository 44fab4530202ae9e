//! How things stand, for whoever watches the watcher: read when it is asked for, nothing is kept for it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::sync::watch;

use crate::clock::SharedClock;
use crate::domain::health::State;
use crate::domain::ids::ServerId;
use crate::domain::server::Environment;
use crate::service::fleet::Fleet;
use crate::service::socket::Standing;
use crate::store::collections::{OutboxEntry, OutboxKey};
use crate::store::{Store, StoreError};
use crate::telemetry::exposition::{Exposition, Kind};
use crate::telemetry::metrics::Metrics;
use crate::telemetry::process;

/// How many servers or messages are looked at before others may change something again.
const PAGE: usize = 1_000;

/// Everything that there is to be measured.
#[derive(Debug, Clone)]
pub struct Gauges {
    store: Store,
    fleet: Arc<Fleet>,
    metrics: Arc<Metrics>,
    socket: Option<watch::Receiver<Standing>>,
    clock: SharedClock,
}

impl Gauges {
    /// Over these parts; `socket` where Slack is met over Socket Mode.
    #[must_use]
    pub const fn new(
        store: Store,
        fleet: Arc<Fleet>,
        metrics: Arc<Metrics>,
        socket: Option<watch::Receiver<Standing>>,
        clock: SharedClock,
    ) -> Self {
        Self {
            store,
            fleet,
            metrics,
            socket,
            clock,
        }
    }

    /// All of it, as Prometheus reads it. Blocks. What the store does not tell is left out.
    #[must_use]
    pub fn exposition(&self) -> String {
        let mut to = Exposition::default();
        to.family(
            "healthbot_build_info",
            Kind::Gauge,
            "Which healthbot this is.",
        );
        let version = env!("CARGO_PKG_VERSION");
        to.sample("healthbot_build_info", &[("version", version)], 1);
        self.metrics.write(&mut to);
        self.servers(&mut to);
        self.channels(&mut to);
        if let Some(standing) = &self.socket {
            let connected = u8::from(standing.borrow().is_connected());
            let help = "Whether Slack reaches the bot over Socket Mode (1) or not (0).";
            to.single("healthbot_socket_connected", Kind::Gauge, help, connected);
        }
        if let Err(error) = self.stored(&mut to) {
            tracing::warn!(%error, "the store does not tell how it stands");
        }
        process::write(&mut to);
        to.into_text()
    }

    fn servers(&self, to: &mut Exposition) {
        let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for environment in Environment::ALL {
            counts.extend(State::ALL.map(|state| ((state.as_str(), environment.as_str()), 0)));
        }
        to.family(
            "healthbot_server_up",
            Kind::Gauge,
            "Whether the server is up (1) or down (0); servers that are pending or unknown are left out.",
        );
        let mut after = None;
        loop {
            let last = self.page(after, |name, environment, state| {
                *counts
                    .entry((state.as_str(), environment.as_str()))
                    .or_default() += 1;
                let labels = [("server", name), ("environment", environment.as_str())];
                match state {
                    State::Up => to.sample("healthbot_server_up", &labels, 1),
                    State::Down => to.sample("healthbot_server_up", &labels, 0),
                    State::Pending | State::Unknown => {}
                }
            });
            after = last;
            if after.is_none() {
                break;
            }
        }
        to.family(
            "healthbot_servers",
            Kind::Gauge,
            "Servers, by what is believed of them and by environment.",
        );
        for ((state, environment), count) in counts {
            let labels = [("state", state), ("environment", environment)];
            to.sample("healthbot_servers", &labels, count);
        }
        let open = self.fleet.open_incidents().len();
        let help = "Incidents that go on.";
        to.single("healthbot_incidents_open", Kind::Gauge, help, open);
    }

    /// Visits some servers; gives the last of them where there may be more.
    fn page(
        &self,
        after: Option<ServerId>,
        mut visit: impl FnMut(&str, Environment, State),
    ) -> Option<ServerId> {
        let mut seen = 0;
        let mut last = None;
        self.fleet.servers_after(after, |known, _| {
            let server = &known.server;
            visit(
                server.host_name.as_str(),
                server.environment,
                known.health.state(),
            );
            last = Some(server.id);
            seen += 1;
            if seen < PAGE {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(())
            }
        });
        last.filter(|_| seen == PAGE)
    }

    fn channels(&self, to: &mut Exposition) {
        let channels = self.fleet.channels();
        let failing = channels.iter().filter(|channel| channel.failing.is_some());
        let help = "Channels that are told.";
        to.single("healthbot_channels", Kind::Gauge, help, channels.len());
        let help = "Channels that nothing reaches.";
        to.single(
            "healthbot_channels_failing",
            Kind::Gauge,
            help,
            failing.count(),
        );
    }

    fn stored(&self, to: &mut Exposition) -> Result<(), StoreError> {
        let (entries, oldest) = self.outbox()?;
        let help = "Messages that Slack has not accepted yet.";
        to.single("healthbot_outbox_entries", Kind::Gauge, help, entries);
        let help = "How long the oldest of these messages has been owed; 0 where there is none.";
        to.single("healthbot_outbox_oldest_seconds", Kind::Gauge, help, oldest);
        let sizes = self.store.sizes()?;
        let help = "Records in the store.";
        to.single("healthbot_store_records", Kind::Gauge, help, sizes.records);
        let help = "Bytes that the store takes on disk.";
        to.single("healthbot_store_bytes", Kind::Gauge, help, sizes.disk_bytes);
        let help = "The last commit that is on disk.";
        let revision = sizes.revision.get();
        to.single("healthbot_store_revision", Kind::Gauge, help, revision);
        Ok(())
    }

    /// How many messages are owed, and for how many seconds the oldest has been.
    fn outbox(&self) -> Result<(usize, f64), StoreError> {
        let now = self.clock.now();
        let mut entries = 0;
        let mut oldest = now;
        let mut after: Option<OutboxKey> = None;
        loop {
            let page = self.store.scan::<OutboxEntry>(&[], after.as_ref(), PAGE)?;
            let more = page.len() == PAGE;
            for (key, entry) in page {
                entries += 1;
                oldest = oldest.min(entry.value.owed_since);
                after = Some(key);
            }
            if !more {
                break;
            }
        }
        let age = now.signed_duration_since(oldest).to_std();
        Ok((entries, age.unwrap_or_default().as_secs_f64()))
    }
}
