//! The only place that names sled: typed records to bytes and back, and commits that are on disk before anybody hears
//! of them.
//!
//! The whole face is four operations on typed tables, which another engine could stand behind as well:
//!
//! - [`Store::get`] and [`Store::scan`] (and [`Store::scan_back`]) read, from any thread. They show what is durable and nothing that is still on
//!   its way, and each shows one moment.
//! - [`Store::commit`] takes a [`Batch`] of guards and changes. It is atomic; a guard that fails is an ordinary
//!   [`CommitError::Conflict`]. Once it is in the queue it happens whether or not the caller still waits.
//! - The observer given to [`Store::open`] is the store's `changes()`: it is called with every durable [`Change`], in the
//!   order of the commits, and has returned before the commit's caller is answered. State that is kept up to date
//!   by it is therefore never behind what its reader has written. It runs on the writer's thread: it must be quick,
//!   and must not wait for a commit.
//!
//! How sled is held is in `engine.rs`, how damage is found out in `seal.rs` and `mark.rs`.

mod ballast;
mod batch;
pub mod collections;
mod dump;
mod engine;
mod error;
mod export;
mod group;
mod import;
mod layout;
mod mark;
mod open;
mod quiet;
mod range;
mod record;
mod seal;
mod spread;
mod table;
mod verify;
mod view;
mod writer;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

pub use batch::{Batch, Change, Changed, Committed, MAX_BATCH_BYTES};
pub use error::{CommitError, EncodeError, OpenError, StoreError};
pub use export::{ExportError, Exported};
pub use import::{ImportError, Imported, import};
pub use record::{Entry, Key, MAX_KEY_BYTES, MAX_VALUE_BYTES, Record, Revision, Stored};
pub use table::{Table, Tables};

use crate::clock::Timestamp;
use layout::Layout;
use range::{Order, Range};
use view::Views;
use writer::Request;

/// Commits that may wait before a caller must wait to be let into the queue.
const QUEUE: usize = 1024;

/// The newest dump in a data directory, whichever process has the store open.
#[must_use]
pub fn newest_dump(dir: &Path) -> Option<PathBuf> {
    Layout::new(dir.to_owned()).newest_dump()
}

/// [`OpenError::Locked`] where a process has this data directory now; the directory is only looked at.
#[must_use]
pub fn in_use(dir: &Path) -> Option<OpenError> {
    Layout::new(dir.to_owned()).locked()
}

/// How to open a store.
#[derive(Debug, Clone)]
pub struct Options {
    /// The data directory; made with mode 0700 where there is none.
    pub dir: PathBuf,
    /// What sled may keep in memory, in bytes.
    pub cache_bytes: u64,
    /// Every table that the store may hold.
    pub tables: Tables,
}

/// An open store: a handle that is cheap to clone. It is closed by [`Store::close`], or when the last handle is gone.
#[derive(Debug, Clone)]
pub struct Store {
    queue: mpsc::Sender<Request>,
    views: Arc<Views>,
    layout: Arc<Layout>,
    tables: Tables,
}

/// How much a store holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Records of all tables.
    pub records: u64,
    /// The last durable commit.
    pub revision: Revision,
    /// Bytes that the database takes on disk.
    pub disk_bytes: u64,
}

impl Store {
    /// Opens the store in a data directory, or makes one there. Blocks: a store of 200,000 records is counted through.
    ///
    /// `observer` hears of every change from then on; see the module's documentation for what it may rely on.
    ///
    /// # Errors
    ///
    /// When another process has the directory, when what is there is no store or is damaged, and when the disk fails.
    /// The files are then as they were before.
    pub fn open(
        options: Options,
        observer: impl FnMut(&[Change]) + Send + 'static,
    ) -> Result<Self, OpenError> {
        open::open(options, Box::new(observer))
    }

    fn new(
        queue: mpsc::Sender<Request>,
        views: Arc<Views>,
        layout: Layout,
        tables: Tables,
    ) -> Self {
        Self {
            queue,
            views,
            layout: Arc::new(layout),
            tables,
        }
    }

    /// The record under `key`.
    ///
    /// # Errors
    ///
    /// When the store is closed, the disk fails, or the record is not one that this version can read.
    pub fn get<T: Record>(&self, key: &T::Key) -> Result<Option<Stored<T>>, StoreError> {
        let key = record::full_key::<T>(key);
        self.views
            .get(&key)?
            .map(|stored| record::decode(&key, &stored))
            .transpose()
    }

    /// At most `limit` records whose keys begin with the bytes `prefix`, in the order of their keys, from the first one
    /// after `after`. The result is of one moment; writers wait for it, so read a long table in pages.
    ///
    /// # Errors
    ///
    /// Those of [`Store::get`].
    pub fn scan<T: Record>(
        &self,
        prefix: &[u8],
        after: Option<&T::Key>,
        limit: usize,
    ) -> Result<Vec<Entry<T>>, StoreError> {
        self.read::<T>(prefix, after, limit, Order::Forward)
    }

    /// The same from the other end: at most `limit` records, the one with the largest key first, from the last one
    /// before `before`.
    ///
    /// # Errors
    ///
    /// Those of [`Store::get`].
    pub fn scan_back<T: Record>(
        &self,
        prefix: &[u8],
        before: Option<&T::Key>,
        limit: usize,
    ) -> Result<Vec<Entry<T>>, StoreError> {
        self.read::<T>(prefix, before, limit, Order::Back)
    }

    fn read<T: Record>(
        &self,
        prefix: &[u8],
        after: Option<&T::Key>,
        limit: usize,
        order: Order,
    ) -> Result<Vec<Entry<T>>, StoreError> {
        let prefix = record::joined(T::TABLE, prefix);
        let after = after.map(record::full_key::<T>);
        let range = Range {
            prefix: &prefix,
            after: after.as_deref(),
            limit,
            order,
        };
        self.views
            .scan(range)?
            .iter()
            .map(|(key, stored)| {
                Ok((
                    record::decode_key::<T>(key)?,
                    record::decode::<T>(key, stored)?,
                ))
            })
            .collect()
    }

    /// Applies `batch` and waits until it is on disk and the observer has seen it.
    ///
    /// Dropping the future changes nothing about a commit that is already queued.
    ///
    /// # Errors
    ///
    /// [`CommitError::Conflict`] when a guard did not hold. After [`CommitError::Full`] and [`CommitError::Io`] nothing is
    /// confirmed; the store lives on and tries to recover with the next commit.
    pub async fn commit(&self, batch: Batch) -> Result<Committed, CommitError> {
        batch.check(self.tables)?;
        let (reply, answer) = oneshot::channel();
        let request = Request::Commit { batch, reply };
        self.queue
            .send(request)
            .await
            .map_err(|_closed| CommitError::Closed)?;
        answer.await.map_err(|_closed| CommitError::Closed)?
    }

    /// How much there is.
    ///
    /// # Errors
    ///
    /// When the store is closed or the disk fails.
    pub fn sizes(&self) -> Result<Sizes, StoreError> {
        let seal = self.views.seal();
        Ok(Sizes {
            records: seal.records,
            revision: seal.revision,
            disk_bytes: self.views.disk_bytes()?,
        })
    }

    /// Writes the whole store to `out` as lines of JSON, as it is at this moment; commits go on meanwhile. Blocks.
    ///
    /// # Errors
    ///
    /// When the store cannot be read whole, or `out` cannot be written; what was written then lacks its trailer.
    pub fn export(&self, created_at: Timestamp, out: impl Write) -> Result<Exported, ExportError> {
        export::write(&self.views.snapshot(), self.tables, created_at, out)
    }

    /// Exports into a new file in the data directory's `dumps`, of which the newest seven are kept. Blocks.
    ///
    /// # Errors
    ///
    /// Those of [`Store::export`]; the earlier dumps are then all still there.
    pub fn dump(&self, now: Timestamp) -> Result<PathBuf, ExportError> {
        dump::write(&self.layout, &self.views.snapshot(), self.tables, now)
    }

    /// Makes what sled keeps in memory as small as it was told to be; to be called after the store was read through.
    /// Blocks, for some tenths of a second.
    pub fn forget_what_was_read(&self) {
        self.views.settle();
    }

    /// When the newest dump was made. One that seems to be from after `now` was made while the clock was ahead, and is
    /// older than it says.
    #[must_use]
    pub fn newest_dump(&self, now: Timestamp) -> Option<Timestamp> {
        dump::newest(&self.layout, now)
    }

    /// Serves the commits that are already queued, then closes the files and lets go of the directory. Later calls on
    /// any handle fail with `Closed`.
    pub async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.queue.send(Request::Close { reply }).await.is_ok() {
            // An error means that the writer is gone already, which is what is wanted.
            let _gone = closed.await;
        }
        self.queue.closed().await;
    }
}
