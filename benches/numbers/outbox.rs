//! What a message costs on its way out: from the commit that owes it to Slack's "ok", through store, lane, rendering and
//! HTTP; beside bare posts of the same JSON by the same HTTP client.

use std::io::BufRead;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use healthbot::demo::State;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::bot::{Bot, Watched};
use super::children::Helper;
use super::latency::Watchful;
use super::machine::{self, either, median};
use super::report::{note, row, table};
use super::targets::{Kind, address};

const ACCEPTED: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 2\r\n\r\nok";
/// By then a message that Slack has accepted is off the outbox.
const SETTLED: Duration = Duration::from_secs(1);

/// A Slack that accepts whatever is posted through a webhook at once.
#[derive(Clone, Default)]
struct Hooks {
    accepted: watch::Sender<u64>,
    connections: Arc<AtomicU64>,
    body: Arc<Mutex<Vec<u8>>>,
}

impl Hooks {
    async fn serve(self, listener: TcpListener) {
        loop {
            let (tcp, _) = listener.accept().await.unwrap();
            self.connections.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(self.clone().accept(tcp));
        }
    }

    async fn accept(self, tcp: TcpStream) {
        let mut tcp = BufReader::new(tcp);
        while let Some(body) = read(&mut tcp).await {
            *self.body.lock().unwrap() = body;
            // Whoever posted may be gone already.
            let _ = tcp.write_all(ACCEPTED).await;
            self.accepted.send_modify(|count| *count += 1);
        }
    }

    fn count(&self) -> u64 {
        *self.accepted.borrow()
    }

    /// When so many were accepted.
    async fn accepted(&self, count: u64) -> Duration {
        let mut changes = self.accepted.subscribe();
        changes
            .wait_for(|accepted| *accepted >= count)
            .await
            .unwrap();
        machine::elapsed()
    }
}

/// A request's body; none where the connection ends.
async fn read(tcp: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let (mut length, mut line) = (0, String::new());
    while line != "\r\n" {
        line.clear();
        tcp.read_line(&mut line)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    tcp.read_exact(&mut body).await.ok()?;
    Some(body)
}

/// A process that posts without a bot around it.
struct Bare(Helper);

impl Bare {
    fn start(port: u16, lanes: u64, body: &Path) -> Self {
        let mut arguments = vec!["--post".to_owned(), port.to_string(), lanes.to_string()];
        arguments.push(body.display().to_string());
        Self(Helper::start(&arguments))
    }

    /// Has each lane post once, the next one after so long a pause.
    fn post(&mut self, pause: Duration) -> Cost {
        let before = machine::cpu(self.0.id());
        let took = self.0.ask(&pause.as_micros().to_string());
        Cost {
            wall: Duration::from_micros(took.parse().unwrap()),
            cpu: machine::cpu(self.0.id()) - before,
        }
    }
}

/// That process.
pub(crate) fn post(arguments: &[String]) {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let lanes: u32 = arguments[1].parse().unwrap();
    for line in std::io::stdin().lock().lines() {
        let pause = Duration::from_micros(line.unwrap().parse().unwrap());
        let body = std::fs::read(&arguments[2]).unwrap();
        let begun = machine::elapsed();
        let posts = (0..lanes).map(|lane| {
            let url = format!("http://127.0.0.1:{}/services/T/B/{lane}", arguments[0]);
            let post = client.post(url).header("content-type", "application/json");
            let post = post.body(body.clone());
            runtime.spawn(async move {
                if !pause.is_zero() {
                    machine::sleep(pause * lane).await;
                }
                let answer = post.send().await.unwrap();
                assert_eq!(answer.bytes().await.unwrap(), "ok");
            })
        });
        let posts: Vec<_> = posts.collect();
        for post in posts {
            runtime.block_on(post).unwrap();
        }
        println!("{}", (machine::elapsed() - begun).as_micros());
    }
}

/// What it took to have a message accepted in every lane.
#[derive(Clone, Copy)]
struct Cost {
    wall: Duration,
    cpu: Duration,
}

/// What the measurements have in common: a bot that watches servers, of which each can be made to fail.
struct Scene {
    bot: Bot,
    targets: Watchful,
    hooks: Hooks,
    port: u16,
    /// CPU time of a second in which nothing is sent.
    idle: f64,
}

impl Scene {
    async fn set(dir: &Path, servers: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        let watched = Watched {
            first: 0,
            count: servers,
            kind: Kind::Http,
            port: listener.local_addr().unwrap().port(),
        };
        let targets = Watchful::default();
        tokio::spawn(targets.clone().serve(listener));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let hooks = Hooks::default();
        tokio::spawn(hooks.clone().serve(listener));
        let bot = Bot::start(dir).await;
        bot.set(json!({"interval": "1s"})).await;
        bot.add(watched).await;
        bot.has_probed(servers).await;
        Self {
            bot,
            targets,
            hooks,
            port,
            idle: 0.0,
        }
    }

    /// Learns what it costs to be idle.
    async fn rest(&mut self) {
        machine::sleep(SETTLED).await;
        let (begun, cpu) = (machine::elapsed(), self.bot.cpu());
        machine::sleep(Duration::from_secs(either(5, 1))).await;
        let cpu = (self.bot.cpu() - cpu).as_secs_f64();
        self.idle = cpu / (machine::elapsed() - begun).as_secs_f64();
    }

    /// Turns a server, and returns what it costs until every lane's message about it is accepted and off the outbox.
    async fn tell(&self, n: usize, fails: bool, accepted: impl Future<Output = Duration>) -> Cost {
        let ip = IpAddr::V4(address(n));
        let (begun, before) = (machine::elapsed(), self.bot.cpu());
        self.targets.set(ip, fails);
        // A failure is told when it is confirmed, a recovery at once.
        let probes = self.targets.after(ip, begun, if fails { 2 } else { 1 });
        let (probes, accepted) = tokio::join!(probes, accepted);
        machine::sleep(SETTLED).await;
        let idle =
            Duration::from_secs_f64(self.idle).mul_f64((machine::elapsed() - begun).as_secs_f64());
        Cost {
            wall: accepted.saturating_sub(*probes.last().unwrap()),
            cpu: (self.bot.cpu() - before).saturating_sub(idle),
        }
    }
}

pub(crate) async fn measure() {
    let columns = [
        "what, one message a lane",
        "lanes",
        "bare, a second",
        "Healthbot, a second",
        "ratio",
        "bare, CPU of a message",
        "Healthbot, CPU of a message",
        "ratio",
    ];
    table("The outbox: from the commit to Slack's \"ok\"", &columns);
    webhooks(either(1_000, 20)).await;
    for lanes in either([50, 200], [3, 6]) {
        rooms(lanes).await;
    }
}

/// Webhooks, of which each is a lane that waits for nobody.
async fn webhooks(lanes: u64) {
    let dir = tempfile::tempdir().unwrap();
    let servers = either(6, 1);
    let mut scene = Scene::set(dir.path(), servers).await;
    for lane in 0..lanes {
        let url = format!("http://127.0.0.1:{}/services/T/B/{lane}", scene.port);
        let channel = json!({"name": format!("hook-{lane}"), "hook_url": url});
        scene.bot.add_channel(&channel).await;
    }
    scene.rest().await;
    let body = dir.path().join("body");
    let mut bare = Bare::start(scene.port, lanes, &body);
    let (mut rounds, mut opened) = (Vec::new(), 0);
    for n in 0..servers {
        for fails in [true, false] {
            let connections = scene.hooks.connections.load(Ordering::Relaxed);
            let count = scene.hooks.count();
            let own = scene
                .tell(n, fails, scene.hooks.accepted(count + lanes))
                .await;
            opened += scene.hooks.connections.load(Ordering::Relaxed) - connections;
            std::fs::write(&body, &*scene.hooks.body.lock().unwrap()).unwrap();
            rounds.push((bare.post(Duration::ZERO), own));
        }
    }
    let messages = lanes * rounds.len() as u64;
    note(&format!(
        "the bot opened {opened} connections for {messages} messages"
    ));
    // Connections are opened in the first round.
    report("webhooks", lanes, &rounds[either(1, 0)..]);
}

/// Conversations, which share what Slack takes from a bot.
async fn rooms(lanes: u64) {
    let dir = tempfile::tempdir().unwrap();
    let mut scene = Scene::set(dir.path(), 1).await;
    let rooms: Vec<String> = (0..lanes).map(|lane| format!("room-{lane}")).collect();
    for room in &rooms {
        scene.bot.workspace.create_channel(room).unwrap();
        let id = scene.bot.workspace.channel(room).unwrap().id;
        let channel = json!({"name": room, "channel_id": id});
        scene.bot.add_channel(&channel).await;
    }
    // Until the bucket is full again.
    machine::sleep(Duration::from_secs(5)).await;
    scene.rest().await;
    let has_one = |state: &State, room: &String| !state.messages(room).is_empty();
    let all = scene.bot.workspace.wait_for(|state| {
        let told = rooms.iter().all(|room| has_one(state, room));
        told.then(machine::elapsed)
    });
    let own = scene.tell(0, true, all).await;
    let body = dir.path().join("body");
    let message = scene.bot.workspace.messages(&rooms[0]).remove(0);
    let json = json!({"text": message.text, "blocks": message.blocks});
    std::fs::write(&body, json.to_string()).unwrap();
    let mut bare = Bare::start(scene.port, lanes, &body);
    let pause = own.wall / u32::try_from(lanes).unwrap();
    report(
        "conversations, bare at the same pace",
        lanes,
        &[(bare.post(pause), own)],
    );
}

fn report(what: &str, lanes: u64, rounds: &[(Cost, Cost)]) {
    let of = |part: &dyn Fn(&(Cost, Cost)) -> f64| median(rounds.iter().map(part).collect());
    let rate = |cost: &Cost| lanes as f64 / cost.wall.as_secs_f64();
    let cpu = |cost: &Cost| cost.cpu.as_secs_f64() * 1e6 / lanes as f64;
    row(&[
        what,
        &lanes.to_string(),
        &format!("{:.1}", of(&|round| rate(&round.0))),
        &format!("{:.1}", of(&|round| rate(&round.1))),
        &format!("{:.2}", of(&|round| rate(&round.1) / rate(&round.0))),
        &format!("{:.0} us", of(&|round| cpu(&round.0))),
        &format!("{:.0} us", of(&|round| cpu(&round.1))),
        &format!("{:.1}", of(&|round| cpu(&round.1) / cpu(&round.0))),
    ]);
}
