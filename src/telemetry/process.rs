//! What the process uses, under the names that Prometheus' own clients give it. Read from Linux' `/proc`; elsewhere
//! nothing is told.

use std::fs;

use crate::telemetry::exposition::{Exposition, Kind};

/// Clock ticks a second in `/proc`: Linux' interface to programs fixes them, whatever the kernel counts in
/// (proc_pid_stat(5), `USER_HZ`).
const TICKS: f64 = 100.0;

/// Writes what the process uses now.
pub fn write(to: &mut Exposition) {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    if let Some(stat) = Stat::parse(&read("/proc/self/stat")) {
        let name = "process_cpu_seconds_total";
        to.single(
            name,
            Kind::Counter,
            "Processor time, user and system.",
            stat.cpu_seconds,
        );
        if let Some(booted) = boot_time(&read("/proc/stat")) {
            let started = booted + stat.started_after_boot;
            let name = "process_start_time_seconds";
            to.single(
                name,
                Kind::Gauge,
                "When the process started, since 1970.",
                started,
            );
        }
    }
    let status = read("/proc/self/status");
    for (name, help, field) in [
        (
            "process_resident_memory_bytes",
            "Memory that is resident.",
            "VmRSS:",
        ),
        ("process_virtual_memory_bytes", "Address space.", "VmSize:"),
    ] {
        if let Some(bytes) = kibibytes(&status, field) {
            to.single(name, Kind::Gauge, help, bytes);
        }
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        // The directory is open while it is read.
        let open = open.count().saturating_sub(1);
        to.single(
            "process_open_fds",
            Kind::Gauge,
            "File descriptors that are open.",
            open,
        );
    }
    if let Ok((soft, _)) = rlimit::getrlimit(rlimit::Resource::NOFILE) {
        to.single(
            "process_max_fds",
            Kind::Gauge,
            "File descriptors that may be open.",
            soft,
        );
    }
}

/// What is of interest of `/proc/self/stat`.
#[derive(Debug, PartialEq)]
struct Stat {
    cpu_seconds: f64,
    started_after_boot: f64,
}

impl Stat {
    /// Fields are counted from behind the program's name, which may hold blanks and brackets itself.
    fn parse(text: &str) -> Option<Self> {
        let fields: Vec<_> = text.rsplit_once(')')?.1.split_whitespace().collect();
        // The state is field 3 of proc_pid_stat(5) and the first here.
        let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
        Some(Self {
            cpu_seconds: (ticks(14)? + ticks(15)?) / TICKS,
            started_after_boot: ticks(22)? / TICKS,
        })
    }
}

fn boot_time(stat: &str) -> Option<f64> {
    let mut lines = stat.lines();
    lines.find_map(|line| line.strip_prefix("btime ")?.trim().parse().ok())
}

fn kibibytes(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_whose_name_looks_like_fields_is_read_right() {
        let line =
            "42 (a) 1 2 (b) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 9 0 12345 1 2 3";
        let expected = Stat {
            cpu_seconds: 3.0,
            started_after_boot: 123.45,
        };
        assert_eq!(Stat::parse(line), Some(expected));
        assert_eq!(Stat::parse("42 (a) S 1"), None);
    }

    #[test]
    fn sizes_and_the_boot_time_are_found_among_the_rest() {
        let status = "Name:\thealthbot\nVmSize:\t  2048 kB\nVmRSS:\t    12 kB\n";
        assert_eq!(kibibytes(status, "VmRSS:"), Some(12 * 1024));
        assert_eq!(kibibytes(status, "VmSwap:"), None);
        assert_eq!(boot_time("cpu 1 2\nbtime 1790000000\n"), Some(1.79e9));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_process_is_told() {
        let mut text = Exposition::default();
        write(&mut text);
        let text = text.into_text();
        for name in [
            "process_cpu_seconds_total",
            "process_start_time_seconds",
            "process_resident_memory_bytes",
            "process_virtual_memory_bytes",
            "process_open_fds",
            "process_max_fds",
        ] {
            assert!(text.contains(&format!("\n{name} ")), "{name} in {text}");
        }
    }
}
