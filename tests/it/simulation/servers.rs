//! Servers that do what they are told, and a network that can be cut.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use futures_util::future::BoxFuture;
use healthbot::clock::{Clock, ManualClock};
use healthbot::domain::forbidden::Forbidden;
use healthbot::domain::outcome::{Failure, FailureKind, Outcome, Trouble, Verdict};
use healthbot::domain::settings::Timeout;
use healthbot::domain::target::{Check, Target};
use healthbot::service::monitor::Probe;
use healthbot::service::trouble::Controls;

/// How a server behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Healthy,
    Fails(FailureKind),
    /// It takes the connection and says nothing until the deadline.
    Hangs,
    /// The prober has no descriptor left for it.
    Hidden,
}

#[derive(Default)]
struct State {
    modes: BTreeMap<String, Mode>,
    /// How the others behave.
    everyone: Mode,
    offline: bool,
    controls_gone: bool,
    /// The deadlines of the probes that hang.
    hanging: Vec<Duration>,
    /// What was found, in order, until it is taken.
    found: Vec<(String, Outcome)>,
    probes: BTreeMap<String, u32>,
}

/// The scripted servers.
pub(crate) struct Servers {
    clock: Mutex<ManualClock>,
    state: Mutex<State>,
}

impl Servers {
    pub(crate) fn new(clock: ManualClock) -> Arc<Self> {
        Arc::new(Self {
            clock: Mutex::new(clock),
            state: Mutex::default(),
        })
    }

    /// The bot starts again: what was in flight is gone.
    pub(crate) fn restarted(&self, clock: ManualClock) {
        *self.clock.lock().unwrap() = clock;
        let mut state = self.state();
        state.hanging.clear();
        state.found.clear();
    }

    pub(crate) fn set(&self, server: &str, mode: Mode) {
        self.state().modes.insert(server.to_owned(), mode);
    }

    /// Everyone behaves so from now on.
    pub(crate) fn set_everyone(&self, mode: Mode) {
        let mut state = self.state();
        state.modes.clear();
        state.everyone = mode;
    }

    /// Every server answers again.
    pub(crate) fn heal(&self) {
        self.set_everyone(Mode::Healthy);
        let mut state = self.state();
        (state.offline, state.controls_gone) = (false, false);
    }

    /// Cuts the prober's own network, or mends it.
    pub(crate) fn set_offline(&self, offline: bool) {
        self.state().offline = offline;
    }

    /// Takes the control addresses away, while the network is well.
    pub(crate) fn remove_controls(&self) {
        self.state().controls_gone = true;
    }

    /// How many probes wait for a deadline that has not come.
    pub(crate) fn hanging(&self) -> usize {
        let now = self.clock().elapsed();
        let state = self.state();
        state.hanging.iter().filter(|until| **until > now).count()
    }

    /// The next deadline of a probe that hangs.
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        let now = self.clock().elapsed();
        let state = self.state();
        state
            .hanging
            .iter()
            .filter(|until| **until > now)
            .min()
            .copied()
    }

    /// What was found since this was last asked.
    pub(crate) fn take_found(&self) -> Vec<(String, Outcome)> {
        std::mem::take(&mut self.state().found)
    }

    /// How often a server was probed.
    pub(crate) fn probes(&self, server: &str) -> u32 {
        self.state().probes.get(server).copied().unwrap_or(0)
    }

    fn clock(&self) -> ManualClock {
        self.clock.lock().unwrap().clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn mode(&self, server: &str) -> Mode {
        let mut state = self.state();
        *state.probes.entry(server.to_owned()).or_default() += 1;
        if state.offline {
            return Mode::Fails(FailureKind::ConnectTimeout);
        }
        let everyone = state.everyone;
        state.modes.get(server).copied().unwrap_or(everyone)
    }
}

/// The name of the server behind a target.
fn name(target: &Target) -> String {
    target.host.to_string()
}

impl Probe for Servers {
    fn probe<'a>(
        &'a self,
        target: &'a Target,
        _check: Check,
        timeout: Timeout,
    ) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let clock = self.clock();
            let (name, at) = (name(target), clock.now());
            let verdict = match self.mode(&name) {
                Mode::Healthy => Verdict::Healthy {
                    latency: Duration::from_millis(3),
                },
                Mode::Fails(kind) => Verdict::Failed(Failure::new(kind, "as scripted")),
                Mode::Hidden => Verdict::Unknown(Trouble::Descriptors),
                Mode::Hangs => {
                    let until = clock.elapsed() + timeout.get();
                    self.state().hanging.push(until);
                    clock.sleep_until(until).await;
                    let mut state = self.state();
                    let this = state.hanging.iter().position(|other| *other == until);
                    this.map(|index| state.hanging.swap_remove(index));
                    Verdict::Failed(Failure::new(FailureKind::Timeout, "while waiting"))
                }
            };
            let outcome = Outcome { at, verdict };
            self.state().found.push((name, outcome.clone()));
            outcome
        })
    }

    fn refuses(&self, _target: &Target) -> Option<Forbidden> {
        None
    }
}

impl Controls for Servers {
    fn any_answers(&self) -> BoxFuture<'_, Option<bool>> {
        Box::pin(async {
            let state = self.state();
            Some(!state.offline && !state.controls_gone)
        })
    }
}
