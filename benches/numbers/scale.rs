//! Many servers: what they cost, whether their probes are punctual and spread, and how soon the first is probed after a
//! start over a full store.

use std::time::Duration;

use serde_json::json;

use super::bot::{Bot, Watched, samples};
use super::machine::{self, either};
use super::report::{note, row, table};
use super::targets::{Kind, Targets};

/// Servers, interval and length of a run, in seconds.
const RUNS: [[u64; 3]; 4] = [
    [1_000, 30, 60],
    [10_000, 30, 90],
    [10_000, 60, 120],
    [100_000, 30, 600],
];
const QUICK: [[u64; 3]; 1] = [[300, 2, 6]];

/// Memory is looked at so long after the start, in seconds.
const LOOKS: [u64; 4] = [120, 300, 600, 1_800];

pub(crate) async fn measure(numbers: &[u64]) {
    let runs: Vec<[u64; 3]> = match numbers {
        [servers, interval, length] => vec![[*servers, *interval, *length]],
        [] => either(RUNS.to_vec(), QUICK.to_vec()),
        _ => panic!("servers, interval and length, in seconds"),
    };
    let columns = [
        "servers",
        "interval",
        "length",
        "CPU of a core",
        "a probe",
        "memory",
        "late, 50 %",
        "late, 99 %",
        "busiest second",
        "from the start to the first probe",
    ];
    table("Many servers", &columns);
    for [servers, interval, length] in runs {
        run(usize::try_from(servers).unwrap(), interval, length).await;
    }
}

async fn run(servers: usize, interval: u64, length: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut targets = Targets::start(&[Kind::Http], dir.path());
    let mut bot = Bot::start(dir.path()).await;
    bot.set(json!({"interval": format!("{interval}s")})).await;
    let begun = machine::elapsed();
    let watched = Watched {
        first: 0,
        count: servers,
        kind: Kind::Http,
        port: targets.ports[0],
    };
    bot.add(watched).await;
    note(&format!(
        "{servers} servers added in {:.1} s",
        (machine::elapsed() - begun).as_secs_f64()
    ));
    bot.stop().await;

    // As it would be found in the morning: the store is full, the process is new.
    targets.forget();
    let spawned = machine::now();
    bot.spawn_again();
    bot.is_up().await;
    // One round of all of them, in which every one becomes known to be up and is written down.
    machine::sleep(Duration::from_secs(interval.min(30) + 2)).await;
    let first = targets.seen(0).first.unwrap() - spawned.timestamp_micros();

    targets.forget();
    let (begun, cpu) = (machine::elapsed(), bot.cpu());
    let mut memory = String::new();
    let looks = LOOKS.iter().filter(|look| **look < length).chain([&length]);
    for look in looks {
        let until = begun + Duration::from_secs(*look);
        machine::sleep(until.saturating_sub(machine::elapsed())).await;
        let resident = machine::resident(bot.id());
        note(&format!("{servers} servers, {look} s: {resident:.1} MB"));
        memory = format!("{resident:.1} MB");
    }
    let (cpu, length) = (bot.cpu() - cpu, machine::elapsed() - begun);
    let seen = targets.seen(0);
    let text = bot.metrics().await;
    note(&format!(
        "after a look at /metrics: {:.1} MB",
        machine::resident(bot.id())
    ));
    row(&[
        &servers.to_string(),
        &format!("{interval} s"),
        &format!("{:.0} s", length.as_secs_f64()),
        &format!("{:.1} %", 100.0 * cpu.as_secs_f64() / length.as_secs_f64()),
        &format!("{:.0} us", cpu.as_secs_f64() * 1e6 / seen.count() as f64),
        &memory,
        &within(&text, 0.5),
        &within(&text, 0.99),
        &format!("{:.2} x the mean", busiest(&seen.seconds)),
        &format!("{:.2} s", first as f64 / 1e6),
    ]);
}

/// How late at most a share of the probes started, as finely as the bot counts.
fn within(metrics: &str, share: f64) -> String {
    let begin = "healthbot_schedule_lag_seconds_bucket{le=\"";
    let buckets: Vec<(String, f64)> = samples(metrics, begin)
        .map(|(name, count)| (name.trim_end_matches("\"}").to_owned(), count))
        .collect();
    let all = buckets.last().unwrap().1;
    let (bound, _) = buckets
        .iter()
        .find(|(_, count)| *count >= share * all)
        .unwrap();
    match bound.parse::<f64>() {
        Ok(seconds) if seconds.is_finite() => format!("at most {} ms", seconds * 1e3),
        _ => "over 30 s".to_owned(),
    }
}

/// The busiest second beside the mean of all; the first and the last are not whole.
fn busiest(seconds: &[u64]) -> f64 {
    let whole = &seconds[..seconds.len().saturating_sub(1)];
    let mean = whole.iter().sum::<u64>() as f64 / whole.len() as f64;
    whole.iter().max().copied().unwrap_or_default() as f64 / mean
}
