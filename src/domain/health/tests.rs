use super::*;
use crate::domain::outcome::FailureKind;
use crate::domain::settings::{Confirmations, Settings};
use proptest::prelude::*;

fn policy(failures: i64, recoveries: i64) -> Policy {
    let settings = Settings::default();
    Policy {
        interval: settings.interval,
        timeout: settings.timeout,
        failures: Confirmations::new(failures, "failures").expect("in range"),
        recoveries: Confirmations::new(recoveries, "recoveries").expect("in range"),
    }
}

fn at(secs: i64) -> Timestamp {
    Timestamp::from_timestamp(secs, 0).expect("in range")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Healthy,
    Failed,
    Unknown,
    Offline,
}

fn outcome(secs: i64, seen: Seen) -> Outcome {
    let verdict = match seen {
        Seen::Healthy => Verdict::Healthy {
            latency: Duration::from_millis(5),
        },
        Seen::Failed => Verdict::Failed(Failure::new(FailureKind::Refused, "closed")),
        Seen::Unknown => Verdict::Unknown(Trouble::Descriptors),
        Seen::Offline => Verdict::Unknown(Trouble::Offline),
    };
    Outcome {
        at: at(secs),
        verdict,
    }
}

fn run(policy: &Policy, seen: &[Seen]) -> (Health, Vec<(usize, Transition)>) {
    let mut health = Health::pending(at(0));
    let mut transitions = Vec::new();
    for (index, seen) in seen.iter().enumerate() {
        // Apart by more than the flapping window, which has tests of its own.
        let found = outcome(1_000 * index as i64, *seen);
        let step = step(&health, &found, Duration::from_secs(index as u64), policy);
        transitions.extend(step.transition.map(|(transition, _)| (index, transition)));
        health = step.next;
    }
    (health, transitions)
}

use Seen::{Failed, Healthy, Offline, Unknown};

#[test]
fn a_failure_is_confirmed_before_it_opens_and_began_with_its_first_probe() {
    let (health, transitions) = run(&policy(3, 1), &[Healthy, Failed, Failed, Failed]);
    let failure = Failure::new(FailureKind::Refused, "closed");
    assert_eq!(
        transitions,
        [
            (0, Transition::FirstUp),
            (
                3,
                Transition::Opened {
                    began: at(1_000),
                    failure
                }
            )
        ]
    );
    assert_eq!(
        (health.state(), health.last_healthy),
        (State::Down, Some(at(0)))
    );
}

#[test]
fn the_opposite_outcome_and_own_trouble_reset_the_count() {
    for interruption in [Healthy, Unknown] {
        let seen = [Healthy, Failed, interruption, Failed, interruption, Failed];
        assert_eq!(run(&policy(2, 1), &seen).1, [(0, Transition::FirstUp)]);
    }
    let seen = [Healthy, Failed, Healthy, Failed, Healthy, Healthy];
    let kinds = run(&policy(1, 2), &seen)
        .1
        .into_iter()
        .map(|(index, _)| index);
    assert_eq!(kinds.collect::<Vec<_>>(), [0, 1, 5]);
}

#[test]
fn a_pending_server_counts_each_side_for_itself() {
    let (health, transitions) = run(&policy(2, 1), &[Failed, Failed]);
    assert_eq!((health.state(), transitions.len()), (State::Down, 1));
    let (health, transitions) = run(&policy(2, 3), &[Failed, Healthy]);
    assert_eq!(
        (health.state(), transitions),
        (State::Up, vec![(1, Transition::FirstUp)])
    );
}

#[test]
fn own_trouble_hides_the_server_and_keeps_the_belief() {
    let (health, _) = run(&policy(1, 1), &[Failed, Unknown]);
    assert_eq!(
        (health.state(), health.believed),
        (State::Unknown, State::Down)
    );
    let (health, transitions) = run(&policy(1, 1), &[Failed, Unknown, Failed]);
    assert_eq!((health.state(), transitions.len()), (State::Down, 1));
}

#[test]
fn a_failure_that_was_held_back_is_confirmed_anew_and_began_when_it_did() {
    let held = [Healthy, Failed, Offline, Failed, Failed];
    let (health, transitions) = run(&policy(2, 1), &held);
    assert_eq!((transitions.len(), health.since), (2, at(1_000)));
    let (health, transitions) = run(&policy(2, 1), &held[..4]);
    assert_eq!((transitions.len(), health.state()), (1, State::Unknown));
    let streak = health.streak.expect("it is being confirmed");
    assert_eq!((streak.count, streak.seen), (1, Duration::from_secs(1)));
    let (health, transitions) = run(&policy(2, 1), &[Healthy, Failed, Offline, Healthy]);
    assert_eq!((transitions.len(), health.streak), (1, None));
}

proptest! {
    #[test]
    fn opened_and_resolved_alternate_and_are_truly_confirmed(
        failures in 1_i64..5,
        recoveries in 1_i64..5,
        seen in prop::collection::vec(prop_oneof![Just(Healthy), Just(Failed), Just(Unknown), Just(Offline)], 0..80),
    ) {
        let (health, transitions) = run(&policy(failures, recoveries), &seen);
        let mut open = false;
        for (index, transition) in &transitions {
            let (side, needed) = match transition {
                Transition::FirstUp => (Healthy, 1),
                Transition::Opened { .. } => (Failed, failures),
                Transition::Resolved { .. } => (Healthy, recoveries),
            };
            let from = index + 1 - usize::try_from(needed).expect("small");
            prop_assert!(seen[from..=*index].iter().all(|seen| *seen == side));
            match transition {
                Transition::Opened { .. } => { prop_assert!(!open); open = true; }
                Transition::Resolved { .. } => { prop_assert!(open); open = false; }
                Transition::FirstUp => prop_assert!(!open && *index == transitions[0].0),
            }
        }
        prop_assert_eq!(open, health.believed == State::Down);
    }
}
