//! The one thread that writes.
//!
//! Several writers of sled are slower than one that gathers what is waiting and syncs once for all of it. Its order is
//! the store's promise: judge, write, sync, note the mark, show the readers, tell the observer, answer the callers.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::ballast::Ballast;
use super::batch::{Batch, Change, Committed, MAX_BATCH_BYTES};
use super::engine::{Engine, EngineError, Setup};
use super::error::CommitError;
use super::group::Group;
use super::layout::Lock;
use super::mark::Mark;
use super::quiet;
use super::view::Views;
use crate::deathpoint::{self, Point};

/// The most commits that share one sync: enough to hide its cost, few enough that the first need not wait long.
const MAX_GROUP: usize = 256;

/// Whoever hears of every durable change.
pub(super) type Observer = Box<dyn FnMut(&[Change]) + Send>;

/// What the writer is asked.
pub(super) enum Request {
    Commit {
        batch: Batch,
        reply: oneshot::Sender<Result<Committed, CommitError>>,
    },
    Close {
        reply: oneshot::Sender<()>,
    },
}

/// A commit in the queue.
struct Waiting {
    batch: Batch,
    reply: oneshot::Sender<Result<Committed, CommitError>>,
}

/// The owner of the open store.
pub(super) struct Writer {
    pub(super) setup: Setup,
    /// Nothing after a failed write until the database is open again.
    pub(super) engine: Option<Engine>,
    pub(super) mark: Mark,
    pub(super) views: Arc<Views>,
    pub(super) observer: Observer,
    /// The group whose writing failed, until the database is open again and has shown whether it is there.
    pub(super) unsettled: Option<Group>,
    pub(super) ballast: Ballast,
    pub(super) lock: Lock,
}

impl Writer {
    /// Serves `queue` until it is closed; then closes the database and lets go of the directory.
    pub(super) fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        let mut closers = Vec::new();
        while let Some(first) = queue.blocking_recv() {
            let (group, closer) = gather(first, &mut queue);
            self.commit(group);
            if let Some(closer) = closer {
                // Whoever is already in the queue is still served; nobody new is let in.
                queue.close();
                closers.push(closer);
            }
        }
        self.views.close();
        // sled's last flush panics where the sync fails; everything confirmed was synced long before.
        let _panic = quiet::catch(|| drop(self.engine));
        drop(self.lock);
        for closer in closers {
            // A closer that was dropped does not care.
            let _gone = closer.send(());
        }
    }

    /// Commits the waiting batches together and answers each.
    fn commit(&mut self, waiting: Vec<Waiting>) {
        if waiting.is_empty() {
            return;
        }
        let outcomes = self.write(&waiting);
        deathpoint::reach(Point::BeforeAcknowledgement);
        match outcomes {
            Ok(outcomes) => {
                for (waiting, outcome) in waiting.into_iter().zip(outcomes) {
                    // A caller that went away has its commit all the same.
                    let _gone = waiting.reply.send(outcome);
                }
            }
            Err(error) => {
                for waiting in waiting {
                    let _gone = waiting.reply.send(Err(error.clone()));
                }
            }
        }
        deathpoint::reach(Point::AfterAcknowledgement);
    }

    /// Judges the batches, writes those that hold, and lets the world know.
    fn write(
        &mut self,
        waiting: &[Waiting],
    ) -> Result<Vec<Result<Committed, CommitError>>, CommitError> {
        self.reopen_if_needed()?;
        self.ballast.hold().map_err(|error| refusal(error.into()))?;
        let engine = self.engine.as_mut().ok_or(CommitError::Closed)?;
        let mut group = Group::new(engine.seal());
        for waiting in waiting {
            if let Err(error) = group.add(&waiting.batch, |key| engine.get(key)) {
                return Err(self.survive(None, error));
            }
        }
        let outcomes = std::mem::take(&mut group.outcomes);
        if !group.is_empty() {
            self.views.shield(std::mem::take(&mut group.before));
            deathpoint::reach(Point::BeforeCommit);
            if let Err(error) = engine.apply(group.writes(), group.seal) {
                // A write that found no room may have come after the group's own. A sync that failed is another matter: what
                // could not be written is dropped by the kernel, and is not to be confirmed even if it is read back.
                let may_be_there = matches!(error, EngineError::Full(_));
                let revision = group.seal.revision;
                let error = self.survive(Some(group), error);
                if !may_be_there || self.views.seal().revision != revision {
                    return Err(error);
                }
            } else {
                deathpoint::reach(Point::AfterCommit);
                self.publish(&group);
            }
        }
        Ok(outcomes
            .into_iter()
            .map(|outcome| outcome.map(|revision| Committed { revision }))
            .collect())
    }

    /// Goes on after `error`: sled refuses everything from then on, until it is opened anew. Where `group` was being
    /// written, that shows whether it is on disk after all, and publishes it if so.
    fn survive(&mut self, group: Option<Group>, error: EngineError) -> CommitError {
        self.unsettled = group;
        if matches!(error, EngineError::Full(_)) {
            self.ballast.release();
        }
        let error = refusal(error);
        tracing::error!(%error, "a commit could not be written; opening the store anew");
        if let Some(engine) = self.engine.take() {
            self.let_go(engine);
        }
        if let Err(error) = self.reopen_if_needed() {
            tracing::error!(%error, "the store could not be opened anew; the next commit tries again");
        }
        error
    }

    /// Lets the world know of a durable group.
    fn publish(&mut self, group: &Group) {
        if let Err(error) = self.mark.advance(group.seal.revision) {
            // A mark that lags notices a little less; it is no reason to deny a commit that is durable.
            tracing::warn!(%error, "the store's mark could not be written");
        }
        self.views.reveal(group.seal);
        (self.observer)(&group.changes);
    }

    /// Opens the database after a failed write, and finds out whether that write is in it.
    fn reopen_if_needed(&mut self) -> Result<(), CommitError> {
        if self.engine.is_some() {
            return Ok(());
        }
        let engine = Engine::reopen(&self.setup).map_err(refusal)?;
        let found = engine.seal();
        let written = self.unsettled.take_if(|group| group.seal == found);
        if written.is_none() && found != self.views.seal() {
            return Err(CommitError::Io(
                "the store lost commits: restart healthbot".to_owned(),
            ));
        }
        self.unsettled = None;
        self.views.attach(engine.reader());
        self.engine = Some(engine);
        match written {
            Some(group) => self.publish(&group),
            None => self.views.reveal(found),
        }
        Ok(())
    }

    /// Closes a database that failed. Readers are told to come back.
    fn let_go(&self, engine: Engine) {
        self.views.detach();
        // sled's drop panics where the disk fails again.
        let _panic = quiet::catch(|| drop(engine));
    }
}

/// `first` and what is waiting behind it, up to a request to close.
fn gather(
    first: Request,
    queue: &mut mpsc::Receiver<Request>,
) -> (Vec<Waiting>, Option<oneshot::Sender<()>>) {
    let mut group = Vec::new();
    let mut bytes = 0;
    let mut next = Some(first);
    while let Some(request) = next {
        match request {
            Request::Commit { batch, reply } => {
                bytes += batch.bytes();
                group.push(Waiting { batch, reply });
            }
            Request::Close { reply } => return (group, Some(reply)),
        }
        let has_room = group.len() < MAX_GROUP && bytes < MAX_BATCH_BYTES;
        next = if has_room {
            queue.try_recv().ok()
        } else {
            None
        };
    }
    (group, None)
}

fn refusal(error: EngineError) -> CommitError {
    match error {
        EngineError::Full(reason) => CommitError::Full(reason),
        EngineError::Io(reason) | EngineError::Damaged(reason) | EngineError::Newer(reason) => {
            CommitError::Io(reason)
        }
    }
}
