//! What a probe costs the real binary, everything included: the schedule, the probe, the decision, the metrics, an
//! idle HTTP server and an idle store. Beside it, in the same seconds and at the same rate, a process that makes the bare
//! exchanges on the same kind of runtime, and Debian's blackbox exporter.

use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;

use super::bot::{Bot, Watched};
use super::machine::{self, either, median};
use super::peer::Exporter;
use super::report::{note, row, table};
use super::targets::{Kind, Targets};
use super::{bare, tls};

/// The exporter is asked so often a second.
const PEER_RATE: u64 = 200;

pub(crate) async fn measure() {
    let dir = tempfile::tempdir().unwrap();
    tls::make(dir.path());
    let columns = ["probe", "a second", "bare", "Healthbot", "ratio", "goal"];
    table(
        "A probe, everything included, CPU time of the process",
        &columns,
    );
    for (kind, servers) in [
        (Kind::Http, either(1_000, 100)),
        (Kind::WebSocket, either(1_000, 100)),
        (Kind::HttpsFull, either(250, 50)),
        (Kind::Https, either(250, 50)),
        (Kind::Wss, either(250, 50)),
    ] {
        compare(kind, servers, &dir).await;
    }
    compare_with_peer(&dir).await;
}

/// A bot that probes so many servers once a second.
async fn watching(kind: Kind, servers: usize, port: u16, dir: &TempDir) -> Bot {
    let bot = Bot::start(dir.path()).await;
    bot.set(json!({"interval": "1s"})).await;
    bot.add(Watched {
        first: 0,
        count: servers,
        kind,
        port,
    })
    .await;
    bot.has_probed(2 * servers).await;
    bot
}

async fn compare(kind: Kind, servers: usize, dir: &TempDir) {
    let mut targets = Targets::start(&[kind, kind], dir.path());
    let bot = watching(kind, servers, targets.ports[0], dir).await;
    let bare = bare::start(kind, targets.ports[1], dir.path(), servers, servers as u64);
    machine::sleep(Duration::from_secs(either(3, 1))).await;
    let mut rounds = Vec::new();
    for _ in 0..either(9, 1) {
        let processes = [bot.id(), bare.id()];
        let before = processes.map(machine::cpu);
        let seen = [targets.count(0), targets.count(1)];
        machine::sleep(Duration::from_secs(either(4, 1))).await;
        let costs = [0, 1].map(|at| {
            let cpu = machine::cpu(processes[at]) - before[at];
            cpu.as_secs_f64() * 1e6 / (targets.count(at) - seen[at]) as f64
        });
        rounds.push(costs);
    }
    let failed = bot.probes("failed").await;
    assert_eq!(failed, 0, "a healthy server was found failing");
    row(&[
        kind.name(),
        &servers.to_string(),
        &format!(
            "{:.1} us",
            median(rounds.iter().map(|round| round[1]).collect())
        ),
        &format!(
            "{:.1} us",
            median(rounds.iter().map(|round| round[0]).collect())
        ),
        &format!(
            "{:.2}",
            median(rounds.iter().map(|round| round[0] / round[1]).collect())
        ),
        "1.3",
    ]);
}

async fn compare_with_peer(dir: &TempDir) {
    let Some(exporter) = Exporter::start(dir.path()).await else {
        note("the peer is left out: apt-get install prometheus-blackbox-exporter");
        return;
    };
    let servers = usize::try_from(PEER_RATE).unwrap();
    let mut targets = Targets::start(&[Kind::Http, Kind::Http], dir.path());
    let bot = watching(Kind::Http, servers, targets.ports[0], dir).await;
    let port = targets.ports[1];
    exporter
        .probe_for(Duration::from_secs(either(3, 1)), PEER_RATE, port)
        .await;
    let mut rounds = Vec::new();
    for _ in 0..either(5, 1) {
        let before = [bot.id(), exporter.id()].map(machine::cpu);
        let seen = targets.count(0);
        let length = Duration::from_secs(either(4, 1));
        let asked = exporter.probe_for(length, PEER_RATE, port).await;
        let own = (bot.cpu() - before[0]).as_secs_f64() * 1e6 / (targets.count(0) - seen) as f64;
        let theirs = (machine::cpu(exporter.id()) - before[1]).as_secs_f64() * 1e6 / asked as f64;
        rounds.push([theirs, own]);
    }
    let columns = [
        "probe",
        "a second",
        "blackbox exporter",
        "Healthbot",
        "times less",
        "goal",
    ];
    table("The same beside prometheus-blackbox-exporter", &columns);
    row(&[
        Kind::Http.name(),
        &PEER_RATE.to_string(),
        &format!(
            "{:.0} us",
            median(rounds.iter().map(|round| round[0]).collect())
        ),
        &format!(
            "{:.0} us",
            median(rounds.iter().map(|round| round[1]).collect())
        ),
        &format!(
            "{:.1}",
            median(rounds.iter().map(|round| round[0] / round[1]).collect())
        ),
        "6",
    ]);
}
