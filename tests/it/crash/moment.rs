//! When the process is killed: at any time, but often just where it matters.

use std::fs;
use std::path::Path;
use std::time::Duration;

use healthbot::clock::SharedClock;
use healthbot::deathpoint::Point;
use healthbot::demo::{Effect, Fault, Workspace};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::harness::dice::Dice;

/// A round's work takes about so long.
const ROUND_MS: u64 = 2_500;

/// A commit and its sync take a few of these.
const LINGER_MS: u64 = 8;

/// The moment of a kill.
#[derive(Debug, Clone)]
pub(super) enum Moment {
    /// So long after the round began.
    After(Duration),
    /// So long after the workspace took the nth call of the round.
    Call { nth: u64, linger: Duration },
    /// So long after the nth thing that a person began to do in the round.
    Step { nth: u64, linger: Duration },
    /// Between a commit and whatever follows it: at the first that the server's nth change of state brings about.
    Commit { nth: u64 },
    /// While a message to the first channel is on its way: before the workspace took it, or after.
    Underway { taken: bool },
    /// The nth time that the process comes to this point.
    At { point: Point, nth: u64 },
}

impl Moment {
    pub(super) fn random(dice: &mut Dice) -> Self {
        let linger = Duration::from_millis(dice.below(LINGER_MS));
        match dice.below(14) {
            0 | 1 => Self::After(Duration::from_millis(dice.below(ROUND_MS))),
            2..=4 => {
                let nth = 1 + dice.below(6);
                Self::Call { nth, linger }
            }
            5 | 6 => {
                let nth = 1 + dice.below(8);
                Self::Step { nth, linger }
            }
            7 | 8 => {
                let nth = 1 + dice.below(2);
                Self::Commit { nth }
            }
            9 => {
                let taken = dice.once_in(2);
                Self::Underway { taken }
            }
            _ => {
                let point = Point::ALL[usize::try_from(dice.below(6)).unwrap()];
                let nth = 1 + dice.below(match point {
                    Point::BeforeSend | Point::AfterSend => 2,
                    _ => 8,
                });
                Self::At { point, nth }
            }
        }
    }

    /// The point at which the process ends by itself.
    pub(super) const fn point(&self) -> Option<Point> {
        match self {
            Self::At { point, .. } => Some(*point),
            _ => None,
        }
    }

    /// Prepares the workspace for it, and the process by an order.
    pub(super) fn prepare(&self, workspace: &Workspace, channel: &str, order: &Path) {
        match self {
            Self::Underway { taken } => {
                let effect = if *taken {
                    Effect::CommitThenHang
                } else {
                    Effect::Hang
                };
                workspace.fault(Fault::once("chat.postMessage", effect).in_channel(channel));
            }
            Self::At { point, nth } => {
                // Renamed, so that nobody reads half of it.
                let draft = order.with_extension("draft");
                fs::write(&draft, format!("{} {nth}", point.name())).unwrap();
                fs::rename(draft, order).unwrap();
            }
            _ => {}
        }
    }

    /// Whether a call that is waiting for its answer was carried out.
    pub(super) fn carries_out(&self) -> bool {
        matches!(self, Self::Underway { taken: true })
    }

    /// Completes when it has come; asked for when the round begins.
    pub(super) async fn come(
        &self,
        workspace: &Workspace,
        clock: &SharedClock,
        data_dir: &Path,
        mut progress: watch::Receiver<Progress>,
    ) {
        match self {
            Self::After(pause) => clock.sleep(*pause).await,
            Self::Call { nth, linger } => {
                let calls = workspace.read(|state| state.journal().len() as u64);
                let enough = calls + nth;
                workspace
                    .wait_for(|state| (state.journal().len() as u64 >= enough).then_some(()))
                    .await;
                clock.sleep(*linger).await;
            }
            Self::Step { nth, linger } => {
                // The sender lives as long as the lane.
                let _ = progress.wait_for(|now| now.steps >= *nth).await;
                clock.sleep(*linger).await;
            }
            Self::Commit { nth } => {
                let _ = progress.wait_for(|now| now.turns >= *nth).await;
                // The file is written after each commit.
                let mark = data_dir.join("store.mark");
                let before = fs::read(&mark).unwrap();
                // What follows may follow within a fraction of a millisecond, so this does not sleep.
                while fs::read(&mark).unwrap() == before {
                    tokio::task::yield_now().await;
                }
            }
            // The process ends by itself.
            Self::At { .. } => std::future::pending().await,
            Self::Underway { .. } => {
                workspace
                    .wait_for(|state| state.faults().is_empty().then_some(()))
                    .await;
            }
        }
    }
}

/// How far a round has come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    /// How much people began to do.
    pub(super) steps: u64,
    /// How often the server changed its state.
    pub(super) turns: u64,
}

/// The end of one life, as those see it who live in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Fate {
    /// The process may end by itself at any time.
    pub(super) ordered: bool,
    /// The kill is on its way: what fails from now on fails because of it.
    pub(super) coming: CancellationToken,
    /// The process is gone: what was not answered by now never will be.
    pub(super) sealed: CancellationToken,
}

impl Fate {
    /// Whether a failure is the kill's.
    pub(super) fn excuses(&self) -> bool {
        self.ordered || self.coming.is_cancelled()
    }
}
