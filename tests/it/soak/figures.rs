//! What is read once a minute, and what must not grow.

use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use crate::harness::launch::get;

/// A minute's figures.
pub(super) struct Figures {
    minute: u64,
    /// Resident memory, in KiB.
    memory: u64,
    descriptors: u64,
    threads: u64,
    /// Bytes of the store without its dumps.
    store: u64,
    /// What the bot counts itself.
    outbox: u64,
    probes: u64,
    /// Records in the store.
    records: u64,
}

impl Figures {
    pub(super) const HEAD: &str =
        "minute  memory KiB  descriptors  threads  store bytes  outbox    probes  records";

    pub(super) async fn read(minute: u64, id: u32, bot: SocketAddr, data: &Path) -> Self {
        let process = format!("/proc/{id}");
        let status = fs::read_to_string(format!("{process}/status")).unwrap();
        let field = |name: &str| {
            let line = status.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        let metrics = get(bot, "/metrics").await.unwrap();
        let sum = |name: &str| {
            let of_name = |line: &&str| {
                line.strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(['{', ' ']))
            };
            let value = |line: &str| line.rsplit(' ').next()?.parse::<f64>().ok();
            let total: f64 = metrics.lines().filter(of_name).filter_map(value).sum();
            // Counts, far below 2^53.
            format!("{total:.0}").parse().unwrap()
        };
        Self {
            minute,
            memory: field("VmRSS"),
            descriptors: fs::read_dir(format!("{process}/fd")).unwrap().count() as u64,
            threads: field("Threads"),
            store: bytes(data),
            outbox: sum("healthbot_outbox_entries"),
            probes: sum("healthbot_probes_total"),
            records: sum("healthbot_store_records"),
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:6}  {:10}  {:11}  {:7}  {:11}  {:6}  {:8}  {:7}",
            self.minute,
            self.memory,
            self.descriptors,
            self.threads,
            self.store,
            self.outbox,
            self.probes,
            self.records,
        )
    }
}

/// The bytes of every file below a directory; not of the dumps. A file may go while it is looked at.
fn bytes(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() && entry.file_name() != "dumps" => bytes(&entry.path()),
        Ok(metadata) if metadata.is_file() => metadata.len(),
        _ => 0,
    };
    entries.map(size).sum()
}

/// The middle one of what a figure was in these rows.
fn median(rows: &[Figures], figure: impl Fn(&Figures) -> u64) -> u64 {
    let mut all: Vec<_> = rows.iter().map(figure).collect();
    all.sort_unstable();
    all[all.len() / 2]
}

/// The last third is as the second third was. The first warms up: caches fill, and each server has its first history.
pub(super) fn assert_flat(rows: &[Figures]) {
    let third = rows.len() / 3;
    if third == 0 {
        return;
    }
    let (middle, late) = (&rows[third..2 * third], &rows[2 * third..]);
    for (what, figure, room) in [
        (
            "KiB of memory",
            (|row| row.memory) as fn(&Figures) -> u64,
            10_240,
        ),
        ("descriptors", |row| row.descriptors, 32),
        ("threads", |row| row.threads, 4),
        ("messages that wait", |row| row.outbox, 200),
    ] {
        let (before, after) = (median(middle, figure), median(late, figure));
        assert!(
            after <= before + before / 10 + room,
            "{before} {what} became {after}"
        );
    }
    // Incidents are kept for a month, so the store grows with its records, and with nothing else.
    let (first, last) = (&rows[third], &rows[rows.len() - 1]);
    let grown = last.store.saturating_sub(first.store);
    let records = last.records.saturating_sub(first.records);
    assert!(
        grown <= (8 << 20) + 4_096 * records,
        "{grown} bytes for {records} more records"
    );
}
