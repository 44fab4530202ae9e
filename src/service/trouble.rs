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
mod tests {
    use super::*;
    use crate::clock::{Clock, ManualClock};
    use crate::domain::outcome::Failure;

    struct Answer(bool);

    impl Controls for Answer {
        fn any_answers(&self) -> BoxFuture<'_, Option<bool>> {
            Box::pin(async { Some(self.0) })
        }
    }

    fn trouble(controls_answer: bool) -> (OwnTrouble, ManualClock) {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let controls = Arc::new(Answer(controls_answer));
        (OwnTrouble::new(controls, Arc::new(clock.clone())), clock)
    }

    fn seen(clock: &ManualClock, verdict: Verdict) -> Outcome {
        Outcome {
            at: clock.now(),
            verdict,
        }
    }

    fn failed(kind: FailureKind) -> Verdict {
        Verdict::Failed(Failure::new(kind, ""))
    }

    #[test]
    fn what_every_server_looks_like_without_a_network_is_no_sign_of_its_return() {
        let (trouble, clock) = trouble(false);
        for _ in 0..3 {
            trouble.note(&seen(&clock, Verdict::Unknown(Trouble::Offline)));
            clock.advance(Duration::from_secs(30));
            trouble.note(&seen(&clock, failed(FailureKind::ConnectTimeout)));
            assert_eq!(trouble.over(), None, "it still is offline");
        }
        trouble.note(&seen(&clock, failed(FailureKind::HttpStatus)));
        let period = trouble.over().expect("an answer, though a bad one");
        assert_eq!(period.to - period.from, chrono::TimeDelta::seconds(60));
        assert_eq!(trouble.over(), Some(period), "until it is told");
        trouble.told(period);
        assert_eq!(trouble.over(), None);
    }

    #[tokio::test]
    async fn a_failure_while_a_control_address_answers_is_the_servers_own() {
        let (trouble, clock) = trouble(true);
        let outcome = seen(&clock, failed(FailureKind::Refused));
        let judged = trouble.judge(outcome.clone(), Some(clock.elapsed())).await;
        assert_eq!(judged, outcome);
    }

    /// What becomes of a failure so long after a sleep, with or without something that has answered since.
    async fn judged_after_sleep(sleep: u64, later: u64, answered: bool) -> Verdict {
        let (trouble, clock) = trouble(true);
        trouble.beat();
        clock.advance(Duration::from_secs(sleep));
        trouble.beat();
        if answered {
            let latency = Duration::from_millis(1);
            clock.advance(latency);
            trouble.note(&seen(&clock, Verdict::Healthy { latency }));
        }
        clock.advance(Duration::from_secs(later));
        let outcome = seen(&clock, failed(FailureKind::Timeout));
        trouble.judge(outcome, Some(clock.elapsed())).await.verdict
    }

    #[tokio::test]
    async fn a_failure_right_after_a_sleep_is_the_probers_own_until_something_answers() {
        let asleep = Verdict::Unknown(Trouble::Asleep);
        let own = failed(FailureKind::Timeout);
        assert_eq!(judged_after_sleep(3_600, 2, false).await, asleep);
        assert_eq!(judged_after_sleep(3_600, 2, true).await, own);
        assert_eq!(judged_after_sleep(3_600, 16, false).await, own);
        assert_eq!(judged_after_sleep(19, 0, false).await, own, "no sleep");
    }

    #[test]
    fn a_sleep_is_told_from_its_beginning() {
        let (trouble, clock) = trouble(true);
        trouble.beat();
        let fell_asleep = clock.now();
        clock.advance(Duration::from_secs(3_600));
        trouble.beat();
        for _ in 0..2 {
            trouble.note(&seen(&clock, Verdict::Unknown(Trouble::Asleep)));
        }
        let latency = Duration::from_millis(1);
        trouble.note(&seen(&clock, Verdict::Healthy { latency }));
        clock.advance(QUIET);
        assert_eq!(trouble.over().expect("it is over").from, fell_asleep);
    }

    #[tokio::test]
    async fn a_failure_is_the_probers_own_where_nothing_answers_and_no_control_does() {
        let (trouble, clock) = self::trouble(false);
        let outcome = seen(&clock, failed(FailureKind::Refused));
        clock.advance(Duration::from_secs(5));
        let first_seen = clock.elapsed();
        let verdict = async || {
            trouble
                .judge(outcome.clone(), Some(first_seen))
                .await
                .verdict
        };
        let offline = Verdict::Unknown(Trouble::Offline);
        assert_eq!(verdict().await, offline);
        clock.advance(Duration::from_millis(10));
        let latency = Duration::from_millis(11);
        trouble.note(&seen(&clock, Verdict::Healthy { latency }));
        assert_eq!(verdict().await, offline, "that probe was under way");
        let latency = Duration::from_millis(10);
        trouble.note(&seen(&clock, Verdict::Healthy { latency }));
        assert_eq!(verdict().await, outcome.verdict, "another server answers");
    }

    /// Answers no question before it is let.
    #[derive(Default)]
    struct Slow {
        asked: std::sync::atomic::AtomicUsize,
        may_answer: tokio::sync::Notify,
    }

    impl Controls for Slow {
        fn any_answers(&self) -> BoxFuture<'_, Option<bool>> {
            Box::pin(async {
                self.asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                self.may_answer.notified().await;
                Some(false)
            })
        }
    }

    #[tokio::test]
    async fn many_failures_at_once_ask_the_controls_once() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let controls = Arc::new(Slow::default());
        let trouble = OwnTrouble::new(
            Arc::clone(&controls) as Arc<dyn Controls>,
            Arc::new(clock.clone()),
        );
        let outcome = seen(&clock, failed(FailureKind::Refused));
        let judged = (0..100).map(|_| trouble.judge(outcome.clone(), Some(clock.elapsed())));
        let judged = futures_util::future::join_all(judged);
        let (judged, ()) = tokio::join!(judged, async { controls.may_answer.notify_one() });
        let offline = |judged: &Outcome| judged.verdict == Verdict::Unknown(Trouble::Offline);
        assert!(judged.iter().all(offline));
        assert_eq!(controls.asked.load(std::sync::atomic::Ordering::SeqCst), 1);
    }
}
