//! The one thread that writes.
//!
//! Several writers of sled are slower than one that gathers what is waiting and syncs once for all of it. Its order is
//! the store's promise: judge, write, sync, note the mark, show the readers, tell the observer, answer the callers.

use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::batch::{Batch, Change, Committed, MAX_BATCH_BYTES};
use super::engine::{Engine, EngineError, Setup};
use super::error::CommitError;
use super::group::Group;
use super::layout::Lock;
use super::mark::Mark;
use super::quiet;
use super::view::Views;

/// The most commits that share one sync: enough to hide its cost, few enough that the first need not wait long.
const MAX_GROUP: usize = 256;

/// How much must fit on the disk before a store that failed is opened anew, in bytes: a few of sled's segments of
/// 512 KiB and its snapshot.
const ROOM_TO_RECOVER: usize = 4 * 1024 * 1024;

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
    /// Nothing while the last try to open the database anew has failed.
    pub(super) engine: Option<Engine>,
    pub(super) mark: Mark,
    pub(super) views: Arc<Views>,
    pub(super) observer: Observer,
    /// The group whose writing failed, until the database was opened anew and has shown whether it is there.
    pub(super) unsettled: Option<Group>,
    /// Where room on the disk is tried.
    pub(super) scratch: PathBuf,
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
        self.views.detach();
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
    }

    fn write(
        &mut self,
        waiting: &[Waiting],
    ) -> Result<Vec<Result<Committed, CommitError>>, CommitError> {
        self.recover()?;
        let engine = self.engine.as_mut().ok_or(CommitError::Closed)?;
        let mut group = Group::new(engine.seal());
        for waiting in waiting {
            group
                .add(&waiting.batch, |key| engine.get(key))
                .map_err(refusal)?;
        }
        let outcomes = std::mem::take(&mut group.outcomes);
        if !group.is_empty() {
            self.views.shield(std::mem::take(&mut group.before));
            if let Err(error) = engine.apply(group.writes(), group.seal) {
                self.unsettled = Some(group);
                return Err(refusal(error));
            }
            self.publish(&group);
        }
        Ok(outcomes
            .into_iter()
            .map(|outcome| outcome.map(|revision| Committed { revision }))
            .collect())
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

    /// Opens the database anew after a failed write, and finds out whether that write is in it.
    ///
    /// Readers keep the old database until there is room for a new one: on a full disk they go on reading.
    fn recover(&mut self) -> Result<(), CommitError> {
        let Some(group) = self.unsettled.take() else {
            return Ok(());
        };
        match self.reopen() {
            Ok(engine) if engine.seal() == group.seal => {
                self.resume(engine);
                self.publish(&group);
                Ok(())
            }
            Ok(engine) if engine.seal() == self.views.seal() => {
                let seal = engine.seal();
                self.resume(engine);
                self.views.reveal(seal);
                Ok(())
            }
            Ok(_lost) => {
                self.unsettled = Some(group);
                Err(CommitError::Io(
                    "the store lost commits: restart healthbot".to_owned(),
                ))
            }
            Err(error) => {
                self.unsettled = Some(group);
                Err(refusal(error))
            }
        }
    }

    fn reopen(&mut self) -> Result<Engine, EngineError> {
        try_room(&self.scratch)?;
        self.views.detach();
        let old = self.engine.take();
        let _panic = quiet::catch(|| drop(old));
        Engine::open(&self.setup)
    }

    fn resume(&mut self, engine: Engine) {
        self.views.attach(engine.reader());
        self.engine = Some(engine);
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

/// Fails where the disk has no room to recover in.
fn try_room(scratch: &std::path::Path) -> Result<(), EngineError> {
    let tried = File::create(scratch).and_then(|mut file| {
        file.write_all(&vec![0; ROOM_TO_RECOVER])?;
        file.sync_all()
    });
    // One that stays is overwritten by the next try and removed at the next start.
    let _left = fs::remove_file(scratch);
    Ok(tried?)
}

fn refusal(error: EngineError) -> CommitError {
    match error {
        EngineError::Full(reason) => CommitError::Full(reason),
        EngineError::Io(reason) | EngineError::Damaged(reason) | EngineError::Newer(reason) => {
            CommitError::Io(reason)
        }
    }
}
