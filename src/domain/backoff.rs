//! How long to wait before trying a faulty service again.

use std::time::Duration;

/// The first wait.
pub const FIRST: Duration = Duration::from_secs(1);

/// No wait is longer, so that a service that comes back is used within a minute.
pub const LONGEST: Duration = Duration::from_secs(60);

/// The wait after so many failed attempts in a row: doubled each time, capped, and then between half of it and all of
/// it, as `dice` (any number) falls, so that many clients do not return in step.
#[must_use]
pub fn wait(failed_attempts: u32, dice: u64) -> Duration {
    let doublings = failed_attempts.saturating_sub(1).min(16);
    let full = FIRST.saturating_mul(1 << doublings).min(LONGEST);
    let half = full / 2;
    half + half.mul_f64((dice % 1_024) as f64 / 1_023.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_wait_grows_to_the_cap_and_keeps_its_bounds(attempts in 0_u32..100, dice in any::<u64>()) {
            let wait = wait(attempts, dice);
            prop_assert!(wait >= FIRST / 2 && wait <= LONGEST);
            if attempts > 7 { prop_assert!(wait >= LONGEST / 2); }
        }
    }
}
