//! The prober's own trouble: it is never blamed on the servers, and told once when it is over.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::clock::{SharedClock, Timestamp};
use crate::domain::outcome::{FailureKind, Outcome, Trouble, Verdict};

/// Trouble is over when nothing has been hidden for so long.
const QUIET: Duration = Duration::from_secs(10);

/// Less than this many hidden outcomes are not worth a word.
const WORTH_TELLING: u32 = 2;

/// Whether the control addresses answer is asked at most this often.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// A beat comes every second; after so long without one this process did not run, or the calendar was set ahead.
const ASLEEP: Duration = Duration::from_secs(20);

/// A machine that wakes may need so long to find its network again.
const WAKING: Duration = Duration::from_secs(15);

/// Whoever tells "we are offline" from "they are down".
pub trait Controls: Send + Sync + 'static {
    /// Whether at least one control address answers; none where there is no control address.
    fn any_answers(&self) -> BoxFuture<'_, Option<bool>>;
}

/// A time in which the prober could not look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Why.
    pub trouble: Trouble,
    /// The first hidden outcome.
    pub from: Timestamp,
    /// The last hidden outcome.
    pub to: Timestamp,
}

#[derive(Debug, Default)]
struct Seen {
    period: Option<Period>,
    hidden: u32,
    last_hidden: Duration,
    /// Whether something since then shows that the prober sees again.
    sees_again: bool,
    /// When the last probe began that found a server healthy. Not by the calendar, which may be set back.
    last_healthy: Option<Duration>,
    last_asked: Option<(Duration, bool)>,
    last_beat: Option<Moment>,
    /// The last sleep: its last moment before, and its first after.
    slept: Option<(Moment, Moment)>,
}

/// A moment on both clocks. The monotonic one stands still while a machine is suspended.
#[derive(Debug, Clone, Copy)]
struct Moment {
    elapsed: Duration,
    now: Timestamp,
}

impl Moment {
    /// How long after `earlier` it is, on whichever clock went further.
    fn since(self, earlier: Self) -> Duration {
        let calendar = (self.now - earlier.now).to_std().unwrap_or_default();
        calendar.max(self.elapsed.saturating_sub(earlier.elapsed))
    }
}

impl Seen {
    /// Whether the process woke a moment ago and nothing has answered since.
    fn is_waking(&self, elapsed: Duration) -> bool {
        self.slept.is_some_and(|(_, woke)| {
            let answered = self.last_healthy.is_some_and(|at| at >= woke.elapsed);
            !answered && elapsed.saturating_sub(woke.elapsed) < WAKING
        })
    }
}

/// Watches the outcomes for the prober's own trouble.
pub struct OwnTrouble {
    controls: Arc<dyn Controls>,
    clock: SharedClock,
    seen: Mutex<Seen>,
    /// Held by whoever asks the control addresses, so that thousands of failures ask them once.
    asking: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for OwnTrouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OwnTrouble")
    }
}

impl OwnTrouble {
    /// Watches with these controls.
    #[must_use]
    pub fn new(controls: Arc<dyn Controls>, clock: SharedClock) -> Self {
        Self {
            controls,
            clock,
            seen: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// The process runs. To be called once a second: a longer gap means that it slept.
    pub fn beat(&self) {
        let beat = Moment {
            elapsed: self.clock.elapsed(),
            now: self.clock.now(),
        };
        let mut seen = self.lock();
        if let Some(last) = seen.last_beat.replace(beat)
            && beat.since(last) >= ASLEEP
        {
            tracing::warn!(from = %last.now, to = %beat.now, "this process did not run, or the clock was set");
            seen.slept = Some((last, beat));
        }
    }

    /// The outcome as it may be held against the server: a failure that would be confirmed is the prober's own where no
    /// server answered a probe that began after it was first `seen` and no control address does, or since the process
    /// slept a moment ago. A probe that was under way when the first one failed shows nothing: the network may have
    /// gone in between.
    pub async fn judge(&self, outcome: Outcome, seen: Option<Duration>) -> Outcome {
        self.beat();
        let Verdict::Failed(failure) = &outcome.verdict else {
            return outcome;
        };
        let Some(seen) = seen.filter(|_| is_of_the_network(failure.kind)) else {
            return outcome;
        };
        if self.lock().is_waking(self.clock.elapsed()) {
            return Outcome {
                verdict: Verdict::Unknown(Trouble::Asleep),
                ..outcome
            };
        }
        let heard_since = self.lock().last_healthy.is_some_and(|at| at >= seen);
        if heard_since {
            return outcome;
        }
        match self.controls_answer().await {
            Some(false) => Outcome {
                verdict: Verdict::Unknown(Trouble::Offline),
                ..outcome
            },
            Some(true) => {
                self.lock().sees_again = true;
                outcome
            }
            None => outcome,
        }
    }

    async fn controls_answer(&self) -> Option<bool> {
        let _asking = self.asking.lock().await;
        let recent = self.lock().last_asked;
        if let Some((at, answered)) = recent
            && self.clock.elapsed().saturating_sub(at) < ASK_EVERY
        {
            return Some(answered);
        }
        let answered = self.controls.any_answers().await?;
        self.lock().last_asked = Some((self.clock.elapsed(), answered));
        Some(answered)
    }

    /// Takes note of an outcome.
    pub fn note(&self, outcome: &Outcome) {
        let now = self.clock.elapsed();
        let mut seen = self.lock();
        match &outcome.verdict {
            Verdict::Unknown(trouble) => {
                let at = outcome.at;
                let slept = seen.slept.filter(|_| *trouble == Trouble::Asleep);
                let fresh = Period {
                    trouble: *trouble,
                    from: slept.map_or(at, |(before, _)| before.now),
                    to: at,
                };
                let period = seen.period.get_or_insert(fresh);
                period.from = period.from.min(at);
                period.to = period.to.max(at);
                seen.hidden = seen.hidden.saturating_add(1);
                seen.last_hidden = now;
                seen.sees_again = false;
            }
            Verdict::Healthy { latency } => {
                let began = now.saturating_sub(*latency);
                seen.last_healthy = seen.last_healthy.max(Some(began));
                seen.sees_again = true;
            }
            Verdict::Failed(failure) => {
                // Without a network every server looks refused, lost or silent: that is no sign of its return.
                let offline = matches!(
                    seen.period,
                    Some(Period {
                        trouble: Trouble::Offline | Trouble::NoRoute | Trouble::Asleep,
                        ..
                    })
                );
                if !(offline && is_of_the_network(failure.kind)) {
                    seen.sees_again = true;
                }
            }
        }
    }

    /// The trouble that is over and worth telling, until it is [`OwnTrouble::told`].
    pub fn over(&self) -> Option<Period> {
        let now = self.clock.elapsed();
        let mut seen = self.lock();
        let over = seen.sees_again && now.saturating_sub(seen.last_hidden) >= QUIET;
        let period = seen.period.filter(|_| over)?;
        if seen.hidden < WORTH_TELLING {
            seen.period = None;
            seen.hidden = 0;
            return None;
        }
        Some(period)
    }

    /// This much of it is told. What came since is another trouble.
    pub fn told(&self, told: Period) {
        let mut seen = self.lock();
        if seen.period == Some(told) {
            seen.period = None;
            seen.hidden = 0;
        } else if let Some(period) = &mut seen.period {
            period.from = period.from.max(told.to);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a failure of this kind can come from the prober's own network.
const fn is_of_the_network(kind: FailureKind) -> bool {
    matches!(
        kind,
        FailureKind::Dns
            | FailureKind::Refused
            | FailureKind::Unreachable
            | FailureKind::ConnectTimeout
            | FailureKind::Timeout
            | FailureKind::Reset
    )
}

#[cfg(test)]
mod tests;
