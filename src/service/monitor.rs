//! The probe loop: what is due is probed, no server twice at a time, and a change takes effect at once.
//!
//! The loop itself does no I/O. Each probe is a task of its own that also writes its outcome down, so a server waits
//! for the disk only with its own next probe, and nobody else's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::clock::SharedClock;
use crate::domain::forbidden::Forbidden;
use crate::domain::health::{CONFIRM_EVERY, HELD_EVERY, Pace};
use crate::domain::ids::ServerId;
use crate::domain::outcome::Outcome;
use crate::domain::schedule::{Agenda, first_due, next_due};
use crate::domain::server::Server;
use crate::domain::settings::{Policy, Timeout};
use crate::domain::target::{Check, Target};
use crate::service::fleet::{Fleet, Touched};
use crate::service::latencies::Latencies;
use crate::service::recorder::Recorder;
use crate::telemetry::metrics::Metrics;

/// Whoever looks at a target. The simulation stands scripted servers behind it.
pub trait Probe: Send + Sync + 'static {
    /// Checks the target once, within the timeout.
    fn probe<'a>(
        &'a self,
        target: &'a Target,
        check: Check,
        timeout: Timeout,
    ) -> BoxFuture<'a, Outcome>;

    /// Why this target must not be probed, where its address says so by itself.
    fn refuses(&self, target: &Target) -> Option<Forbidden>;
}

/// A prober that is handed around.
pub type SharedProbe = Arc<dyn Probe>;

/// What the loop is told by others.
#[derive(Debug)]
enum Request {
    Check {
        server: ServerId,
        answer: oneshot::Sender<Outcome>,
    },
    Turn {
        answer: oneshot::Sender<()>,
    },
    Done(Finished),
}

/// A probe has run and its outcome is written down.
#[derive(Debug)]
struct Finished {
    server: ServerId,
    ticket: u64,
    pace: Option<Pace>,
    outcome: Outcome,
}

/// Asks the loop for a probe out of turn.
#[derive(Debug, Clone)]
pub struct Checks {
    requests: mpsc::UnboundedSender<Request>,
}

impl Checks {
    /// Probes the server now, or waits for the probe that is running; the outcome is written down as any other. None
    /// where the server is gone or the loop has ended.
    pub async fn check(&self, server: ServerId) -> Option<Outcome> {
        let (answer, outcome) = oneshot::channel();
        self.requests.send(Request::Check { server, answer }).ok()?;
        outcome.await.ok()
    }

    /// Completes once the loop has turned; false where it has ended.
    pub async fn turn(&self) -> bool {
        let (answer, turned) = oneshot::channel();
        self.requests.send(Request::Turn { answer }).is_ok() && turned.await.is_ok()
    }
}

/// What the loop knows of one server.
#[derive(Debug)]
struct Slot {
    server: Arc<Server>,
    policy: Policy,
    /// The agenda's entry that counts; others are stale.
    ticket: u64,
    running: bool,
}

/// The loop and all that it needs.
pub struct Monitor {
    fleet: Arc<Fleet>,
    recorder: Arc<Recorder>,
    prober: SharedProbe,
    metrics: Arc<Metrics>,
    /// None where nobody looks at them.
    latencies: Option<Arc<Latencies>>,
    clock: SharedClock,
    requests: mpsc::UnboundedReceiver<Request>,
    sender: mpsc::UnboundedSender<Request>,
    slots: HashMap<ServerId, Slot>,
    /// Who waits for a server's running probe.
    waiting: HashMap<ServerId, Vec<oneshot::Sender<Outcome>>>,
    agenda: Agenda,
    last_ticket: u64,
    running: usize,
    most_running: usize,
    tasks: TaskTracker,
}

impl std::fmt::Debug for Monitor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Monitor")
            .field("running", &self.running)
            .finish_non_exhaustive()
    }
}

impl Monitor {
    /// A loop that has at most `most_running` probes in flight, and the handle to ask it.
    #[must_use]
    pub fn new(
        fleet: Arc<Fleet>,
        recorder: Arc<Recorder>,
        prober: SharedProbe,
        metrics: Arc<Metrics>,
        latencies: Option<Arc<Latencies>>,
        clock: SharedClock,
        most_running: usize,
    ) -> (Self, Checks) {
        let (sender, requests) = mpsc::unbounded_channel();
        let checks = Checks {
            requests: sender.clone(),
        };
        let monitor = Self {
            fleet,
            recorder,
            prober,
            metrics,
            latencies,
            clock,
            requests,
            sender,
            slots: HashMap::new(),
            waiting: HashMap::new(),
            agenda: Agenda::default(),
            last_ticket: 0,
            running: 0,
            most_running,
            tasks: TaskTracker::new(),
        };
        (monitor, checks)
    }

    /// Runs until told to stop; probes in flight are dropped then, which says nothing about their servers.
    pub async fn run(
        mut self,
        mut touched: mpsc::UnboundedReceiver<Touched>,
        stop: CancellationToken,
    ) {
        loop {
            let next = self.turn(&mut touched, &stop);
            let clock = Arc::clone(&self.clock);
            let due = async move {
                match next {
                    Some(at) => clock.sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Some(request) = self.requests.recv() => self.serve(request, &stop),
                Some(touched) = touched.recv() => self.take_over(touched),
                () = due => {}
            }
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// One turn of the loop without its waiting: serves what was asked, takes over what changed, starts what is due.
    /// Tells when the next probe is due, where anything is and there is room for it.
    pub fn turn(
        &mut self,
        touched: &mut mpsc::UnboundedReceiver<Touched>,
        stop: &CancellationToken,
    ) -> Option<Duration> {
        while let Ok(request) = self.requests.try_recv() {
            self.serve(request, stop);
        }
        while let Ok(touched) = touched.try_recv() {
            self.take_over(touched);
        }
        self.start_due(stop)
    }

    /// How many probes are in flight, those included whose outcome is being written down.
    #[must_use]
    pub const fn in_flight(&self) -> usize {
        self.running
    }

    /// Starts every probe that is due and has room; tells when the next one will be.
    fn start_due(&mut self, stop: &CancellationToken) -> Option<Duration> {
        while self.running < self.most_running {
            let now = self.clock.elapsed();
            let Some((server, ticket, due)) = self.agenda.pop_due(now) else {
                return self.agenda.next();
            };
            if self
                .slots
                .get(&server)
                .is_some_and(|slot| slot.ticket == ticket)
            {
                self.metrics.started_late(now.saturating_sub(due));
                self.start(server, stop);
            }
        }
        None
    }

    fn start(&mut self, id: ServerId, stop: &CancellationToken) {
        let ticket = self.next_ticket();
        let Some(slot) = self.slots.get_mut(&id) else {
            return;
        };
        slot.running = true;
        slot.ticket = ticket;
        self.running += 1;
        let (server, timeout) = (Arc::clone(&slot.server), slot.policy.timeout);
        let (prober, recorder) = (Arc::clone(&self.prober), Arc::clone(&self.recorder));
        let (metrics, clock) = (Arc::clone(&self.metrics), Arc::clone(&self.clock));
        let (done, stop) = (self.sender.clone(), stop.clone());
        self.tasks.spawn(async move {
            let begun = clock.elapsed();
            let probe = prober.probe(&server.target, server.check(), timeout);
            let Some(outcome) = stop.run_until_cancelled(probe).await else {
                return;
            };
            let took = clock.elapsed().saturating_sub(begun);
            let (pace, outcome) = match recorder.record(&server, outcome.clone()).await {
                Some((pace, judged)) => (Some(pace), judged),
                None => (None, outcome),
            };
            metrics.probed(&outcome.verdict, took);
            // The loop has ended where nobody receives: then nothing is scheduled any more.
            let _ = done.send(Request::Done(Finished {
                server: id,
                ticket,
                pace,
                outcome,
            }));
        });
    }

    fn serve(&mut self, request: Request, stop: &CancellationToken) {
        match request {
            Request::Check { server, answer } => {
                self.catch_up(server);
                let Some(slot) = self.slots.get(&server) else {
                    return;
                };
                self.waiting.entry(server).or_default().push(answer);
                if !slot.running {
                    self.start(server, stop);
                }
            }
            Request::Turn { answer } => {
                // Whoever asked may have gone.
                let _ = answer.send(());
            }
            Request::Done(finished) => {
                self.running -= 1;
                self.finish(finished, stop);
            }
        }
    }

    fn finish(&mut self, finished: Finished, stop: &CancellationToken) {
        let Finished {
            server: id,
            ticket,
            pace,
            outcome,
        } = finished;
        let Some(slot) = self.slots.get_mut(&id) else {
            return;
        };
        slot.running = false;
        let now = self.clock.elapsed();
        let Some(pace) = pace.filter(|_| slot.ticket == ticket) else {
            // Its address changed while it was probed: the outcome was of the old one, so those who wait wait on.
            if self.waiting.contains_key(&id) {
                self.start(id, stop)
            } else {
                self.schedule(id, now)
            }
            return;
        };
        if let Some(latencies) = &self.latencies {
            latencies.note(id, now, &outcome.verdict);
        }
        let interval = slot.policy.interval.get();
        let due = match pace {
            Pace::Confirm => now + CONFIRM_EVERY,
            Pace::Held => next_due(id, interval.min(HELD_EVERY), now),
            Pace::Regular => next_due(id, interval, now),
        };
        for waiting in self.waiting.remove(&id).into_iter().flatten() {
            // Whoever asked may have gone.
            let _ = waiting.send(outcome.clone());
        }
        self.schedule(id, due);
    }

    fn schedule(&mut self, id: ServerId, due: Duration) {
        let ticket = self.next_ticket();
        if let Some(slot) = self.slots.get_mut(&id) {
            slot.ticket = ticket;
            self.agenda.insert(due, id, ticket);
        }
    }

    fn next_ticket(&mut self) -> u64 {
        self.last_ticket += 1;
        self.last_ticket
    }

    fn take_over(&mut self, touched: Touched) {
        match touched {
            Touched::Server(id) => self.catch_up(id),
            Touched::Settings => {
                let mut all = Vec::with_capacity(self.fleet.servers());
                self.fleet.each_server(|known, _| all.push(known.server.id));
                self.slots
                    .reserve(all.len().saturating_sub(self.slots.len()));
                for id in all {
                    self.catch_up(id);
                }
            }
            Touched::Lane(_) => {}
        }
    }

    /// Brings one slot up to what the fleet says.
    fn catch_up(&mut self, id: ServerId) {
        let Some(known) = self.fleet.server(id) else {
            // Those who wait for its outcome are told by the closed channel.
            self.slots.remove(&id);
            if let Some(latencies) = &self.latencies {
                latencies.forget(id);
            }
            self.waiting.remove(&id);
            return;
        };
        let policy = known.server.policy(&self.fleet.settings());
        let now = self.clock.elapsed();
        let Some(slot) = self.slots.get_mut(&id) else {
            let slot = Slot {
                server: Arc::clone(&known.server),
                policy,
                ticket: 0,
                running: false,
            };
            self.slots.insert(id, slot);
            self.schedule(id, first_due(id, policy.interval.get(), now));
            return;
        };
        let moved = slot.server.target != known.server.target
            || slot.server.server_type != known.server.server_type;
        let repaced = slot.policy != policy;
        slot.server = known.server;
        slot.policy = policy;
        if slot.running {
            if moved {
                // Disowns the running probe; `finish` starts anew.
                slot.ticket = 0;
            }
        } else if moved {
            self.schedule(id, now);
        } else if repaced {
            self.schedule(id, first_due(id, policy.interval.get(), now));
        }
    }
}
