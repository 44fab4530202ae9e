//! The whole state while the bot runs: the lines that `healthbot export` writes of a store that is at rest.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::clock::{SharedClock, Timestamp};
use crate::store::Store;

/// One at a time: each holds on to what changes while it is read.
const AT_ONCE: usize = 1;

/// Lines are handed over in pieces of about so many bytes.
const PIECE: usize = 64 * 1024;

/// Pieces that wait to be taken.
const WAITING: usize = 4;

/// Whoever takes nothing for so long gets no more.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hands out the whole state.
#[derive(Debug, Clone)]
pub struct Backup {
    store: Store,
    clock: SharedClock,
    room: Arc<Semaphore>,
}

/// The state on its way to somebody.
#[derive(Debug)]
pub struct Pieces {
    /// When it was as it is told.
    pub made_at: Timestamp,
    /// The lines, piece by piece. An error ends them: then the last line, with the checksum, is missing.
    pub lines: mpsc::Receiver<io::Result<Bytes>>,
}

impl Backup {
    /// Of this store.
    #[must_use]
    pub fn new(store: Store, clock: SharedClock) -> Self {
        Self {
            store,
            clock,
            room: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Begins to hand out the state as it is now; commits go on meanwhile. None while somebody else is given it.
    #[must_use]
    pub fn begin(&self) -> Option<Pieces> {
        let place = Arc::clone(&self.room).try_acquire_owned().ok()?;
        let made_at = self.clock.now();
        let (to, lines) = mpsc::channel(WAITING);
        let writer = Writer {
            to,
            piece: Vec::with_capacity(PIECE),
            clock: Arc::clone(&self.clock),
            runtime: Handle::current(),
            _place: place,
        };
        let store = self.store.clone();
        // It ends by itself: with the state, or soon after whoever takes it is gone.
        tokio::task::spawn_blocking(move || write(&store, made_at, writer));
        Some(Pieces { made_at, lines })
    }
}

fn write(store: &Store, made_at: Timestamp, mut writer: Writer) {
    if let Err(error) = store.export(made_at, &mut writer) {
        tracing::warn!(%error, "an export broke off");
        let broken = io::Error::other(error.to_string());
        // Whoever took it may be gone.
        let _ = writer.hand_over(Err(broken));
    }
}

/// Hands over what is written to it.
struct Writer {
    to: mpsc::Sender<io::Result<Bytes>>,
    piece: Vec<u8>,
    clock: SharedClock,
    runtime: Handle,
    _place: OwnedSemaphorePermit,
}

impl Writer {
    fn hand_over(&self, piece: io::Result<Bytes>) -> io::Result<()> {
        self.runtime.block_on(async {
            tokio::select! {
                taken = self.to.send(piece) => taken.map_err(|_| io::ErrorKind::BrokenPipe.into()),
                () = self.clock.sleep(PATIENCE) => Err(io::ErrorKind::TimedOut.into()),
            }
        })
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.hand_over(Ok(piece.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::domain::settings::Settings;
    use crate::store::collections::TABLES;
    use crate::store::{Batch, Options};

    async fn backup(dir: &std::path::Path) -> (Backup, Arc<ManualClock>) {
        let options = Options {
            dir: dir.to_owned(),
            cache_bytes: 1024 * 1024,
            tables: TABLES,
        };
        let store = Store::open(options, |_| {}).expect("a store");
        let batch = Batch::new()
            .put(&(), &Settings::default())
            .expect("a small record");
        store.commit(batch).await.expect("committed");
        let clock = Arc::new(ManualClock::new(Timestamp::UNIX_EPOCH));
        (Backup::new(store, Arc::clone(&clock) as SharedClock), clock)
    }

    async fn whole(mut pieces: Pieces) -> String {
        let mut text = String::new();
        while let Some(piece) = pieces.lines.recv().await {
            text.push_str(std::str::from_utf8(&piece.expect("whole")).expect("text"));
        }
        text
    }

    #[tokio::test]
    async fn one_at_a_time_is_given_all_of_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let (backup, _clock) = backup(dir.path()).await;
        // A small state may be on its way whole before anybody else can ask.
        let place = Arc::clone(&backup.room).try_acquire_owned();
        assert!(backup.begin().is_none());
        drop(place);
        let text = whole(backup.begin().expect("nobody else")).await;
        assert!(
            text.lines().count() == 3 && text.ends_with("\"}\n"),
            "{text}"
        );
    }

    #[tokio::test]
    async fn whoever_goes_away_or_takes_nothing_makes_room() {
        let dir = tempfile::tempdir().expect("a directory");
        let (backup, clock) = backup(dir.path()).await;
        drop(backup.begin().expect("nobody else"));
        let pieces = loop {
            match backup.begin() {
                Some(pieces) => break pieces,
                None => tokio::task::yield_now().await,
            }
        };
        // So little waits in the channel and its writer is done; one that fills it is let go after a while.
        let (to, _kept) = mpsc::channel(1);
        let place = Arc::new(Semaphore::new(1))
            .try_acquire_owned()
            .expect("room");
        let mut writer = Writer {
            to,
            piece: Vec::new(),
            clock: Arc::clone(&clock) as SharedClock,
            runtime: Handle::current(),
            _place: place,
        };
        let writing = tokio::task::spawn_blocking(move || {
            loop {
                if let Err(error) = writer.write(&[0; PIECE]) {
                    return error.kind();
                }
            }
        });
        while !writing.is_finished() {
            clock.advance(Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
        assert_eq!(
            writing.await.expect("it ended well"),
            io::ErrorKind::TimedOut
        );
        drop(pieces);
    }
}
