//! A server that changes its state again and again is told of once, then left alone until it keeps still.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::health::Voice;

/// So many changes of state within [`WINDOW`] make a server flap.
pub const CHANGES: usize = 6;

/// The time in which the changes are counted.
pub const WINDOW: TimeDelta = TimeDelta::minutes(10);

/// Without a change for so long, a flapping server has settled.
pub const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(5);

/// The recent changes of one server's state.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flapping {
    /// Whether it is flapping.
    pub active: bool,
    /// A slice, since most servers have none: it changes seldom, and is kept for all.
    changes: Box<[Timestamp]>,
}

impl Flapping {
    /// Notes a change of state and says how loud it is.
    pub fn change(&mut self, at: Timestamp) -> Voice {
        let settled = self.settle(at);
        let recent = self.changes.iter().copied();
        let mut recent: Vec<_> = recent
            .filter(|change| at.signed_duration_since(change) < WINDOW)
            .chain([at])
            .collect();
        recent.drain(..recent.len().saturating_sub(CHANGES));
        self.changes = recent.into();
        if self.active {
            return Voice::Hush;
        }
        if self.changes.len() >= CHANGES && !settled {
            self.active = true;
            return Voice::TellFlapping;
        }
        Voice::Tell
    }

    /// Ends the flapping where the last change is long enough ago; true when it just ended.
    pub fn settle(&mut self, at: Timestamp) -> bool {
        // A calendar that was set back must not keep a server quiet until it has caught up.
        for change in &mut self.changes {
            *change = at.min(*change);
        }
        let still = self
            .changes
            .last()
            .is_none_or(|last| at.signed_duration_since(last) >= SETTLED_AFTER);
        let ends = self.active && still;
        if ends {
            self.active = false;
            self.changes = Box::default();
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_timestamp(secs, 0).expect("in range")
    }

    #[test]
    fn the_sixth_change_within_ten_minutes_is_told_as_flapping_once() {
        let mut flapping = Flapping::default();
        let voices: Vec<_> = (0..8).map(|n| flapping.change(at(n * 60))).collect();
        assert!(voices[..5].iter().all(|voice| *voice == Voice::Tell));
        assert_eq!(voices[5..], [Voice::TellFlapping, Voice::Hush, Voice::Hush]);
    }

    #[test]
    fn slower_changes_are_no_flapping() {
        let mut flapping = Flapping::default();
        assert!((0..50).all(|n| flapping.change(at(n * 121)) == Voice::Tell));
    }

    #[test]
    fn it_settles_after_five_minutes_without_a_change() {
        let mut flapping = Flapping::default();
        for n in 0..6 {
            flapping.change(at(n));
        }
        assert!(flapping.active && !flapping.settle(at(304)));
        assert!(flapping.settle(at(305)) && !flapping.active && !flapping.settle(at(306)));
        assert_eq!(flapping.change(at(307)), Voice::Tell);
    }

    #[test]
    fn a_calendar_that_was_set_back_a_day_keeps_nobody_quiet_for_a_day() {
        let mut flapping = Flapping::default();
        for n in 0..6 {
            flapping.change(at(100_000 + n));
        }
        assert!(!flapping.settle(at(13_600)));
        assert!(flapping.settle(at(13_900)));
    }

    proptest! {
        #[test]
        fn flapping_is_told_at_most_once_until_it_settles(gaps in prop::collection::vec(0_i64..400, 0..100)) {
            let (mut flapping, mut now, mut told) = (Flapping::default(), 0, false);
            for gap in gaps {
                now += gap;
                if flapping.settle(at(now)) { told = false; }
                match flapping.change(at(now)) {
                    Voice::TellFlapping => { prop_assert!(!told); told = true; }
                    Voice::Hush => prop_assert!(told),
                    Voice::Tell => prop_assert!(!told),
                }
            }
        }
    }
}
