//! The data directory: what lies where, who may use it, and how a store comes to be without ever being half there.
//!
//! ```text
//! lock              held by the process that uses the directory; its pid
//! store/            sled's files
//! store.mark        that there is a store, and its revision (mark.rs)
//! store.ballast     room for when the disk is full (ballast.rs)
//! store.untouched/  a copy of store/ while it is being opened, to put back if it is refused
//! store.building/   a new store being made or imported
//! store.ready/      a new store, complete, about to become store/
//! store.discard/    about to be removed
//! dumps/            the daily dumps
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::error::{OpenError, is_full};
use super::mark;
use super::record::Revision;

/// The paths under one data directory.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    dir: PathBuf,
}

/// What stands in a data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing yet.
    Nothing,
    /// A store that had reached this revision at least.
    Store(Revision),
}

/// Keeps other processes out for as long as it lives.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Closing the file is not enough: the lock lasts as long as a copy is open, and a child that is just being started has
    /// one until its own program runs.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the data directory stays locked until this process has ended");
        }
    }
}

impl Layout {
    pub(super) fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub(super) fn store(&self) -> PathBuf {
        self.dir.join("store")
    }

    pub(super) fn mark(&self) -> PathBuf {
        self.dir.join("store.mark")
    }

    pub(super) fn new_mark(&self) -> PathBuf {
        self.dir.join("store.mark.new")
    }

    pub(super) fn building(&self) -> PathBuf {
        self.dir.join("store.building")
    }

    pub(super) fn ballast(&self) -> PathBuf {
        self.dir.join("store.ballast")
    }

    pub(super) fn dumps(&self) -> PathBuf {
        self.dir.join("dumps")
    }

    fn ready(&self) -> PathBuf {
        self.dir.join("store.ready")
    }

    fn untouched(&self) -> PathBuf {
        self.dir.join("store.untouched")
    }

    fn discard(&self) -> PathBuf {
        self.dir.join("store.discard")
    }

    /// Makes the directory, readable by its owner alone, where there is none; takes its lock.
    pub(super) fn lock(&self) -> Result<Lock, OpenError> {
        make_private(&self.dir).map_err(|source| self.failed("create", &self.dir, source))?;
        let path = self.dir.join("lock");
        let failed = |source| self.failed("lock", &path, source);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(self.held(&mut file)),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // The pid only helps the next one's message: a full disk, of all things, must not keep this one from starting.
        let _unwritten = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Lock { file })
    }

    /// That another process has the lock, where one has it. Nothing is made, and nothing kept.
    pub(super) fn locked(&self) -> Option<OpenError> {
        let mut file = File::open(self.dir.join("lock")).ok()?;
        match file.try_lock_shared() {
            Ok(()) => {
                // It is closed in a moment, which does the same.
                let _unlocked = file.unlock();
                None
            }
            Err(TryLockError::WouldBlock) => Some(self.held(&mut file)),
            Err(TryLockError::Error(_)) => None,
        }
    }

    fn held(&self, lock: &mut File) -> OpenError {
        let mut text = String::new();
        let read = lock.read_to_string(&mut text).ok();
        OpenError::Locked {
            dir: self.dir.clone(),
            pid: read.and_then(|_| text.trim().parse().ok()),
        }
    }

    /// Finishes what an interrupted process left half done, and says what there is.
    pub(super) fn settle(&self) -> Result<Found, OpenError> {
        for leftover in [self.building(), self.discard(), self.new_mark()] {
            remove(&leftover).map_err(|source| self.failed("remove", &leftover, source))?;
        }
        let mark = self.mark();
        let marked = mark::read(&mark).map_err(|source| match source.kind() {
            io::ErrorKind::InvalidData => self.damaged("store.mark does not say what it should"),
            _ => self.failed("read", &mark, source),
        })?;
        let (store, ready, untouched) = (self.store(), self.ready(), self.untouched());
        if exists(&store) {
            for leftover in [&ready, &untouched] {
                remove(leftover).map_err(|source| self.failed("remove", leftover, source))?;
            }
        } else if exists(&untouched) {
            self.rename(&untouched, &store)?;
        } else if exists(&ready) && marked.is_some() {
            self.rename(&ready, &store)?;
        }
        match marked {
            None if exists(&store) => Err(self.unmarked()),
            None => {
                remove(&ready).map_err(|source| self.failed("remove", &ready, source))?;
                Ok(Found::Nothing)
            }
            Some(_) if !exists(&store) => Err(self.damaged("its directory store is missing")),
            Some(_) if !store.is_dir() => Err(self.damaged("store is not a directory")),
            Some(revision) => Ok(Found::Store(revision)),
        }
    }

    /// Turns the closed database in `store.building` into the store. `replace` is set where an empty one is there.
    pub(super) fn install(&self, revision: Revision, replace: bool) -> Result<(), OpenError> {
        let (building, ready, store) = (self.building(), self.ready(), self.store());
        sync_tree(&building).map_err(|source| self.failed("sync", &building, source))?;
        self.rename(&building, &ready)?;
        if replace {
            self.rename(&store, &self.discard())?;
        }
        let mark = self.mark();
        mark::Mark::create(&mark, &self.new_mark(), revision)
            .map_err(|source| self.failed("write", &mark, source))?;
        self.sync_dir()?;
        self.rename(&ready, &store)?;
        let discard = self.discard();
        remove(&discard).map_err(|source| self.failed("remove", &discard, source))
    }

    /// Copies the store aside, so that opening it can be undone: sled writes while it recovers. Says whether it did; a
    /// full disk is no reason not to try to open.
    pub(super) fn keep_untouched(&self) -> Result<bool, OpenError> {
        let untouched = self.untouched();
        match copy_tree(&self.store(), &untouched) {
            Ok(()) => Ok(true),
            Err(error) if is_full(&error) => self.drop_untouched().map(|()| false),
            Err(source) => Err(self.failed("copy the store to", &untouched, source)),
        }
    }

    /// Removes the copy: the store is open and sound.
    pub(super) fn drop_untouched(&self) -> Result<(), OpenError> {
        let untouched = self.untouched();
        remove(&untouched).map_err(|source| self.failed("remove", &untouched, source))
    }

    /// Puts the copy back in the place of what a refused opening has left.
    pub(super) fn restore_untouched(&self) -> Result<(), OpenError> {
        let (untouched, discard) = (self.untouched(), self.discard());
        sync_tree(&untouched).map_err(|source| self.failed("sync", &untouched, source))?;
        self.rename(&self.store(), &discard)?;
        self.rename(&untouched, &self.store())?;
        remove(&discard).map_err(|source| self.failed("remove", &discard, source))
    }

    /// The newest dump, by its name.
    pub(super) fn newest_dump(&self) -> Option<PathBuf> {
        dumps_in(&self.dumps()).ok()?.pop()
    }

    pub(super) fn damaged(&self, reason: impl Into<String>) -> OpenError {
        OpenError::Damaged {
            dir: self.dir.clone(),
            reason: reason.into(),
            newest_dump: self.newest_dump(),
        }
    }

    pub(super) fn newer(&self, reason: String) -> OpenError {
        OpenError::Newer {
            dir: self.dir.clone(),
            reason,
        }
    }

    pub(super) fn full(&self, reason: String) -> OpenError {
        OpenError::Full {
            dir: self.dir.clone(),
            reason,
        }
    }

    pub(super) fn failed(&self, action: &'static str, path: &Path, source: io::Error) -> OpenError {
        if is_full(&source) {
            return self.full(source.to_string());
        }
        OpenError::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }

    /// Something named `store` without a mark: another program's, or a store that lost its mark.
    fn unmarked(&self) -> OpenError {
        let store = self.store();
        if store.join("db").is_file() && store.join("conf").is_file() {
            return self.damaged("its file store.mark is missing");
        }
        OpenError::Foreign {
            path: store,
            reason: "healthbot did not make it".to_owned(),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<(), OpenError> {
        fs::rename(from, to).map_err(|source| self.failed("rename", from, source))?;
        self.sync_dir()
    }

    fn sync_dir(&self) -> Result<(), OpenError> {
        sync_dir(&self.dir).map_err(|source| self.failed("sync", &self.dir, source))
    }
}

/// The dumps in `dir`, oldest first.
pub(super) fn dumps_in(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut dumps = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("healthbot-") && name.ends_with(".jsonl") {
            dumps.push(path);
        }
    }
    dumps.sort();
    Ok(dumps)
}

/// Makes `dir` for its owner alone, with everything above it; one that exists stays as it is.
pub(super) fn make_private(dir: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Makes the names in `dir` durable.
pub(super) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Whether anything has that name, be it a link to nowhere.
fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Removes a file or a whole directory; there may be none.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })
}

/// Copies the files of `from` and of the directories in it.
fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    make_private(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Makes every file under `dir`, and its name, durable.
fn sync_tree(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_dir(dir)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_that_a_child_inherits_keeps_nobody_out() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::new(dir.path().to_owned());
        let lock = layout.lock().unwrap();
        let inherited = lock.file.try_clone().unwrap();
        assert!(matches!(layout.lock(), Err(OpenError::Locked { .. })));
        drop(lock);
        assert!(layout.lock().is_ok());
        drop(inherited);
    }
}
