//! When a server is due: at fixed phases of its interval, so that probes are spread and never drift together.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use crate::domain::ids::ServerId;

/// A server's first probe comes within so long, however long its interval.
pub const FIRST_WITHIN: Duration = Duration::from_secs(30);

/// Where in its interval a server is probed. Ids are handed out by counting, so their bits are mixed first
/// (the finalizer of SplitMix64) to spread neighbours evenly.
fn phase(server: ServerId, interval: Duration) -> u64 {
    let mut mixed = server.raw().wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    mixed % nanos(interval)
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX).max(1)
}

/// The next time after `now`, on the monotonic clock, at which the server is due.
#[must_use]
pub fn next_due(server: ServerId, interval: Duration, now: Duration) -> Duration {
    let length = nanos(interval);
    let phase = phase(server, interval);
    let now = nanos(now);
    let rounds = if now < phase {
        0
    } else {
        (now - phase) / length + 1
    };
    Duration::from_nanos(rounds.saturating_mul(length).saturating_add(phase))
}

/// When a server that has just become known is due for the first time: spread over its interval, or over
/// [`FIRST_WITHIN`] where that is shorter.
#[must_use]
pub fn first_due(server: ServerId, interval: Duration, now: Duration) -> Duration {
    next_due(server, interval.min(FIRST_WITHIN), now)
}

/// What is due when. An entry is never taken out early: it carries a ticket, and the owner ignores tickets that are
/// no longer current.
#[derive(Debug, Default)]
pub struct Agenda {
    /// By when they are due, in nanoseconds: half of what a [`Duration`] takes, which counts with 100,000 of them.
    heap: BinaryHeap<Reverse<(u64, ServerId, u64)>>,
}

impl Agenda {
    /// Notes that the server is due then.
    pub fn insert(&mut self, due: Duration, server: ServerId, ticket: u64) {
        self.heap.push(Reverse((nanos(due), server, ticket)));
    }

    /// Takes the next entry that is due at `now`; tells the server, its ticket, and since when it was due.
    pub fn pop_due(&mut self, now: Duration) -> Option<(ServerId, u64, Duration)> {
        let Reverse((due, server, ticket)) = *self.heap.peek()?;
        let due = Duration::from_nanos(due);
        (due <= now).then(|| {
            self.heap.pop();
            (server, ticket, due)
        })
    }

    /// When the next entry is due.
    #[must_use]
    pub fn next(&self) -> Option<Duration> {
        self.heap
            .peek()
            .map(|Reverse((due, ..))| Duration::from_nanos(*due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neighbours_are_spread_over_the_interval() {
        let interval = Duration::from_secs(30);
        let mut busy = [0_u32; 30];
        for n in 0..30_000 {
            let due = first_due(ServerId::from_raw(n), interval, Duration::ZERO);
            busy[usize::try_from(due.as_secs()).expect("small")] += 1;
        }
        assert!(
            busy.iter().all(|count| (800..1_200).contains(count)),
            "{busy:?}"
        );
    }

    #[test]
    fn an_agenda_gives_what_is_due_in_order() {
        let mut agenda = Agenda::default();
        let id = ServerId::from_raw;
        agenda.insert(Duration::from_secs(2), id(2), 0);
        agenda.insert(Duration::from_secs(1), id(1), 7);
        assert_eq!(agenda.next(), Some(Duration::from_secs(1)));
        assert_eq!(agenda.pop_due(Duration::from_millis(999)), None);
        assert_eq!(
            agenda.pop_due(Duration::from_secs(2)),
            Some((id(1), 7, Duration::from_secs(1)))
        );
        assert_eq!(agenda.pop_due(Duration::from_secs(1)), None);
    }

    proptest! {
        #[test]
        fn the_next_time_is_within_one_interval_and_later_ones_keep_the_beat(
            raw in any::<u64>(), millis in 1_000_u64..86_400_000, now in 0_u64..10_000_000_000_000,
        ) {
            let (id, interval, now) =
                (ServerId::from_raw(raw), Duration::from_millis(millis), Duration::from_nanos(now));
            let due = next_due(id, interval, now);
            prop_assert!(due > now && due <= now + interval);
            prop_assert_eq!(next_due(id, interval, due), due + interval);
            prop_assert!(first_due(id, interval, now) <= now + interval.min(FIRST_WITHIN));
        }
    }
}
