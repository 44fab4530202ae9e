//! `kill -9` of the real binary at any moment: what it acknowledged is there after the next start, every outage is told
//! to its end, at most one message of a channel is repeated for a kill, and the store always opens again.
//!
//! Several bots run side by side, each in a workspace of its own. `HEALTHBOT_CRASH_ROUNDS` sets the number of rounds of
//! all of them together, each of which has a kill or more; `HEALTHBOT_CRASH_SEED` repeats the choices of another run,
//! though not the moments at which the machine carries them out.

mod facts;
mod lane;
mod ledger;
mod moment;
mod person;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::AddAssign;

use futures_util::future::join_all;

use crate::harness::knob;
use lane::Lane;

const ROUNDS_VARIABLE: &str = "HEALTHBOT_CRASH_ROUNDS";
const SEED_VARIABLE: &str = "HEALTHBOT_CRASH_SEED";
const ROUNDS: usize = 6;

/// A bot has at least so many rounds, where there are enough.
const ROUNDS_OF_A_LANE: usize = 3;
const MOST_LANES: usize = 8;

/// What happened in all rounds.
#[derive(Debug, Clone, Default)]
struct Totals {
    rounds: usize,
    kills: usize,
    /// Those between the start of the process and its first answer.
    kills_at_start: usize,
    /// Those at a named point, among the others.
    at_points: BTreeMap<&'static str, usize>,
    /// Changes that were acknowledged, each there whenever it was looked for.
    acknowledged: u64,
    /// Changes that were asked for and not acknowledged: made, or not.
    unanswered: usize,
    /// Outages that were told, from their beginning to their end.
    outages: usize,
    messages: usize,
    /// Messages that came again after a kill.
    repeats: usize,
    /// Earlier copies of repeated messages that still look like an open incident.
    look_open: usize,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.kills += other.kills;
        self.kills_at_start += other.kills_at_start;
        for (point, kills) in other.at_points {
            *self.at_points.entry(point).or_default() += kills;
        }
        self.acknowledged += other.acknowledged;
        self.unanswered += other.unanswered;
        self.outages += other.outages;
        self.messages += other.messages;
        self.repeats += other.repeats;
        self.look_open += other.look_open;
    }
}

#[tokio::test]
async fn nothing_is_lost_to_kill_9_of_the_real_binary() {
    let rounds = knob::count(ROUNDS_VARIABLE).unwrap_or(ROUNDS);
    let seed =
        knob::number(SEED_VARIABLE).unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("{SEED_VARIABLE}={seed}");
    let lanes = (rounds / ROUNDS_OF_A_LANE).clamp(1, MOST_LANES);
    let running = (0..lanes).map(|lane| {
        let rounds = rounds / lanes + usize::from(lane < rounds % lanes);
        Lane::run(seed.wrapping_add(lane as u64), rounds)
    });
    let mut totals = Totals::default();
    for lane in join_all(running).await {
        totals += lane;
    }
    println!("{totals:#?}");
    assert_eq!(totals.rounds, rounds);
    assert!(totals.kills >= rounds && totals.look_open <= totals.repeats);
}
