//! A limit on how often something may happen, with a short burst.

use std::time::Duration;

/// A bucket that holds `burst` tokens and gets one back every `every`.
#[derive(Debug, Clone)]
pub struct Bucket {
    every: Duration,
    burst: u32,
    /// When the bucket will be full again; the further ahead, the emptier it is.
    full_at: Duration,
}

impl Bucket {
    /// A full bucket.
    #[must_use]
    pub const fn new(every: Duration, burst: u32) -> Self {
        Self {
            every,
            burst,
            full_at: Duration::ZERO,
        }
    }

    /// When, on the clock of `now`, a token is there; `now` or earlier where one is there already.
    #[must_use]
    pub fn ready_at(&self, now: Duration) -> Duration {
        let missing = self.full_at.saturating_sub(now);
        let room = self.every * self.burst.saturating_sub(1);
        now + missing.saturating_sub(room)
    }

    /// Whether every token is there at `now`, as in a bucket that nobody has used.
    #[must_use]
    pub fn is_full(&self, now: Duration) -> bool {
        self.full_at <= now
    }

    /// Takes a token, whether or not it is there: a caller that did not wait is waited for by the next one.
    pub fn take(&mut self, now: Duration) {
        self.full_at = self.full_at.max(now) + self.every;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const EVERY: Duration = Duration::from_secs(1);

    #[test]
    fn a_burst_is_free_and_then_the_rate_holds() {
        let mut bucket = Bucket::new(EVERY, 3);
        let now = Duration::from_secs(100);
        for _ in 0..3 {
            assert_eq!(bucket.ready_at(now), now);
            bucket.take(now);
        }
        assert_eq!(bucket.ready_at(now), now + EVERY);
    }

    proptest! {
        #[test]
        fn no_window_sees_more_than_the_burst_and_its_share(
            burst in 1_u32..6, gaps in prop::collection::vec(0_u64..3_000, 1..80),
        ) {
            let mut bucket = Bucket::new(EVERY, burst);
            let (mut now, mut taken) = (Duration::from_secs(10), Vec::new());
            for gap in gaps {
                now += Duration::from_millis(gap);
                now = now.max(bucket.ready_at(now));
                bucket.take(now);
                taken.push(now);
            }
            for (index, first) in taken.iter().enumerate() {
                for (later, last) in taken.iter().enumerate().skip(index) {
                    let allowed = u64::from(burst) + (*last - *first).as_secs();
                    prop_assert!((later - index + 1) as u64 <= allowed);
                }
            }
        }
    }
}
