//! What is counted while the bot runs. Counting is an addition or two on the probe's path, without a lock.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::outcome::{FailureKind, Trouble, Verdict};
use crate::telemetry::exposition::{Exposition, Kind};

/// Bounds for how long a probe takes: from a local network's answers to the longest timeout.
const PROBE_BOUNDS: [Duration; 13] = millis([
    5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000,
]);

/// Bounds for how late a probe starts: from punctual to hopeless.
const LAG_BOUNDS: [Duration; 10] = millis([1, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 30_000]);

const fn millis<const N: usize>(bounds: [u64; N]) -> [Duration; N] {
    let mut spans = [Duration::ZERO; N];
    let mut at = 0;
    while at < N {
        spans[at] = Duration::from_millis(bounds[at]);
        at += 1;
    }
    spans
}

/// How observed lengths of time are distributed.
#[derive(Debug)]
struct Histogram {
    bounds: &'static [Duration],
    /// One for each bound, and one for what is longer than all.
    counts: Box<[AtomicU64]>,
    nanos: AtomicU64,
}

impl Histogram {
    fn new(bounds: &'static [Duration]) -> Self {
        Self {
            bounds,
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            nanos: AtomicU64::new(0),
        }
    }

    fn observe(&self, span: Duration) {
        let slot = self.bounds.partition_point(|bound| *bound < span);
        if let Some(count) = self.counts.get(slot) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    fn write(&self, to: &mut Exposition, name: &str, help: &str) {
        to.family(name, Kind::Histogram, help);
        let bucket = format!("{name}_bucket");
        let mut total = 0;
        let bounds = self
            .bounds
            .iter()
            .map(|bound| bound.as_secs_f64().to_string());
        for (bound, count) in bounds.chain([String::from("+Inf")]).zip(&self.counts) {
            total += count.load(Ordering::Relaxed);
            to.sample(&bucket, &[("le", &bound)], total);
        }
        let sum = Duration::from_nanos(self.nanos.load(Ordering::Relaxed));
        to.sample(&format!("{name}_sum"), &[], sum.as_secs_f64());
        to.sample(&format!("{name}_count"), &[], total);
    }
}

/// What a probe can come to: healthy, each kind of failure, each trouble of the prober's own.
const FOUND: usize = 1 + FailureKind::ALL.len() + Trouble::ALL.len();

/// What one reconciliation with the inventory did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Servers that were added.
    pub added: u64,
    /// Servers that were changed.
    pub updated: u64,
    /// Servers that were removed.
    pub removed: u64,
    /// Servers that stay as they are.
    pub unchanged: u64,
    /// Servers that would vanish but are held until somebody confirms.
    pub held: u64,
    /// Entries that were not taken.
    pub skipped: u64,
}

/// What all reconciliations did.
#[derive(Debug, Default)]
struct Inventory {
    well: u64,
    failed: u64,
    last: Reconciled,
    /// Of all of them.
    added: u64,
    updated: u64,
    removed: u64,
    last_success: Option<Timestamp>,
}

/// Everything that is counted. One serves the whole process.
#[derive(Debug)]
pub struct Metrics {
    probes: [AtomicU64; FOUND],
    probe_duration: Histogram,
    schedule_lag: Histogram,
    /// Calls are some a second at most, so a lock is cheap here.
    slack_calls: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    inventory: Mutex<Inventory>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            probes: [const { AtomicU64::new(0) }; FOUND],
            probe_duration: Histogram::new(&PROBE_BOUNDS),
            schedule_lag: Histogram::new(&LAG_BOUNDS),
            slack_calls: Mutex::default(),
            inventory: Mutex::default(),
        }
    }
}

impl Metrics {
    /// Counts a probe that took so long.
    pub fn probed(&self, verdict: &Verdict, took: Duration) {
        if let Some(count) = self.probes.get(slot(verdict)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.probe_duration.observe(took);
    }

    /// Notes that a probe started so long after it was due.
    pub fn started_late(&self, lag: Duration) {
        self.schedule_lag.observe(lag);
    }

    /// Counts a call to Slack's method, by what came of it.
    pub fn called_slack(&self, method: &'static str, outcome: &'static str) {
        let mut calls = self
            .slack_calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *calls.entry((method, outcome)).or_default() += 1;
    }

    /// Counts a reconciliation with the inventory; none where it failed.
    pub fn reconciled(&self, done: Option<Reconciled>, now: Timestamp) {
        let mut all = self
            .inventory
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Some(done) = done else {
            all.failed += 1;
            return;
        };
        all.well += 1;
        all.added += done.added;
        all.updated += done.updated;
        all.removed += done.removed;
        all.last = done;
        all.last_success = Some(now);
    }

    /// Writes all of it.
    pub fn write(&self, to: &mut Exposition) {
        let name = "healthbot_probes_total";
        to.family(
            name,
            Kind::Counter,
            "Probes that were made, by what they found; kind is the failure's kind or the prober's own trouble.",
        );
        for (count, (result, kind)) in self.probes.iter().zip(labels()) {
            let count = count.load(Ordering::Relaxed);
            to.sample(name, &[("result", result), ("kind", kind)], count);
        }
        self.probe_duration.write(
            to,
            "healthbot_probe_duration_seconds",
            "How long probes took, those that failed included.",
        );
        self.schedule_lag.write(
            to,
            "healthbot_schedule_lag_seconds",
            "How long after they were due probes started.",
        );
        let name = "healthbot_slack_calls_total";
        to.family(name, Kind::Counter, "Calls to Slack, by what came of them.");
        let calls = self
            .slack_calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for ((method, outcome), count) in calls.iter() {
            to.sample(name, &[("method", method), ("outcome", outcome)], count);
        }
        drop(calls);
        let inventory = self
            .inventory
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        inventory.write(to);
    }
}

impl Inventory {
    fn write(&self, to: &mut Exposition) {
        let mut family = |name: &str, kind, help: &str, label, samples: &[(&str, u64)]| {
            to.family(name, kind, help);
            for (value, count) in samples {
                to.sample(name, &[(label, value)], count);
            }
        };
        family(
            "healthbot_inventory_syncs_total",
            Kind::Counter,
            "Reconciliations with the inventory, by what came of them.",
            "result",
            &[("ok", self.well), ("failed", self.failed)],
        );
        family(
            "healthbot_inventory_changes_total",
            Kind::Counter,
            "Servers that the inventory added, updated or removed.",
            "change",
            &[
                ("added", self.added),
                ("updated", self.updated),
                ("removed", self.removed),
            ],
        );
        family(
            "healthbot_inventory_entries",
            Kind::Gauge,
            "What the last reconciliation left as it is: servers that are unchanged, servers held until somebody \
             confirms, entries that were skipped.",
            "result",
            &[
                ("unchanged", self.last.unchanged),
                ("held", self.last.held),
                ("skipped", self.last.skipped),
            ],
        );
        to.single(
            "healthbot_inventory_last_success_timestamp_seconds",
            Kind::Gauge,
            "When the inventory was last reconciled; 0 where it never was.",
            self.last_success.map_or(0, |at| at.timestamp()),
        );
    }
}

/// Where a verdict is counted: the order is that of [`labels`].
const fn slot(verdict: &Verdict) -> usize {
    match verdict {
        Verdict::Healthy { .. } => 0,
        Verdict::Failed(failure) => 1 + failure.kind as usize,
        Verdict::Unknown(trouble) => 1 + FailureKind::ALL.len() + *trouble as usize,
    }
}

fn labels() -> impl Iterator<Item = (&'static str, &'static str)> {
    let failed = FailureKind::ALL
        .iter()
        .map(|kind| ("failed", kind.as_str()));
    let unknown = Trouble::ALL
        .iter()
        .map(|trouble| ("unknown", trouble.name()));
    [("healthy", "")].into_iter().chain(failed).chain(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::Failure;

    #[test]
    fn every_verdict_is_counted_under_its_own_name() {
        let metrics = Metrics::default();
        let took = Duration::from_millis(7);
        let latency = took;
        let failed = FailureKind::ALL.map(|kind| Verdict::Failed(Failure::new(kind, "")));
        let unknown = Trouble::ALL.map(Verdict::Unknown);
        let mut all = vec![Verdict::Healthy { latency }];
        all.extend(failed);
        all.extend(unknown);
        for (times, verdict) in all.iter().enumerate() {
            (0..=times).for_each(|_| metrics.probed(verdict, took));
        }
        let mut text = Exposition::default();
        metrics.write(&mut text);
        let text = text.into_text();
        for (at, (result, kind)) in labels().enumerate() {
            let sample = format!(
                "healthbot_probes_total{{result=\"{result}\",kind=\"{kind}\"}} {}\n",
                at + 1
            );
            assert!(text.contains(&sample), "{sample} in {text}");
        }
        assert_eq!(labels().count(), all.len());
    }

    #[test]
    fn a_histogram_counts_upwards_and_the_bound_is_within() {
        let histogram = Histogram::new(&LAG_BOUNDS);
        for millis in [0, 1, 2, 5, 30_000, 30_001] {
            histogram.observe(Duration::from_millis(millis));
        }
        let mut text = Exposition::default();
        histogram.write(&mut text, "lag", "Lag.");
        let text = text.into_text();
        for sample in [
            "lag_bucket{le=\"0.001\"} 2\n",
            "lag_bucket{le=\"0.005\"} 4\n",
            "lag_bucket{le=\"0.01\"} 4\n",
            "lag_bucket{le=\"30\"} 5\n",
            "lag_bucket{le=\"+Inf\"} 6\n",
            "lag_sum 60.009\n",
            "lag_count 6\n",
        ] {
            assert!(text.contains(sample), "{sample} in {text}");
        }
    }

    #[test]
    fn reconciliations_are_counted_and_the_last_good_one_stands() {
        let metrics = Metrics::default();
        let done = Reconciled {
            added: 3,
            updated: 2,
            removed: 1,
            unchanged: 4,
            held: 5,
            skipped: 6,
        };
        metrics.reconciled(Some(done), Timestamp::UNIX_EPOCH);
        let at = Timestamp::from_timestamp(1_700_000_000, 0).expect("a moment");
        metrics.reconciled(Some(Reconciled { held: 0, ..done }), at);
        metrics.reconciled(None, at + Duration::from_secs(60));
        let mut text = Exposition::default();
        metrics.write(&mut text);
        let text = text.into_text();
        for sample in [
            "syncs_total{result=\"ok\"} 2",
            "syncs_total{result=\"failed\"} 1",
            "changes_total{change=\"added\"} 6",
            "changes_total{change=\"updated\"} 4",
            "changes_total{change=\"removed\"} 2",
            "entries{result=\"unchanged\"} 4",
            "entries{result=\"held\"} 0",
            "entries{result=\"skipped\"} 6",
            "last_success_timestamp_seconds 1700000000",
        ] {
            let sample = format!("healthbot_inventory_{sample}\n");
            assert!(text.contains(&sample), "{sample} in {text}");
        }
    }

    #[test]
    fn calls_are_counted_by_method_and_outcome() {
        let metrics = Metrics::default();
        metrics.called_slack("chat.postMessage", "ok");
        metrics.called_slack("chat.postMessage", "ok");
        metrics.called_slack("chat.update", "ratelimited");
        let mut text = Exposition::default();
        metrics.write(&mut text);
        let text = text.into_text();
        assert!(text.contains("{method=\"chat.postMessage\",outcome=\"ok\"} 2\n"));
        assert!(text.contains("{method=\"chat.update\",outcome=\"ratelimited\"} 1\n"));
    }
}
