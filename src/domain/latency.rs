//! How long a server took to answer over the last hours, small enough to keep for many servers: a byte a point.

use std::time::Duration;

use crate::domain::outcome::Verdict;

/// How many points are kept.
pub const POINTS: usize = 60;

/// How long one point stands for: sixty of them are three hours.
pub const POINT: Duration = Duration::from_secs(180);

/// Nothing was seen.
const NOTHING: u8 = 0;

/// A probe failed.
const FAILED: u8 = u8::MAX;

/// The latencies of the codes 1 and 254; what lies beyond is taken for them.
const SHORTEST: Duration = Duration::from_micros(100);
const LONGEST: Duration = Duration::from_secs(60);

/// Steps between the two, each 5.4 % longer than the one before: finer than a small graph can show.
const STEPS: f64 = 253.0;

/// What was seen in the time of one point: the worst of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Point {
    /// No probe, or none that says anything about the server.
    Nothing,
    /// Healthy probes only; the slowest took so long, to within 3 %.
    Healthy(Duration),
    /// At least one probe failed.
    Failed,
}

impl Point {
    fn of(code: u8) -> Self {
        match code {
            NOTHING => Self::Nothing,
            FAILED => Self::Failed,
            code => Self::Healthy(decoded(code)),
        }
    }
}

/// The last points of one server, in a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The number of the newest point, counted since the clock was started.
    newest: u32,
    codes: [u8; POINTS],
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            newest: 0,
            codes: [NOTHING; POINTS],
        }
    }
}

impl Trace {
    /// Notes what a probe found at `elapsed` of the monotonic clock.
    pub fn note(&mut self, elapsed: Duration, verdict: &Verdict) {
        let code = match verdict {
            Verdict::Healthy { latency } => encoded(*latency),
            Verdict::Failed(_) => FAILED,
            Verdict::Unknown(_) => return,
        };
        let number = number(elapsed);
        let skipped = number.saturating_sub(self.newest).min(POINTS as u32);
        for back in 0..skipped {
            self.codes[place(number - back)] = NOTHING;
        }
        self.newest = self.newest.max(number);
        let worst = &mut self.codes[place(number)];
        *worst = code.max(*worst);
    }

    /// The points of the last three hours at `elapsed` of the monotonic clock, the oldest first.
    #[must_use]
    pub fn points(&self, elapsed: Duration) -> [Point; POINTS] {
        let last = number(elapsed);
        std::array::from_fn(|at| {
            let back = (POINTS - 1 - at) as u32;
            match last.checked_sub(back) {
                Some(number) if number <= self.newest && self.newest - number < POINTS as u32 => {
                    Point::of(self.codes[place(number)])
                }
                _ => Point::Nothing,
            }
        })
    }
}

/// Which point a moment belongs to.
fn number(elapsed: Duration) -> u32 {
    u32::try_from(elapsed.as_secs() / POINT.as_secs()).unwrap_or(u32::MAX)
}

const fn place(number: u32) -> usize {
    number as usize % POINTS
}

fn encoded(latency: Duration) -> u8 {
    let ratio = latency.clamp(SHORTEST, LONGEST).as_secs_f64() / SHORTEST.as_secs_f64();
    let step = STEPS * ratio.ln() / span();
    // Between 0 and 253, so that the cast cuts nothing off.
    1 + step.round() as u8
}

fn decoded(code: u8) -> Duration {
    let step = f64::from(code.saturating_sub(1));
    SHORTEST.mul_f64((span() * step / STEPS).exp())
}

fn span() -> f64 {
    (LONGEST.as_secs_f64() / SHORTEST.as_secs_f64()).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::{Failure, FailureKind, Trouble};
    use proptest::prelude::*;

    fn healthy(millis: u64) -> Verdict {
        Verdict::Healthy {
            latency: Duration::from_millis(millis),
        }
    }

    fn failed() -> Verdict {
        Verdict::Failed(Failure::new(FailureKind::Refused, ""))
    }

    fn close(point: Point, millis: f64) -> bool {
        let Point::Healthy(latency) = point else {
            return false;
        };
        (latency.as_secs_f64() * 1_000.0 / millis - 1.0).abs() < 0.03
    }

    #[test]
    fn a_trace_is_as_small_as_a_cache_line() {
        assert_eq!(size_of::<Trace>(), 64);
    }

    #[test]
    fn the_worst_of_a_point_is_kept_and_old_points_go() {
        let mut trace = Trace::default();
        trace.note(Duration::ZERO, &healthy(20));
        trace.note(POINT / 2, &healthy(5));
        trace.note(POINT, &healthy(7));
        trace.note(POINT, &failed());
        trace.note(POINT, &healthy(7));
        trace.note(POINT * 2, &Verdict::Unknown(Trouble::Offline));
        let points = trace.points(POINT * 2);
        assert!(close(points[57], 20.0), "{:?}", points[57]);
        assert_eq!((points[58], points[59]), (Point::Failed, Point::Nothing));
        let later = trace.points(POINT * 60);
        assert_eq!((later[0], later[1]), (Point::Failed, Point::Nothing));
        assert_eq!(trace.points(POINT * 61), [Point::Nothing; POINTS]);
        trace.note(POINT * 200, &healthy(1));
        let points = trace.points(POINT * 200);
        assert!(close(points[59], 1.0));
        assert_eq!(points[..59], [Point::Nothing; 59]);
    }

    proptest! {
        #[test]
        fn a_latency_is_kept_to_within_three_percent(micros in 100_u64..60_000_000) {
            let latency = Duration::from_micros(micros);
            let mut trace = Trace::default();
            trace.note(Duration::ZERO, &Verdict::Healthy { latency });
            prop_assert!(close(trace.points(Duration::ZERO)[59], micros as f64 / 1_000.0));
        }

        #[test]
        fn any_length_is_noted(millis in 0_u64..u64::MAX / 2, at in 0_u64..u64::MAX) {
            let mut trace = Trace::default();
            trace.note(Duration::from_secs(at), &healthy(millis));
            prop_assert!(matches!(trace.points(Duration::from_secs(at))[59], Point::Healthy(_)));
        }

        /// The ring agrees with a list of everything that was noted.
        #[test]
        fn a_ring_shows_what_a_list_would(steps in proptest::collection::vec((0_u64..900, 0_u64..3), 0..200)) {
            let mut trace = Trace::default();
            let (mut now, mut list) = (0, std::collections::BTreeMap::<u64, bool>::new());
            for (step, what) in steps {
                now += step;
                let verdict = if what == 0 { failed() } else { healthy(what) };
                trace.note(Duration::from_secs(now), &verdict);
                *list.entry(now / POINT.as_secs()).or_default() |= what == 0;
            }
            let last = now / POINT.as_secs();
            for (at, point) in trace.points(Duration::from_secs(now)).into_iter().enumerate() {
                let number = (last + at as u64).checked_sub(POINTS as u64 - 1);
                match number.and_then(|number| list.get(&number)) {
                    None => prop_assert_eq!(point, Point::Nothing),
                    Some(true) => prop_assert_eq!(point, Point::Failed),
                    Some(false) => prop_assert!(matches!(point, Point::Healthy(_))),
                }
            }
        }
    }
}
