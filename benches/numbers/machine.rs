//! The machine, the time, and what a process has used.

use std::fs;
use std::sync::LazyLock;
use std::time::Duration;

use healthbot::clock::{Clock, SystemClock, Timestamp};

static CLOCK: LazyLock<SystemClock> = LazyLock::new(SystemClock::new);

/// Whether only a sign of life is wanted.
pub(crate) fn quick() -> bool {
    std::env::var_os("HEALTHBOT_BENCH_QUICK").is_some_and(|value| value != "0")
}

/// The one of the two that is meant for this run.
pub(crate) fn either<T>(full: T, quick: T) -> T {
    if self::quick() { quick } else { full }
}

/// Monotonic time in this process.
pub(crate) fn elapsed() -> Duration {
    CLOCK.elapsed()
}

/// The calendar, which processes share.
pub(crate) fn now() -> Timestamp {
    CLOCK.now()
}

pub(crate) async fn sleep(pause: Duration) {
    CLOCK.sleep(pause).await;
}

/// CPU time of a process's threads that are alive.
pub(crate) fn cpu(process: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{process}/task")).unwrap();
    let nanos = tasks
        .filter_map(|task| fs::read_to_string(task.ok()?.path().join("schedstat")).ok())
        .filter_map(|stat| stat.split(' ').next()?.parse::<u64>().ok())
        .sum();
    Duration::from_nanos(nanos)
}

/// CPU time of this thread.
pub(crate) fn thread_cpu() -> Duration {
    let stat = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
}

/// Resident memory of a process, in MB (10^6 bytes).
pub(crate) fn resident(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kibibytes: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024.0 / 1e6
}

/// The value in the middle.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The value that a share of the values does not exceed.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (share * values.len() as f64).ceil() as usize;
    values[at.clamp(1, values.len()) - 1]
}

/// Prints where this was measured.
pub(crate) fn describe() {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpus = read("/proc/cpuinfo");
    let models = cpus.lines().filter(|line| line.starts_with("model name"));
    let model = models
        .clone()
        .next()
        .and_then(|line| line.split(": ").nth(1));
    println!(
        "{}, {} x {}, Linux {}, load {}{}",
        now().format("%Y-%m-%d %H:%M UTC"),
        models.count(),
        model.unwrap_or("unknown processor"),
        read("/proc/sys/kernel/osrelease").trim(),
        read("/proc/loadavg").split(' ').next().unwrap_or_default(),
        if quick() {
            "; QUICK: the figures mean nothing"
        } else {
            ""
        },
    );
}
