//! The time, passed in.
//!
//! Two times are kept apart: [`Clock::now`] is the calendar's, for people and records; [`Clock::elapsed`] never runs
//! backwards and is what schedules, deadlines and back-off are computed on, so that a stepped system clock neither
//! skips nor repeats a probe.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use futures_util::future::BoxFuture;
use tokio::sync::watch;

/// A moment of the calendar, in UTC.
pub type Timestamp = DateTime<Utc>;

/// The clock as everything above `main` sees it.
pub trait Clock: Send + Sync + 'static {
    /// The calendar's time.
    fn now(&self) -> Timestamp;

    /// Monotonic time since the clock was made.
    fn elapsed(&self) -> Duration;

    /// Completes when [`Clock::elapsed`] has reached `at`; at once where it already has.
    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()>;

    /// Completes after `delay`.
    fn sleep(&self, delay: Duration) -> BoxFuture<'static, ()> {
        self.sleep_until(self.elapsed().saturating_add(delay))
    }
}

/// A clock that is handed around.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock.
#[derive(Debug, Clone)]
pub struct SystemClock {
    started: Instant,
}

impl SystemClock {
    /// A clock whose monotonic time starts at zero now.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clocks"
    )]
    pub fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the system's clocks"
    )]
    fn now(&self) -> Timestamp {
        Utc::now()
    }

    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        let wake = self
            .started
            .checked_add(at)
            .map(tokio::time::Instant::from_std);
        Box::pin(async move {
            match wake {
                Some(wake) => tokio::time::sleep_until(wake).await,
                None => std::future::pending().await,
            }
        })
    }
}

/// A clock that moves only when told to, for tests and the simulation.
#[derive(Debug, Clone)]
pub struct ManualClock {
    origin: Timestamp,
    elapsed: watch::Sender<Duration>,
}

impl ManualClock {
    /// A clock that stands at `origin`, with no monotonic time passed.
    #[must_use]
    pub fn new(origin: Timestamp) -> Self {
        Self {
            origin,
            elapsed: watch::Sender::new(Duration::ZERO),
        }
    }

    /// Moves both times ahead by `step` and wakes whoever slept until then.
    pub fn advance(&self, step: Duration) {
        self.elapsed
            .send_modify(|elapsed| *elapsed = elapsed.saturating_add(step));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        chrono::Duration::from_std(self.elapsed())
            .ok()
            .and_then(|elapsed| self.origin.checked_add_signed(elapsed))
            .unwrap_or(Timestamp::MAX_UTC)
    }

    fn elapsed(&self) -> Duration {
        *self.elapsed.borrow()
    }

    fn sleep_until(&self, at: Duration) -> BoxFuture<'static, ()> {
        let mut elapsed = self.elapsed.subscribe();
        Box::pin(async move {
            if elapsed.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn a_manual_clock_wakes_sleepers_exactly_when_their_time_has_come() {
        let clock = ManualClock::new(Timestamp::UNIX_EPOCH);
        let mut sleep = clock.sleep(Duration::from_secs(2));
        clock.advance(Duration::from_secs(1));
        assert!((&mut sleep).now_or_never().is_none());
        clock.advance(Duration::from_secs(1));
        assert!((&mut sleep).now_or_never().is_some());
        assert_eq!(clock.now().timestamp(), 2);
    }
}
