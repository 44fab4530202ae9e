//! What may be on a disk when the power goes, by the rules that a program may rely on: what a completed fsync covered
//! is there. Of later writes each page may be as it was after any of them, or, where a page is torn, each sector of it.
//! `sync_file_range` promises nothing. Names change in their order, and an fsync of any file makes the changes before it
//! durable, as the journals of ext4, XFS and btrfs do.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use super::trace::{Call, Event};
use crate::harness::dice::Dice;

/// What a disk writes whole, and what the kernel writes at a time, in bytes.
const SECTOR: usize = 512;
const PAGE: usize = 4096;

#[derive(Debug, Clone)]
enum Change {
    Bytes { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug)]
struct Pending {
    call: usize,
    /// An fsync covers only the writes that had ended when it began.
    ended: bool,
    change: Change,
}

#[derive(Debug, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Pending>,
    /// Where the next write goes that names no place.
    cursor: usize,
}

#[derive(Debug, Clone)]
enum Naming {
    Made(PathBuf, usize),
    Renamed(PathBuf, PathBuf),
    Removed(PathBuf),
}

/// An fsync under way, and what it covers.
#[derive(Debug)]
struct Syncing {
    file: Option<usize>,
    calls: Vec<usize>,
    namings: usize,
}

type Names = BTreeMap<PathBuf, usize>;

/// A directory on a disk, through the calls of a process.
#[derive(Debug)]
pub(super) struct Disk {
    root: PathBuf,
    files: Vec<File>,
    names: Names,
    durable_names: Names,
    /// All that ever happened to names, of which so many are durable.
    namings: Vec<Naming>,
    durable_namings: usize,
    running: HashMap<usize, Call>,
    syncing: HashMap<usize, Syncing>,
}

impl Disk {
    /// Nothing was in this directory before the first event.
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            files: Vec::new(),
            names: Names::new(),
            durable_names: Names::new(),
            namings: Vec::new(),
            durable_namings: 0,
            running: HashMap::new(),
            syncing: HashMap::new(),
        }
    }

    /// Goes on by an event.
    pub(super) fn see(&mut self, event: &Event) {
        match event {
            Event::Began { number, call } => self.begin(*number, call),
            Event::Ended { number, well } => self.end(*number, *well),
        }
    }

    fn begin(&mut self, number: usize, call: &Call) {
        match call {
            Call::Write { path, at, bytes } => {
                if let Some(&file) = self.names.get(path) {
                    self.files[file].write(number, *at, bytes);
                }
            }
            Call::Resize { path, length } => {
                if let Some(&file) = self.names.get(path) {
                    let length = usize::try_from(*length).unwrap();
                    self.files[file].change(number, Change::Length(length));
                }
            }
            Call::Sync { path } if path.starts_with(&self.root) => {
                let file = self.names.get(path).copied();
                let pending = file.map_or(&[][..], |file| &self.files[file].pending);
                let ended = pending.iter().filter(|pending| pending.ended);
                let calls = ended.map(|pending| pending.call).collect();
                let namings = self.namings.len();
                self.syncing.insert(
                    number,
                    Syncing {
                        file,
                        calls,
                        namings,
                    },
                );
            }
            _ => {}
        }
        self.running.insert(number, call.clone());
    }

    fn end(&mut self, number: usize, well: bool) {
        let call = self.running.remove(&number);
        let syncing = self.syncing.remove(&number);
        for pending in self.files.iter_mut().flat_map(|file| &mut file.pending) {
            pending.ended |= pending.call == number;
        }
        if !well {
            return;
        }
        if let Some(syncing) = syncing {
            self.synced(&syncing);
        }
        match call {
            Some(Call::Open { path, emptied }) if path.starts_with(&self.root) => {
                self.opened(number, path, emptied);
            }
            Some(Call::Rename { from, to }) if from.starts_with(&self.root) => {
                self.name(Naming::Renamed(from, to));
            }
            Some(Call::Remove { path }) if path.starts_with(&self.root) => {
                self.name(Naming::Removed(path));
            }
            _ => {}
        }
    }

    fn opened(&mut self, number: usize, path: PathBuf, emptied: bool) {
        if let Some(&file) = self.names.get(&path) {
            let file = &mut self.files[file];
            file.cursor = 0;
            if emptied {
                file.change(number, Change::Length(0));
                file.pending.last_mut().unwrap().ended = true;
            }
        } else {
            self.files.push(File::default());
            self.name(Naming::Made(path, self.files.len() - 1));
        }
    }

    fn name(&mut self, naming: Naming) {
        apply(&mut self.names, &naming);
        self.namings.push(naming);
    }

    fn synced(&mut self, syncing: &Syncing) {
        if let Some(file) = syncing.file {
            self.files[file].keep(&syncing.calls);
        }
        for naming in &self.namings[self.durable_namings.min(syncing.namings)..syncing.namings] {
            apply(&mut self.durable_names, naming);
        }
        self.durable_namings = self.durable_namings.max(syncing.namings);
    }

    /// Writes into `to` what may be found after a cut now.
    pub(super) fn cut(&self, dice: &mut Dice, to: &Path) {
        let mut names = self.durable_names.clone();
        let open = &self.namings[self.durable_namings..];
        for naming in &open[..dice.place(open.len() + 1)] {
            apply(&mut names, naming);
        }
        for (path, &file) in &names {
            let path = to.join(path.strip_prefix(&self.root).unwrap());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, self.files[file].cut(dice)).unwrap();
        }
    }
}

fn apply(names: &mut Names, naming: &Naming) {
    match naming {
        Naming::Made(path, file) => {
            names.insert(path.clone(), *file);
        }
        Naming::Removed(path) => {
            names.remove(path);
        }
        Naming::Renamed(from, to) => {
            // A directory takes along what is in it.
            let moved: Vec<_> = names
                .keys()
                .filter(|path| path.starts_with(from))
                .cloned()
                .collect();
            for path in moved {
                let file = names.remove(&path).unwrap();
                let within = path.strip_prefix(from).unwrap();
                let path = if path == *from {
                    to.clone()
                } else {
                    to.join(within)
                };
                names.insert(path, file);
            }
        }
    }
}

impl Change {
    /// How long a file is after it that was so long before.
    fn length(&self, before: usize) -> usize {
        match self {
            Self::Bytes { at, bytes } => before.max(at + bytes.len()),
            Self::Length(length) => *length,
        }
    }

    fn apply(&self, content: &mut Vec<u8>) {
        content.resize(self.length(content.len()), 0);
        let all = 0..content.len();
        self.apply_within(content, all);
    }

    /// Only what lies in this part of it.
    fn apply_within(&self, content: &mut [u8], part: std::ops::Range<usize>) {
        if let Self::Bytes { at, bytes } = self {
            let from = part.start.max(*at);
            let to = part.end.min(at + bytes.len());
            if from < to {
                content[from..to].copy_from_slice(&bytes[from - at..to - at]);
            }
        }
    }
}

impl File {
    fn write(&mut self, call: usize, at: Option<u64>, bytes: &[u8]) {
        let at = at.map_or(self.cursor, |at| usize::try_from(at).unwrap());
        self.cursor = at + bytes.len();
        let bytes = bytes.to_vec();
        self.change(call, Change::Bytes { at, bytes });
    }

    fn change(&mut self, call: usize, change: Change) {
        self.pending.push(Pending {
            call,
            ended: false,
            change,
        });
    }

    fn keep(&mut self, calls: &[usize]) {
        let durable = &mut self.durable;
        self.pending.retain(|pending| {
            let kept = calls.contains(&pending.call);
            if kept {
                pending.change.apply(durable);
            }
            !kept
        });
    }

    fn cut(&self, dice: &mut Dice) -> Vec<u8> {
        let mut lengths = vec![self.durable.len()];
        for pending in &self.pending {
            lengths.push(pending.change.length(lengths[lengths.len() - 1]));
        }
        let longest = lengths.iter().copied().max().unwrap();
        let mut content = self.durable.clone();
        content.resize(longest, 0);
        let unit = if dice.once_in(2) { SECTOR } else { PAGE };
        // Disks where nearly nothing more was written are as likely as such where nearly everything was.
        let kept = dice.below(5);
        for from in (0..longest).step_by(unit) {
            let part = from..longest.min(from + unit);
            let touching = self
                .pending
                .iter()
                .filter(|pending| pending.change.touches(&part));
            let touching: Vec<_> = touching.collect();
            if touching.is_empty() {
                continue;
            }
            let reached = match dice.below(8) {
                0 | 1 => dice.place(touching.len() + 1),
                n if n - 2 <= kept => touching.len(),
                _ => 0,
            };
            for pending in &touching[..reached] {
                pending.change.apply_within(&mut content, part.clone());
            }
        }
        content.truncate(lengths[dice.place(lengths.len())]);
        content
    }
}

impl Change {
    fn touches(&self, part: &std::ops::Range<usize>) -> bool {
        matches!(self, Self::Bytes { at, bytes } if *at < part.end && part.start < at + bytes.len())
    }
}
