//! The daily dump: an export into a file that is either whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::export::{self, ExportError};
use super::layout::{Layout, dumps_in, make_private, sync_dir};
use super::table::Tables;
use super::view::Snapshot;
use crate::clock::Timestamp;

/// How many dumps are kept.
const KEPT: usize = 7;

/// A dump's name: the moment at which it was made.
const NAME: &str = "healthbot-%Y%m%dT%H%M%SZ.jsonl";

/// When the newest dump was made, of those that are not from after `now`.
pub(super) fn newest(layout: &Layout, now: Timestamp) -> Option<Timestamp> {
    let dumps = dumps_in(&layout.dumps()).ok()?;
    let made = dumps.iter().filter_map(|path| made_at(path));
    made.filter(|at| *at <= now).max()
}

/// When a dump was made, by its name.
fn made_at(path: &Path) -> Option<Timestamp> {
    let name = path.file_name()?.to_str()?;
    let made = chrono::NaiveDateTime::parse_from_str(name, NAME).ok()?;
    Some(made.and_utc())
}

/// Writes a dump named after `now`, removes all but the newest [`KEPT`], and returns its path.
pub(super) fn write(
    layout: &Layout,
    snapshot: &Snapshot,
    tables: Tables,
    now: Timestamp,
) -> Result<PathBuf, ExportError> {
    let dir = layout.dumps();
    make_private(&dir)?;
    let unfinished = dir.join("unfinished");
    let path = dir.join(now.format(NAME).to_string());
    let file = create(&unfinished)?;
    let written = export::write(snapshot, tables, now, BufWriter::new(&file))
        .and_then(|_exported| Ok(file.sync_all()?));
    if let Err(error) = written {
        // What is left of it would only take room on a disk that may be full.
        let _left = fs::remove_file(&unfinished);
        return Err(error);
    }
    fs::rename(&unfinished, &path)?;
    sync_dir(&dir)?;
    prune(&dir, now)?;
    Ok(path)
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
}

/// What was made while the clock was ahead goes first: it is older than anything made since.
fn prune(dir: &Path, now: Timestamp) -> io::Result<()> {
    let mut dumps = dumps_in(dir)?;
    dumps.sort_by_key(|path| made_at(path).filter(|at| *at <= now));
    let surplus = dumps.len().saturating_sub(KEPT);
    dumps.iter().take(surplus).try_for_each(fs::remove_file)
}
