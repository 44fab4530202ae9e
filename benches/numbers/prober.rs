//! A probe by itself, without the loop around it: as fast as one thread can, beside the bare exchange.

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use healthbot::clock::SystemClock;
use healthbot::config::Authorities;
use healthbot::domain::settings::Timeout;
use healthbot::domain::target::{Address, Check};
use healthbot::probe::{AddressPolicy, Prober, Trust};

use super::bare::Bare;
use super::machine::{self, either, median};
use super::report::{row, table};
use super::targets::{Kind, Targets, address};
use super::tls;

/// Probes that are in flight at once.
const IN_FLIGHT: usize = 32;

pub(crate) async fn measure() {
    let dir = tempfile::tempdir().unwrap();
    tls::make(dir.path());
    let targets = Targets::start(&Kind::ALL, dir.path());
    let columns = ["probe", "bare", "prober", "ratio", "goal"];
    table(
        "A probe by itself, CPU time, one thread that is never idle",
        &columns,
    );
    // One thread, so that its CPU time is that of the probes.
    tokio::task::spawn_blocking(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            for (at, kind) in Kind::ALL.into_iter().enumerate() {
                compare(kind, targets.ports[at], &targets).await;
            }
        });
    })
    .await
    .unwrap();
}

async fn compare(kind: Kind, port: u16, targets: &Targets) {
    let policy = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    let authorities = Authorities::read(&targets.dir().join("authority.pem")).unwrap();
    let trust = Trust::nobody().and_all(&authorities);
    let prober = Prober::new(policy, trust, tls::SERVERS, Arc::new(SystemClock::new()));
    let bare = Bare::new(kind, port, targets.dir());
    let scheme = if kind.has_tls() { "https" } else { "http" };
    let servers: Vec<_> = (0..tls::SERVERS)
        .map(|n| {
            let at = IpAddr::V4(address(n));
            Address::parse(&format!("{scheme}://{at}:{port}/"))
                .unwrap()
                .target
        })
        .collect();
    let check = if kind.is_websocket() {
        Check::WebSocket
    } else {
        Check::Http
    };
    let timeout = Timeout::new(Duration::from_secs(10)).unwrap();
    let (prober, servers, bare) = (&prober, &servers, &bare);
    let probe = |turn: usize| async move {
        let outcome = prober
            .probe(&servers[turn % servers.len()], check, timeout)
            .await;
        assert!(outcome.is_healthy(), "{outcome:?}");
    };
    let exchange = |turn: usize| bare.exchange(turn % servers.len());
    let count = either(2_000, 100) / if kind.has_tls() { 2 } else { 1 };
    // A round of each to warm up; it fills the caches of TLS sessions, too.
    cost(tls::SERVERS, &exchange).await;
    cost(tls::SERVERS, &probe).await;
    let mut rounds = Vec::new();
    for _ in 0..either(9, 1) {
        rounds.push((cost(count, &exchange).await, cost(count, &probe).await));
    }
    row(&[
        kind.name(),
        &format!(
            "{:.1} us",
            median(rounds.iter().map(|round| round.0).collect())
        ),
        &format!(
            "{:.1} us",
            median(rounds.iter().map(|round| round.1).collect())
        ),
        &format!(
            "{:.2}",
            median(rounds.iter().map(|round| round.1 / round.0).collect())
        ),
        "1.3",
    ]);
}

/// CPU time of one exchange, in microseconds.
async fn cost<F: Future<Output = ()>>(count: usize, exchange: impl Fn(usize) -> F) -> f64 {
    let before = machine::thread_cpu();
    stream::iter(0..count)
        .map(exchange)
        .buffer_unordered(IN_FLIGHT)
        .collect::<()>()
        .await;
    (machine::thread_cpu() - before).as_secs_f64() * 1e6 / count as f64
}
