//! When many servers fail at once: the first are told at once, the rest in digests.

use std::collections::VecDeque;
use std::time::Duration;

use crate::domain::ids::DigestId;

/// So many failures within [`WITHIN`] are told one by one.
pub const SINGLES: usize = 3;

/// The time in which they are counted.
pub const WITHIN: Duration = Duration::from_secs(10);

/// So long the first digest gathers; each further one of the same storm twice as long, up to [`GATHER_LONGEST`].
pub const GATHER: Duration = Duration::from_secs(2);

/// No digest gathers longer.
pub const GATHER_LONGEST: Duration = Duration::from_secs(16);

/// A digest's first edit waits so long for other servers to recover, each further one twice as long, up to
/// [`EDIT_LONGEST`]; a digest whose servers are all back is edited at once.
pub const EDIT: Duration = Duration::from_secs(10);

/// A storm's tenth part waits ten times this long, and so on, where that is longer than [`EDIT`].
const EDIT_OF_A_PART: Duration = Duration::from_secs(3);

/// No edit of a digest waits longer.
pub const EDIT_LONGEST: Duration = Duration::from_secs(320);

/// The names in one digest: room for headlines is left within the 8,000 characters that Slack surely takes.
pub const NAME_CHARS: usize = 6_800;

/// What to do with the failure at the head of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// Tell it by itself.
    Single,
    /// Wait until then for others to join it.
    Gather(Duration),
    /// Tell it and everything that waits in digests.
    Digest,
}

/// What a lane remembers of the failures that it told.
#[derive(Debug, Default)]
pub struct Storm {
    singles: VecDeque<Duration>,
    gather_until: Option<Duration>,
    rounds: u32,
    last_digest: Option<Duration>,
    first: Option<(DigestId, u32)>,
}

impl Storm {
    /// Rules over the failure at the head of the lane.
    pub fn rule(&mut self, now: Duration) -> Ruling {
        while self
            .singles
            .front()
            .is_some_and(|told| *told + WITHIN <= now)
        {
            self.singles.pop_front();
        }
        if self.gather_until.is_none() && self.last_digest.is_some_and(|last| last + WITHIN <= now)
        {
            *self = Self {
                singles: std::mem::take(&mut self.singles),
                ..Self::default()
            };
        }
        if self.last_digest.is_none() && self.gather_until.is_none() && self.singles.len() < SINGLES
        {
            return Ruling::Single;
        }
        let length = (GATHER * (1 << self.rounds.min(8))).min(GATHER_LONGEST);
        let until = *self.gather_until.get_or_insert(now + length);
        if now < until {
            Ruling::Gather(until)
        } else {
            Ruling::Digest
        }
    }

    /// A failure was told by itself.
    pub fn told_single(&mut self, now: Duration) {
        self.singles.push_back(now);
        self.gather_until = None;
    }

    /// Digests were made; `first` and the number of its storm's parts so far are what the next ones go on from.
    pub fn told_digests(&mut self, now: Duration, first: DigestId, parts: u32) {
        self.gather_until = None;
        self.rounds += 1;
        self.last_digest = Some(now);
        self.first = Some((first, parts));
    }

    /// The first digest of the storm that is going on, and how many parts it has.
    #[must_use]
    pub const fn first(&self) -> Option<(DigestId, u32)> {
        self.first
    }
}

/// How long after it was last shown a digest with so many edits may be edited again. The parts of a large storm wait
/// longer, so that all of them together are few calls.
#[must_use]
pub fn edit_pause(part: u32, edits: u32) -> Duration {
    let first = EDIT.max(EDIT_OF_A_PART * part.min(100));
    (first * (1 << edits.min(8))).min(EDIT_LONGEST)
}

/// Packs members of these weights (characters) into as few parts as hold them in order, none over `budget` unless by a
/// single member: how many go into each.
#[must_use]
pub fn pack(weights: &[usize], budget: usize) -> Vec<usize> {
    let mut parts = Vec::new();
    let (mut members, mut filled) = (0, 0);
    for weight in weights {
        if members > 0 && filled + weight > budget {
            parts.push(members);
            (members, filled) = (0, 0);
        }
        members += 1;
        filled += weight;
    }
    if members > 0 {
        parts.push(members);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn secs(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn the_first_three_are_told_at_once_and_the_fourth_gathers() {
        let mut storm = Storm::default();
        for _ in 0..3 {
            assert_eq!(storm.rule(secs(1)), Ruling::Single);
            storm.told_single(secs(1));
        }
        assert_eq!(storm.rule(secs(1)), Ruling::Gather(secs(3)));
        assert_eq!(storm.rule(secs(2)), Ruling::Gather(secs(3)));
        assert_eq!(storm.rule(secs(3)), Ruling::Digest);
        storm.told_digests(secs(3), DigestId::from_raw(1), 1);
        assert_eq!(
            storm.rule(secs(4)),
            Ruling::Gather(secs(8)),
            "the next gathers longer"
        );
    }

    #[test]
    fn slow_failures_are_never_gathered_and_a_storm_ends() {
        let mut storm = Storm::default();
        for n in 0..20 {
            assert_eq!(storm.rule(secs(n * 5)), Ruling::Single);
            storm.told_single(secs(n * 5));
        }
        storm.told_digests(secs(100), DigestId::from_raw(1), 1);
        assert_eq!(storm.rule(secs(109)), Ruling::Gather(secs(113)));
        storm.told_digests(secs(113), DigestId::from_raw(1), 2);
        assert_eq!(storm.rule(secs(123)), Ruling::Single, "ten quiet seconds");
        assert_eq!(storm.first(), None);
    }

    #[test]
    fn edits_come_apart_and_more_so_the_larger_the_storm_and_never_too_far() {
        assert_eq!(edit_pause(1, 0), EDIT);
        assert_eq!(edit_pause(1, 2), EDIT * 4);
        assert_eq!(edit_pause(20, 0), secs(60));
        assert_eq!(edit_pause(u32::MAX, u32::MAX), EDIT_LONGEST);
    }

    proptest! {
        #[test]
        fn packing_keeps_everyone_in_order_and_within_budget(
            weights in prop::collection::vec(1_usize..300, 0..200), budget in 1_usize..1_000,
        ) {
            let parts = pack(&weights, budget);
            prop_assert_eq!(parts.iter().sum::<usize>(), weights.len());
            let mut at = 0;
            for members in parts {
                let part = &weights[at..at + members];
                prop_assert!(members == 1 || part.iter().sum::<usize>() <= budget);
                at += members;
            }
        }
    }
}
