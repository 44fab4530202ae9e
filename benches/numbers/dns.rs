//! What it costs to probe a server by its name: beside the same by its address, and beside the bare lookup, connection
//! and GET. And whether names that hang leave the others alone.
//!
//! Names come from the hosts file, and from a small name server of the benchmark's own: the process that probes sees
//! another `/etc/resolv.conf`, which is mounted for it alone. That takes root; elsewhere those rows are left out.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use healthbot::clock::SystemClock;
use healthbot::domain::settings::Timeout;
use healthbot::domain::target::{Address, Check, Target};
use healthbot::probe::{AddressPolicy, Prober, Trust};
use tokio::net::TcpStream;

use super::bare::get;
use super::children::Helper;
use super::machine::{self, either, median};
use super::report::{note, row, table};
use super::targets::{Kind, Targets};

/// Where the benchmark's own name server listens; a resolver asks no other port.
const NAME_SERVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 9, 9, 9)), 53);
/// Names that the name server knows.
const NAMES: usize = 500;
/// It never answers for names that begin so.
const HUNG: &str = "hung";
const MOUNT: &str = "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\"";

pub(crate) async fn measure() {
    let dir = tempfile::tempdir().unwrap();
    let targets = Targets::start(&[Kind::Http], dir.path());
    let port = targets.ports[0].to_string();
    let columns = [
        "names from",
        "in flight",
        "by address: bare, Healthbot",
        "by name: bare",
        "by name: Healthbot",
        "ratio",
        "wall by name: bare, Healthbot",
    ];
    table("A probe by name, CPU time of the process", &columns);
    let arguments = |what: &str| ["--names", what, &port].map(str::to_owned).to_vec();
    relay(Helper::start(&arguments("hosts")));
    let Ok(socket) = UdpSocket::bind(NAME_SERVER) else {
        return note("a name server is left out: it takes root, and port 53 of 127.9.9.9");
    };
    std::thread::spawn(move || answer_queries(&socket));
    let file = dir.path().join("resolv.conf");
    std::fs::write(&file, format!("nameserver {}\n", NAME_SERVER.ip())).unwrap();
    let inside = |what: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", MOUNT]).arg(&file);
        command
            .arg(std::env::current_exe().unwrap())
            .args(arguments(what));
        Helper::run(&mut command)
    };
    relay(inside("dns"));
    let title =
        "Names that hang, each probed again when its timeout of 3 s is over, and a hundred others";
    table(
        title,
        &[
            "names that hang",
            "others that failed in the first 30 s",
            "in the next 30 s",
            "CPU of a core",
        ],
    );
    relay(inside("hung"));
}

/// Prints what it prints, up to an empty line or its end.
fn relay(mut helper: Helper) {
    let mut lines = 0;
    loop {
        let line = helper.line();
        if line.is_empty() {
            break;
        }
        println!("{line}");
        lines += 1;
    }
    if lines == 0 {
        note("left out: a resolv.conf cannot be mounted for one process alone");
    }
}

/// The process that probes.
pub(crate) fn probe(arguments: &[String]) {
    let port = arguments[1].parse().unwrap();
    // No thread ends while its CPU time is counted.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .thread_keep_alive(Duration::from_secs(3_600))
        .build()
        .unwrap();
    runtime.block_on(async {
        match arguments[0].as_str() {
            "hosts" => compare("the hosts file", &["localhost".to_owned()], 1, port).await,
            "dns" => {
                let names: Vec<_> = (0..NAMES)
                    .map(|n| format!("web-{n}.bench.example"))
                    .collect();
                for in_flight in [1, 32] {
                    compare("a name server", &names, in_flight, port).await;
                }
            }
            _ => {
                for hung in either([100, 400], [5, 10]) {
                    beside_hung(hung, port).await;
                }
            }
        }
    });
    println!();
    // Lookups that hang are not waited for.
    std::process::exit(0);
}

fn prober() -> Prober {
    let policy = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    Prober::new(policy, Trust::nobody(), 1, Arc::new(SystemClock::new()))
}

fn target(host: &str, port: u16) -> Target {
    Address::parse(&format!("http://{host}:{port}/"))
        .unwrap()
        .target
}

fn timeout() -> Timeout {
    Timeout::new(Duration::from_secs(3)).unwrap()
}

async fn compare(origin: &str, names: &[String], in_flight: usize, port: u16) {
    let prober = &prober();
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let by_address = &target("127.0.0.1", port);
    let by_name: &Vec<_> = &names.iter().map(|name| target(name, port)).collect();
    let probe = |target| async move {
        let outcome = prober.probe(target, Check::Http, timeout()).await;
        assert!(outcome.is_healthy(), "{outcome:?}");
    };
    let exchange = |at: SocketAddr| async move {
        get(TcpStream::connect(at).await.unwrap(), at).await;
    };
    let look_up = |turn: usize| async move {
        let name = names[turn % names.len()].as_str();
        let mut found = tokio::net::lookup_host((name, port)).await.unwrap();
        exchange(found.find(SocketAddr::is_ipv4).unwrap()).await;
    };
    let mut rounds = Vec::new();
    // One more to warm up.
    for _ in 0..=either(9, 0) {
        rounds.push([
            cost(in_flight, |_| exchange(at)).await,
            cost(in_flight, |_| probe(by_address)).await,
            cost(in_flight, look_up).await,
            cost(in_flight, |turn| probe(&by_name[turn % by_name.len()])).await,
        ]);
    }
    rounds.drain(..either(1, 0));
    let of = |part: &dyn Fn(&[Cost; 4]) -> f64| median(rounds.iter().map(part).collect());
    row(&[
        origin,
        &in_flight.to_string(),
        &format!("{:.0}, {:.0} us", of(&|r| r[0].cpu), of(&|r| r[1].cpu)),
        &format!("{:.0} us", of(&|r| r[2].cpu)),
        &format!("{:.0} us", of(&|r| r[3].cpu)),
        &format!("{:.2}", of(&|r| r[3].cpu / r[2].cpu)),
        &format!("{:.0}, {:.0} us", of(&|r| r[2].wall), of(&|r| r[3].wall)),
    ]);
}

/// Of one probe, in microseconds.
struct Cost {
    cpu: f64,
    wall: f64,
}

async fn cost<F: Future<Output = ()>>(in_flight: usize, exchange: impl Fn(usize) -> F) -> Cost {
    let count = either(1_000, 50);
    let (begun, before) = (machine::elapsed(), machine::cpu(std::process::id()));
    stream::iter(0..count)
        .map(exchange)
        .buffer_unordered(in_flight)
        .collect::<()>()
        .await;
    let (wall, cpu) = (
        machine::elapsed() - begun,
        machine::cpu(std::process::id()) - before,
    );
    let each = |time: Duration| time.as_secs_f64() * 1e6 / count as f64;
    Cost {
        cpu: each(cpu),
        wall: each(wall),
    }
}

/// Probes a hundred names in turn, a hundred a second, while others hang.
async fn beside_hung(hung: usize, port: u16) {
    let prober = Arc::new(prober());
    let mut hanging = tokio::task::JoinSet::new();
    for n in 0..hung {
        let (prober, target) = (
            Arc::clone(&prober),
            target(&format!("{HUNG}-{n}.bench.example"), port),
        );
        hanging.spawn(async move {
            loop {
                let outcome = prober.probe(&target, Check::Http, timeout()).await;
                assert!(!outcome.is_healthy(), "{outcome:?}");
            }
        });
    }
    let cpu = machine::cpu(std::process::id());
    let halves = [
        probe_others(&prober, port).await,
        probe_others(&prober, port).await,
    ];
    let cpu = (machine::cpu(std::process::id()) - cpu).as_secs_f64();
    let failed = |(probes, failed): (usize, usize)| format!("{failed} of {probes}");
    row(&[
        &hung.to_string(),
        &failed(halves[0]),
        &failed(halves[1]),
        &format!("{:.1} %", 100.0 * cpu / (2.0 * half().as_secs_f64())),
    ]);
}

fn half() -> Duration {
    Duration::from_secs(either(30, 2))
}

/// How many probes of others were made, and how many of these failed.
async fn probe_others(prober: &Arc<Prober>, port: u16) -> (usize, usize) {
    let begun = machine::elapsed();
    let mut probes = tokio::task::JoinSet::new();
    while machine::elapsed() - begun < half() {
        let name = format!("web-{}.bench.example", probes.len() % 100);
        let (prober, target) = (Arc::clone(prober), target(&name, port));
        probes.spawn(async move {
            prober
                .probe(&target, Check::Http, timeout())
                .await
                .is_healthy()
        });
        machine::sleep(Duration::from_millis(10)).await;
    }
    let healthy = probes.join_all().await;
    let failed = healthy.iter().filter(|healthy| !**healthy).count();
    (healthy.len(), failed)
}

/// The name server: 127.0.0.1 for every name that it answers for.
fn answer_queries(socket: &UdpSocket) {
    let mut query = [0; 512];
    loop {
        let (length, from) = socket.recv_from(&mut query).unwrap();
        if let Some(answer) = answer(&query[..length]) {
            // Whoever asked may be gone already.
            let _ = socket.send_to(&answer, from);
        }
    }
}

/// The answer to a query of one question (RFC 1035, 4.1).
fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let name = query.get(12..)?;
    if name.get(1..)?.starts_with(HUNG.as_bytes()) {
        return None;
    }
    let end = 12 + name.iter().position(|byte| *byte == 0)? + 1;
    let question = query.get(12..end + 4)?;
    let is_a = query.get(end..end + 2)? == [0, 1];
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80, 0, 1, 0, u8::from(is_a), 0, 0, 0, 0]);
    answer.extend(question);
    if is_a {
        // The question's name once more, an address for 60 s.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(answer)
}
