//! Named points at which a debug build dies or panics when it is told to, so that a test of `kill -9` meets just them.
//!
//! A kill from outside hits whatever happens to be under way; the few instructions between a durable commit and its
//! acknowledgement it hits almost never. In a release build [`reach`] is empty, and nobody listens to orders.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A point where dying is of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// A commit is judged, and nothing of it written.
    BeforeCommit,
    /// It is durable, and nobody knows.
    AfterCommit,
    /// The attempt at a message is on disk, and nothing of the message on the wire.
    BeforeSend,
    /// Slack has answered, and the outbox still holds the message.
    AfterSend,
    /// A commit is durable and known to its observers, and whoever asked for it has not heard.
    BeforeAcknowledgement,
    /// Whoever asked for a commit has heard that it is durable.
    AfterAcknowledgement,
}

impl Point {
    /// Every one.
    pub const ALL: [Self; 6] = [
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::BeforeSend,
        Self::AfterSend,
        Self::BeforeAcknowledgement,
        Self::AfterAcknowledgement,
    ];

    /// How an order calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BeforeCommit => "before-commit",
            Self::AfterCommit => "after-commit",
            Self::BeforeSend => "before-send",
            Self::AfterSend => "after-send",
            Self::BeforeAcknowledgement => "before-acknowledgement",
            Self::AfterAcknowledgement => "after-acknowledgement",
        }
    }
}

struct Listening {
    order: PathBuf,
    reached: AtomicU64,
}

static LISTENING: OnceLock<Listening> = OnceLock::new();

/// How the process, or the task, ends at a point.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// As `kill -9` ends it: no destructor runs, nothing is flushed.
    Death,
    /// A panic with these words.
    Panic(String),
}

/// Obeys the order in this file from now on, once there is one: the name of a point, a blank, and the how manieth time
/// from the order on. Words after another blank ask for a panic that says them, and not for death.
pub fn obey(order: PathBuf) {
    let reached = AtomicU64::new(0);
    // The first one who says so is obeyed: a process has one life.
    let _ = LISTENING.set(Listening { order, reached });
}

/// The process is at this point. Where the order says so it ends here.
pub fn reach(point: Point) {
    if cfg!(debug_assertions)
        && let Some(listening) = LISTENING.get()
        && let Some(end) = listening.ordered(point)
    {
        match end {
            End::Death => std::process::abort(),
            End::Panic(words) => panic!("{words}"),
        }
    }
}

impl Listening {
    fn ordered(&self, point: Point) -> Option<End> {
        let order = fs::read_to_string(&self.order).unwrap_or_default();
        let (name, rest) = order.split_once(' ')?;
        let (nth, end) = match rest.split_once(' ') {
            Some((nth, words)) => (nth, End::Panic(words.to_owned())),
            None => (rest, End::Death),
        };
        let is_it = name == point.name()
            && nth.parse() == Ok(self.reached.fetch_add(1, Ordering::Relaxed) + 1);
        is_it.then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ordered_point_counts_and_only_once() {
        let order = tempfile::NamedTempFile::new().unwrap();
        let listening = Listening {
            order: order.path().to_owned(),
            reached: AtomicU64::new(0),
        };
        let ordered = |point| listening.ordered(point);
        assert_eq!(ordered(Point::AfterSend), None, "no order yet");
        fs::write(order.path(), "after-send 2").unwrap();
        let reached = [
            Point::AfterSend,
            Point::BeforeSend,
            Point::AfterSend,
            Point::AfterSend,
        ];
        let death = Some(End::Death);
        assert_eq!(reached.map(ordered), [None, None, death, None]);
        fs::write(order.path(), "before-commit 4 no answer").unwrap();
        let panic = Some(End::Panic("no answer".to_owned()));
        assert_eq!(ordered(Point::BeforeCommit), panic);
    }
}
