//! Whether and to which address a probe's connection is made.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use healthbot::probe::{Resolve, ResolveError, SystemResolver, Trust};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::harness::probing::{Answer, Names, Probing, loopback};
use crate::harness::targets::{Script, Target};

/// A listener that drops what knocks.
struct FullListener {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: [TcpStream; 2],
}

impl FullListener {
    async fn start() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        // The kernel takes one connection more than the backlog says and drops what comes after that.
        let connect = async || TcpStream::connect(address).await.unwrap();
        Self {
            address,
            _listener: listener,
            _waiting: [connect().await, connect().await],
        }
    }
}

fn named(names: Names) -> Probing {
    Probing::with(loopback(), Trust::nobody(), names)
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let free = TcpListener::bind("127.0.0.1:0")
        .await
        .unwrap()
        .local_addr()
        .unwrap();
    let found = Probing::new().probe(&format!("http://{free}/")).await;
    assert_eq!(found, format!("refused: {free} refused the connection"));
}

#[tokio::test]
async fn a_full_listener_is_a_connect_timeout() {
    let full = FullListener::start().await;
    let found = Probing::new()
        .probe_past_deadline(&format!("http://{}/", full.address), async {})
        .await;
    assert_eq!(found, "connect timeout: no connection within 3s");
}

#[tokio::test]
async fn every_probe_opens_a_connection_of_its_own() {
    let target = Target::start(Script::status("200 OK", "")).await;
    let probing = Probing::new();
    for _ in 0..3 {
        assert_eq!(
            probing
                .probe(&format!("http://{}/", target.address()))
                .await,
            "healthy"
        );
    }
    assert_eq!(target.connections(), 3);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_a_dns_failure() {
    let probing = named(
        Names::default()
            .and_answer("silent.example", Answer::Silence)
            .and_answer("trouble.example", Answer::Trouble)
            .and("empty.example", &[]),
    );
    assert_eq!(
        probing.probe("http://no.example/").await,
        "dns: no.example: Name or service not known"
    );
    assert_eq!(
        probing.probe("http://empty.example/").await,
        "dns: empty.example has no addresses"
    );
    assert_eq!(
        probing.probe("http://trouble.example/").await,
        "unknown: Healthbot ran out of file descriptors"
    );
    assert_eq!(
        probing
            .probe_past_deadline("http://silent.example/", async {})
            .await,
        "dns: no answer from the name server within 3s"
    );
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_refuses() {
    let target = Target::start(Script::status("200 OK", "")).await;
    let probing = named(
        Names::of("two.example", &["::1", "127.0.0.1"]).and("one.example", &["::1", "127.0.0.9"]),
    );
    assert_eq!(
        probing
            .probe(&format!("http://two.example:{}/", target.port()))
            .await,
        "healthy"
    );
    let found = probing
        .probe(&format!("http://one.example:{}/", target.port()))
        .await;
    assert!(found.starts_with("refused: "), "{found}");
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_is_silent() {
    let full = FullListener::start().await;
    let beside = format!("127.0.0.2:{}", full.address.port());
    let other = Target::on(&beside, Script::status("200 OK", ""), None).await;
    let probing = named(Names::of("two.example", &["127.0.0.1", "127.0.0.2"]));
    let url = format!("http://two.example:{}/", other.port());
    let head_start = async {
        probing.clock.advance(Duration::from_millis(250));
        std::future::pending::<()>().await;
    };
    let found = tokio::select! {
        biased;
        found = probing.probe(&url) => found,
        () = head_start => unreachable!("it never ends"),
    };
    assert_eq!(found, "healthy");
}

#[tokio::test]
async fn many_probes_run_at_once() {
    let target = Target::start(Script::status("200 OK", "")).await;
    let probing = Arc::new(Probing::new());
    let url = format!("http://{}/", target.address());
    let probes = (0..100).map(|_| {
        let (probing, url) = (probing.clone(), url.clone());
        tokio::spawn(async move { probing.probe(&url).await })
    });
    for found in futures_util::future::join_all(probes).await {
        assert_eq!(found.unwrap(), "healthy");
    }
}

#[test]
fn a_process_without_descriptors_blames_itself() {
    let own_test = "probe_connect::in_a_process_without_descriptors";
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 40 && exec \"$0\" --ignored --exact \"$1\""])
        .arg(std::env::current_exe().unwrap())
        .arg(own_test)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[tokio::test]
#[ignore = "run in a process of its own, whose descriptors are few"]
async fn in_a_process_without_descriptors() {
    let target = Target::start(Script::status("200 OK", "")).await;
    let probing = Probing::new();
    let url = format!("http://{}/", target.address());
    assert_eq!(probing.probe(&url).await, "healthy");
    let mut held = Vec::new();
    while let Ok(file) = std::fs::File::open("/dev/null") {
        held.push(file);
        assert!(held.len() < 1000, "the limit is not set");
    }
    assert_eq!(
        probing.probe(&url).await,
        "unknown: Healthbot ran out of file descriptors"
    );
    drop(held);
    assert_eq!(probing.probe(&url).await, "healthy");
}

#[tokio::test]
async fn the_systems_resolver_answers() {
    let resolver = SystemResolver::new();
    let local = resolver.resolve("localhost").await.unwrap();
    assert!(
        !local.is_empty() && local.iter().all(std::net::IpAddr::is_loopback),
        "{local:?}"
    );
    assert_eq!(
        resolver.resolve("no-such-host.invalid").await,
        Err(ResolveError::Unresolved(
            "names under .invalid never resolve".to_owned()
        ))
    );
}
