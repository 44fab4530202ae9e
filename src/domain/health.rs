//! What is believed of a server, and how one outcome changes it.
//!
//! [`step`] is the whole decision: it is pure, and every change that it reports carries its reason.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::flapping::Flapping;
use crate::domain::ids::IncidentId;
use crate::domain::outcome::{Failure, Outcome, Trouble, Verdict};
use crate::domain::settings::Policy;

/// Between two probes while a failure or a recovery is being confirmed.
pub const CONFIRM_EVERY: Duration = Duration::from_secs(1);

/// A server of which something is known that cannot be told yet is probed again within so long, whatever its interval.
pub const HELD_EVERY: Duration = Duration::from_secs(10);

/// What is believed of a server once outcomes have confirmed it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Not probed yet, or nothing confirmed yet.
    #[default]
    Pending,
    /// It answers as it should.
    Up,
    /// It does not.
    Down,
    /// The prober could not look; what was believed before is kept underneath.
    Unknown,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Up, Self::Down, Self::Unknown];

    /// The API's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Up => "up",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }
}

/// Outcomes in a row that contradict what is believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Streak {
    /// How many so far.
    pub count: u8,
    /// When the first of them was probed.
    pub began: Timestamp,
    /// When that probe had ended, on the clock that is never set back.
    pub seen: Duration,
}

/// What is believed of one server. Only what a transition changes is written down; the rest lives in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// What was last confirmed: never [`State::Unknown`].
    pub believed: State,
    /// Since when: the first outcome of those that confirmed it.
    pub since: Timestamp,
    /// The open incident, while it is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incident: Option<IncidentId>,
    /// The incident that was last told as a failure, until its recovery is told: while the server flaps, what the
    /// channels heard and what is believed part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard: Option<IncidentId>,
    /// When a probe last found it healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_healthy: Option<Timestamp>,
    /// Its recent changes, and whether it is flapping.
    #[serde(default)]
    pub flapping: Flapping,
    /// The last probe's outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_outcome: Option<Outcome>,
    /// Outcomes in a row against the belief.
    #[serde(skip)]
    pub streak: Option<Streak>,
    /// Set while the prober's own trouble hides the server.
    #[serde(skip)]
    pub trouble: Option<Trouble>,
}

impl Health {
    /// A server that has not been probed yet.
    #[must_use]
    pub fn pending(now: Timestamp) -> Self {
        Self {
            believed: State::Pending,
            since: now,
            incident: None,
            heard: None,
            last_healthy: None,
            flapping: Flapping::default(),
            last_outcome: None,
            streak: None,
            trouble: None,
        }
    }

    /// The state as people are shown it.
    #[must_use]
    pub const fn state(&self) -> State {
        if self.trouble.is_some() {
            State::Unknown
        } else {
            self.believed
        }
    }
}

/// Why something is to be written down, and perhaps told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transition {
    /// The first healthy probe of a pending server: no recovery, not announced.
    FirstUp,
    /// A failure was confirmed: an incident opens.
    Opened {
        /// The first failed probe of those that confirmed it.
        began: Timestamp,
        /// What the last of them found.
        failure: Failure,
    },
    /// A recovery was confirmed: the open incident ends.
    Resolved {
        /// The first healthy probe of those that confirmed it.
        ended: Timestamp,
    },
}

/// What is to be said of a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// It is told as it is.
    Tell,
    /// It is one change too many: that the server is flapping is told instead.
    TellFlapping,
    /// The server is flapping: nothing is said.
    Hush,
}

/// When the server is to be probed next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// At its interval.
    Regular,
    /// [`CONFIRM_EVERY`] later: something is being confirmed.
    Confirm,
    /// Within [`HELD_EVERY`]: something is held back.
    Held,
}

/// What one outcome came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is believed from now on; the service fills in the incident that a transition opens.
    pub next: Health,
    /// What is to be written down.
    pub transition: Option<(Transition, Voice)>,
    /// The server was flapping and has kept still long enough: what is believed now may have to be told.
    pub settled: bool,
    /// When to look again.
    pub pace: Pace,
}

impl Step {
    /// Nothing is to be said.
    const fn quiet(next: Health, pace: Pace) -> Self {
        Self {
            next,
            transition: None,
            settled: false,
            pace,
        }
    }
}

/// Decides what an outcome changes that was `seen` when its probe ended, on the clock that is never set back.
#[must_use]
pub fn step(health: &Health, outcome: &Outcome, seen: Duration, policy: &Policy) -> Step {
    let at = outcome.at;
    let mut next = health.clone();
    next.last_outcome = Some(outcome.clone());
    let (contradicts, needed) = match &outcome.verdict {
        Verdict::Unknown(trouble) => {
            next.trouble = Some(*trouble);
            if *trouble != Trouble::Offline {
                next.streak = None;
                return Step::quiet(next, Pace::Regular);
            }
            // It has to be confirmed anew, and began when it did: whatever answers in between shows that it is the
            // server's own.
            let (began, seen) = match &health.streak {
                Some(streak) => (streak.began, streak.seen),
                None => (at, seen),
            };
            next.streak = Some(Streak {
                count: 0,
                began,
                seen,
            });
            return Step::quiet(next, Pace::Held);
        }
        Verdict::Healthy { .. } => {
            next.last_healthy = Some(at);
            let needed = if health.believed == State::Pending {
                1
            } else {
                policy.recoveries.get()
            };
            (health.believed != State::Up, needed)
        }
        Verdict::Failed(_) => (health.believed != State::Down, policy.failures.get()),
    };
    next.trouble = None;
    if !contradicts {
        next.streak = None;
        let settled = next.flapping.settle(at);
        return Step {
            settled,
            ..Step::quiet(next, Pace::Regular)
        };
    }
    let streak = match (&health.streak, same_side(health, outcome)) {
        (Some(streak), true) => Streak {
            count: streak.count.saturating_add(1),
            ..streak.clone()
        },
        _ => Streak {
            count: 1,
            began: at,
            seen,
        },
    };
    if streak.count < needed {
        next.streak = Some(streak);
        // What was held back stays so until it is confirmed, or the server answers.
        next.trouble = health.trouble.filter(|_| !outcome.is_healthy());
        return Step::quiet(next, Pace::Confirm);
    }
    let transition = confirmed(&mut next, &outcome.verdict, streak.began);
    let voice = match transition {
        Transition::FirstUp => Voice::Hush,
        _ => next.flapping.change(at),
    };
    Step {
        transition: Some((transition, voice)),
        ..Step::quiet(next, Pace::Regular)
    }
}

/// Whether the outcome is of the side that the running streak counts. A pending server is contradicted from both
/// sides, so its streak must be told apart by the outcome before. Only failures are held back for want of a network.
fn same_side(health: &Health, outcome: &Outcome) -> bool {
    let last = health.last_outcome.as_ref().map(|last| &last.verdict);
    match last {
        Some(Verdict::Healthy { .. }) => outcome.is_healthy(),
        Some(Verdict::Failed(_) | Verdict::Unknown(Trouble::Offline)) => !outcome.is_healthy(),
        Some(Verdict::Unknown(_)) | None => false,
    }
}

fn confirmed(next: &mut Health, verdict: &Verdict, began: Timestamp) -> Transition {
    let before = next.believed;
    next.streak = None;
    next.since = began;
    match verdict {
        Verdict::Failed(failure) => {
            next.believed = State::Down;
            Transition::Opened {
                began,
                failure: failure.clone(),
            }
        }
        _ => {
            next.believed = State::Up;
            next.incident = None;
            if before == State::Pending {
                Transition::FirstUp
            } else {
                Transition::Resolved { ended: began }
            }
        }
    }
}

#[cfg(test)]
mod tests;
