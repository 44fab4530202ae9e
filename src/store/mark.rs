//! The mark: a small file beside the store that says that there is one, and up to which revision it got.
//!
//! It catches the two losses that the seal cannot: a store that is gone altogether, and a log that sled cut back, in
//! silence, to an older state that is consistent in itself. It is written after the store has been synced and is not
//! synced itself, so it can lag behind the store and never run ahead of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::record::Revision;

/// The first word of the file, and the version of its form.
const TITLE: &str = "healthbot-store 1";

/// The open file.
#[derive(Debug)]
pub(super) struct Mark(File);

impl Mark {
    /// Creates or replaces the file at `path`, through `temporary` so that it is never seen half written, and syncs it.
    pub(super) fn create(path: &Path, temporary: &Path, revision: Revision) -> io::Result<Self> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(temporary)?;
        file.write_all(line(revision).as_bytes())?;
        file.sync_all()?;
        fs::rename(temporary, path)?;
        Ok(Self(file))
    }

    /// Opens the file at `path`.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        OpenOptions::new().write(true).open(path).map(Self)
    }

    /// Notes that the store has reached `revision`. The line has one length whatever the number and lies within one
    /// sector, so a crash leaves the old one or the new one.
    pub(super) fn advance(&self, revision: Revision) -> io::Result<()> {
        self.0.write_all_at(line(revision).as_bytes(), 0)
    }
}

/// The revision noted at `path`, or nothing where there is no file; an error where the file says something else.
pub(super) fn read(path: &Path) -> io::Result<Option<Revision>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    parse(&bytes)
        .map(Some)
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn parse(bytes: &[u8]) -> Option<Revision> {
    let text = std::str::from_utf8(bytes).ok()?;
    let number = text.strip_prefix(TITLE)?.split_whitespace().next()?;
    let revision = Revision(number.parse().ok()?);
    (text == line(revision)).then_some(revision)
}

fn line(revision: Revision) -> String {
    let body = format!("{TITLE} {:020}", revision.0);
    let check = hex::encode(&Sha256::digest(body.as_bytes())[..4]);
    format!("{body} {check}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_what_was_noted_last() {
        let dir = tempfile::tempdir().unwrap();
        let (path, temporary) = (dir.path().join("mark"), dir.path().join("mark.new"));
        assert_eq!(read(&path).unwrap(), None);
        Mark::create(&path, &temporary, Revision(7))
            .unwrap()
            .advance(Revision(u64::MAX))
            .unwrap();
        assert_eq!(read(&path).unwrap(), Some(Revision(u64::MAX)));
    }

    #[test]
    fn every_flipped_byte_is_noticed() {
        let good = line(Revision(42)).into_bytes();
        assert_eq!(parse(&good), Some(Revision(42)));
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert_eq!(parse(&bad), None, "byte {at}");
        }
        assert_eq!(parse(&good[..good.len() - 1]), None);
    }
}
