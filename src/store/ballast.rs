//! Room kept on the disk for the moment when there is none.
//!
//! A write of sled's log that fails leaves a `Db` that refuses everything, at times even reading, until it is opened
//! anew; and opening writes too. So some room is held by a file of no content. When the disk is full the file goes,
//! the database is opened in the room that it leaves, and readers read on. Commits wait until the file fits again.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

/// The file's size in bytes: several times the snapshot and the segments that opening 200,000 records writes.
const BYTES: usize = 8 * 1024 * 1024;

const CHUNK: usize = 64 * 1024;

/// The file, which is there or not.
#[derive(Debug)]
pub(super) struct Ballast {
    path: PathBuf,
    held: bool,
}

impl Ballast {
    pub(super) fn new(path: PathBuf) -> Self {
        let held = path
            .metadata()
            .is_ok_and(|metadata| metadata.len() == BYTES as u64);
        Self { path, held }
    }

    /// Makes sure that the file is there; fails where it does not fit.
    pub(super) fn hold(&mut self) -> io::Result<()> {
        if self.held {
            return Ok(());
        }
        let written = self.write();
        if written.is_err() {
            // A part of it is of no use to anybody; if it cannot be removed, the next try overwrites it.
            let _left = fs::remove_file(&self.path);
        }
        self.held = written.is_ok();
        written
    }

    /// Gives the room away.
    pub(super) fn release(&mut self) {
        self.held = false;
        // If it cannot be removed there is no room, which whoever needs it will notice.
        let _left = fs::remove_file(&self.path);
    }

    fn write(&self) -> io::Result<()> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&self.path)?;
        // Written, not only made long, so that the blocks are really taken.
        let chunk = [0x5a; CHUNK];
        (0..BYTES / CHUNK).try_for_each(|_| file.write_all(&chunk))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_there_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ballast");
        let mut ballast = Ballast::new(path.clone());
        ballast.hold().unwrap();
        assert_eq!(path.metadata().unwrap().len(), BYTES as u64);
        assert!(Ballast::new(path.clone()).held);
        ballast.release();
        assert!(!path.exists());
        ballast.hold().unwrap();
        assert!(path.exists());
        fs::write(&path, "short").unwrap();
        assert!(!Ballast::new(path).held);
    }

    #[test]
    fn where_it_does_not_fit_nothing_is_held() {
        let mut ballast = Ballast::new("/dev/full".into());
        assert!(ballast.write().is_err());
        ballast.path = "/nowhere/ballast".into();
        assert!(ballast.hold().is_err());
        assert!(!ballast.held);
    }
}
