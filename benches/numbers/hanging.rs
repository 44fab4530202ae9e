//! Servers that take a connection and say nothing must not slow the others down.

use std::time::Duration;

use serde_json::json;

use super::bot::Bot;
use super::machine::{self, either};
use super::report::{row, table};
use super::targets::{Kind, Mood, Targets};

pub(crate) async fn measure() {
    let dir = tempfile::tempdir().unwrap();
    let mut targets = Targets::start(&[Kind::Http, Kind::Http], dir.path());
    let bot = Bot::start(dir.path()).await;
    let interval = either(5, 1);
    bot.set(json!({"interval": format!("{interval}s")})).await;
    let (well, hanging) = (either(900, 90), either(100, 10));
    bot.add_at_two(&targets, well, hanging).await;
    bot.has_probed(well + hanging).await;
    machine::sleep(Duration::from_secs(interval)).await;
    let before = rate(&mut targets, interval).await;
    targets.set(1, Mood::Hanging);
    machine::sleep(Duration::from_secs(either(10, 4))).await;
    let beside = rate(&mut targets, interval).await;
    let title = format!("{hanging} servers hang among {}", well + hanging);
    table(
        &title,
        &[
            "the others' probes",
            "without",
            "beside them",
            "ratio",
            "goal",
        ],
    );
    row(&[
        &format!("{well} servers, interval {interval} s"),
        &format!("{before:.1} a second"),
        &format!("{beside:.1} a second"),
        &format!("{:.3}", beside / before),
        "1",
    ]);
}

/// Probes a second of the first port, over some whole intervals.
async fn rate(targets: &mut Targets, interval: u64) -> f64 {
    let (begun, count) = (machine::elapsed(), targets.count(0));
    machine::sleep(Duration::from_secs(interval * either(6, 2))).await;
    (targets.count(0) - count) as f64 / (machine::elapsed() - begun).as_secs_f64()
}
