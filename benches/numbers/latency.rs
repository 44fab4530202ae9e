//! How soon people know: from a server's failure to the message that Slack has accepted, and from a slash command to its
//! answer.

use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::bot::{Bot, CHANNEL, Watched, name};
use super::machine::{self, either, quantile};
use super::report::{row, table};
use super::targets::{ANSWER, Kind, Mood, REFUSAL, Targets, address};

/// Servers are probed so often here.
const INTERVAL: Duration = Duration::from_secs(2);

/// Targets of this process, which know to the microsecond when each was probed.
#[derive(Clone, Default)]
pub(crate) struct Watchful {
    probes: Arc<Mutex<HashMap<IpAddr, Vec<Duration>>>>,
    failing: Arc<Mutex<HashSet<IpAddr>>>,
    count: watch::Sender<u64>,
}

impl Watchful {
    pub(crate) async fn serve(self, listener: TcpListener) {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            tokio::spawn(self.clone().answer(tcp));
        }
    }

    async fn answer(self, mut tcp: TcpStream) {
        let ip = tcp.local_addr().unwrap().ip();
        let fails = self.failing.lock().unwrap().contains(&ip);
        let mut request = [0; 2048];
        let mut read = 0;
        while !request[..read].ends_with(b"\r\n\r\n") {
            match tcp.read(&mut request[read..]).await {
                Ok(more) if more > 0 => read += more,
                _ => return,
            }
        }
        let _ = tcp.write_all(if fails { REFUSAL } else { ANSWER }).await;
        let mut probes = self.probes.lock().unwrap();
        probes.entry(ip).or_default().push(machine::elapsed());
        self.count.send_modify(|count| *count += 1);
    }

    /// Makes a server fail, or answer again.
    pub(crate) fn set(&self, ip: IpAddr, fails: bool) {
        let mut failing = self.failing.lock().unwrap();
        if fails {
            failing.insert(ip);
        } else {
            failing.remove(&ip);
        }
    }

    /// The first so many probes of a server after a moment.
    pub(crate) async fn after(&self, ip: IpAddr, moment: Duration, count: usize) -> Vec<Duration> {
        let mut changes = self.count.subscribe();
        loop {
            {
                let probes = self.probes.lock().unwrap();
                let later = probes
                    .get(&ip)
                    .into_iter()
                    .flatten()
                    .filter(|at| **at > moment);
                let later: Vec<_> = later.copied().take(count).collect();
                if later.len() == count {
                    return later;
                }
            }
            changes.changed().await.unwrap();
        }
    }
}

/// One server that failed.
struct Sample {
    waited: f64,
    confirming: f64,
    telling: f64,
}

pub(crate) async fn measure() {
    let dir = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let targets = Watchful::default();
    tokio::spawn(targets.clone().serve(listener));
    let bot = Bot::start(dir.path()).await;
    bot.set(json!({"interval": format!("{}s", INTERVAL.as_secs())}))
        .await;
    let count = either(20, 1);
    bot.add(Watched {
        first: 0,
        count,
        kind: Kind::Http,
        port,
    })
    .await;
    bot.has_probed(count).await;
    let mut samples = Vec::new();
    for n in 0..count {
        // Each at another moment of the interval, evenly: their mean is then that of all moments.
        let phase = INTERVAL.mul_f64((n as f64 + 0.5) / count as f64);
        samples.push(sample(&bot, &targets, n, phase).await);
        // More than three failures within ten seconds would be a storm, whose messages wait for each other.
        machine::sleep(Duration::from_secs(either(4, 0))).await;
    }
    let mean = |part: fn(&Sample) -> f64| samples.iter().map(part).sum::<f64>() / count as f64;
    let mut telling: Vec<f64> = samples.iter().map(|sample| sample.telling * 1e3).collect();
    let columns = ["", "measured", "in theory or goal"];
    table(
        "From a failure to the message that Slack has accepted, an idle channel, interval 2 s",
        &columns,
    );
    let half = INTERVAL.as_secs_f64() / 2.0;
    let seconds = |value: f64| format!("{value:.3} s");
    row(&[
        "until it is probed, mean",
        &seconds(mean(|sample| sample.waited)),
        &seconds(half),
    ]);
    row(&[
        "until it is confirmed, mean",
        &seconds(mean(|sample| sample.confirming)),
        "1.000 s",
    ]);
    let telling_in = |value: f64| format!("{value:.1} ms");
    row(&[
        "until Slack has it, median",
        &telling_in(quantile(&mut telling, 0.5)),
        "at most 50 ms",
    ]);
    row(&[
        "until Slack has it, longest",
        &telling_in(quantile(&mut telling, 1.0)),
        "at most 50 ms",
    ]);
    let all = mean(|sample| sample.waited + sample.confirming + sample.telling);
    row(&[
        "all of it, mean",
        &seconds(all),
        &format!("at most {}", seconds(half + 1.05)),
    ]);
}

async fn sample(bot: &Bot, targets: &Watchful, n: usize, phase: Duration) -> Sample {
    let ip = IpAddr::V4(address(n));
    let last = targets.after(ip, machine::elapsed(), 1).await[0];
    machine::sleep((last + phase).saturating_sub(machine::elapsed())).await;
    targets.set(ip, true);
    let failed = machine::elapsed();
    let name = name(n);
    let told = bot.workspace.wait_for(|state| {
        let mut messages = state.messages(CHANNEL).iter();
        messages
            .any(|message| message.text.contains(&name))
            .then(machine::elapsed)
    });
    let (probes, told) = tokio::join!(targets.after(ip, failed, 2), told);
    Sample {
        waited: (probes[0] - failed).as_secs_f64(),
        confirming: (probes[1] - probes[0]).as_secs_f64(),
        telling: told.saturating_sub(probes[1]).as_secs_f64(),
    }
}

/// What is typed, one after the other.
const TYPED: [&str; 8] = [
    "status",
    "list",
    "list down",
    "status web-000042.shop.example.com",
    "history web-000042.shop.example.com",
    "mute web-000042.shop.example.com 1h",
    "unmute web-000042.shop.example.com",
    "check-typo web-00042",
];

pub(crate) async fn commands() {
    let dir = tempfile::tempdir().unwrap();
    let mut targets = Targets::start(&[Kind::Http, Kind::Http], dir.path());
    targets.set(1, Mood::Hanging);
    let bot = Bot::start(dir.path()).await;
    let (well, hanging) = (either(8_000, 160), either(2_000, 40));
    bot.add_at_two(&targets, well, hanging).await;
    // One interval, the confirmation, and the digests.
    machine::sleep(Duration::from_secs(either(60, 5))).await;
    let mut took = Vec::new();
    for turn in 0..either(1_000, 16) {
        let typed = TYPED[turn % TYPED.len()];
        let begun = machine::elapsed();
        bot.command(typed).await;
        took.push((machine::elapsed() - begun).as_secs_f64() * 1e3);
        machine::sleep(Duration::from_millis(10)).await;
    }
    let mut drawn = Vec::new();
    for _ in 0..either(100, 2) {
        let begun = machine::elapsed();
        bot.open_home().await;
        drawn.push((machine::elapsed() - begun).as_secs_f64() * 1e3);
        machine::sleep(Duration::from_millis(100)).await;
    }
    let title = format!(
        "Slash commands, and the App Home, while {} servers are probed, {hanging} of them hanging, interval 30 s",
        well + hanging
    );
    let columns = ["what", "times", "median", "99 %", "longest", "goal"];
    table(&title, &columns);
    let goals = ["99 % under 100 ms, none over 3 s", "none over 3 s"];
    for ((what, mut took), goal) in [("answers", took), ("Homes", drawn)].into_iter().zip(goals) {
        let count = took.len().to_string();
        let mut at = |share| format!("{:.1} ms", quantile(&mut took, share));
        row(&[what, &count, &at(0.5), &at(0.99), &at(1.0), goal]);
    }
}
