//! What a probe costs, beside the least that the same exchange can cost: CPU time per probe, in the same run, against the
//! same targets, which live in a process of their own.
//!
//! `cargo bench --bench probe [-- PROBES]`

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark reports on standard output and stops at the first surprise"
)]

use std::future::Future;
use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt, stream};
use healthbot::clock::SystemClock;
use healthbot::domain::settings::Timeout;
use healthbot::domain::target::{Address, Check, Target};
use healthbot::probe::{AddressPolicy, Prober, Trust};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};

/// Probes that are in flight at once.
const IN_FLIGHT: usize = 32;
/// Loopback addresses that the TLS targets are reached at: probes of one server do not overlap, so each address stands for
/// one and there are twice as many as are in flight.
const SERVERS: usize = 64;
/// Measured rounds of each; the median is reported.
const ROUNDS: usize = 9;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    if std::env::args().any(|argument| argument == "--serve") {
        return runtime.block_on(serve());
    }
    let probes = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .next()
        .unwrap_or(2_000);
    runtime.block_on(measure(probes));
}

/// The targets' process and where it listens.
struct Targets {
    process: Child,
    http: SocketAddr,
    websocket: SocketAddr,
    full: SocketAddr,
    resuming: SocketAddr,
    authority: CertificateDer<'static>,
}

impl Drop for Targets {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Targets {
    fn start() -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .arg("--serve")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut port = || {
            let port = lines.next().unwrap().unwrap().parse().unwrap();
            SocketAddr::from((Ipv4Addr::LOCALHOST, port))
        };
        let [http, websocket, full, resuming] = [port(), port(), port(), port()];
        let pem = lines
            .map_while(Result::ok)
            .take_while(|line| !line.is_empty())
            .collect::<Vec<_>>();
        let authority = CertificateDer::from_pem_slice(pem.join("\n").as_bytes()).unwrap();
        Self {
            process,
            http,
            websocket,
            full,
            resuming,
            authority,
        }
    }
}

async fn measure(probes: usize) {
    let targets = Targets::start();
    let prober = &prober(&targets);
    let probes_of = |scheme: &str, check, addresses: Vec<SocketAddr>| {
        let targets = addresses.into_iter().map(|address| {
            let url = format!("{scheme}://{address}/");
            Address::parse(&url).unwrap().target
        });
        let targets = targets.collect::<Vec<_>>();
        move |turn: usize| probe(prober, targets[turn % targets.len()].clone(), check)
    };
    println!("{probes} probes a round, {IN_FLIGHT} in flight, medians of {ROUNDS} paired rounds\n");
    println!(
        "{:<24}{:>12}{:>12}{:>8}",
        "", "bare, us", "prober, us", "ratio"
    );
    let http = targets.http;
    let probe = probes_of("http", Check::Http, vec![http]);
    report("HTTP", probes, |_| bare_http(http), probe).await;
    let websocket = targets.websocket;
    let probe = probes_of("ws", Check::WebSocket, vec![websocket]);
    report("WebSocket", probes, |_| bare_websocket(websocket), probe).await;
    for (what, port, resumption) in [
        (
            "HTTPS, full handshake",
            targets.full.port(),
            Resumption::disabled(),
        ),
        (
            "HTTPS, resumed",
            targets.resuming.port(),
            Resumption::in_memory_sessions(8 * SERVERS),
        ),
    ] {
        let connector = &connector(&targets, resumption);
        let addresses = servers()
            .map(|ip| SocketAddr::new(ip, port))
            .collect::<Vec<_>>();
        let probe = probes_of("https", Check::Http, addresses.clone());
        let bare = |turn: usize| bare_https(connector, addresses[turn % SERVERS]);
        report(what, probes / 4, bare, probe).await;
    }
}

fn servers() -> impl Iterator<Item = IpAddr> {
    (1..)
        .take(SERVERS)
        .map(|last| IpAddr::from([127, 0, 0, last]))
}

fn prober(targets: &Targets) -> Prober {
    let policy = AddressPolicy {
        allow_loopback: true,
        ..AddressPolicy::default()
    };
    let trust = Trust::nobody().and(targets.authority.clone()).unwrap();
    Prober::new(policy, trust, SERVERS, Arc::new(SystemClock::new()))
}

async fn probe(prober: &Prober, target: Target, check: Check) {
    let timeout = Timeout::new(Duration::from_secs(10)).unwrap();
    let outcome = prober.probe(&target, check, timeout).await;
    assert!(outcome.is_healthy(), "{outcome:?}");
}

async fn report<A: Future<Output = ()>, B: Future<Output = ()>>(
    what: &str,
    probes: usize,
    bare: impl Fn(usize) -> A,
    probe: impl Fn(usize) -> B,
) {
    // One round of each to warm up.
    cost(probes, &bare).await;
    cost(probes, &probe).await;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        rounds.push((cost(probes, &bare).await, cost(probes, &probe).await));
    }
    let median = |mut of: Vec<f64>| {
        of.sort_by(f64::total_cmp);
        of[of.len() / 2]
    };
    println!(
        "{what:<24}{:>12.1}{:>12.1}{:>8.2}",
        median(rounds.iter().map(|round| round.0).collect()),
        median(rounds.iter().map(|round| round.1).collect()),
        median(rounds.iter().map(|round| round.1 / round.0).collect()),
    );
}

/// CPU time of one exchange, in microseconds.
async fn cost<F: Future<Output = ()>>(count: usize, exchange: impl Fn(usize) -> F) -> f64 {
    let before = cpu_nanoseconds();
    stream::iter(0..count)
        .map(exchange)
        .buffer_unordered(IN_FLIGHT)
        .collect::<()>()
        .await;
    (cpu_nanoseconds() - before) as f64 / 1_000.0 / count as f64
}

/// CPU time of this thread, the only one that works here.
fn cpu_nanoseconds() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    stat.split(' ').next().unwrap().parse().unwrap()
}

async fn bare_http(address: SocketAddr) {
    let tcp = TcpStream::connect(address).await.unwrap();
    get(tcp, address).await;
}

async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, address: SocketAddr) {
    let request = format!(
        "GET / HTTP/1.1\r\nhost: {address}\r\nuser-agent: bare\r\naccept: */*\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = [0; 1024];
    let mut read = 0;
    while read < ANSWER.len() {
        let more = stream.read(&mut answer[read..]).await.unwrap();
        assert!(more > 0, "the answer was cut");
        read += more;
    }
}

fn connector(targets: &Targets, resumption: Resumption) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots.add(targets.authority.clone()).unwrap();
    let mut config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
    config.resumption = resumption;
    TlsConnector::from(Arc::new(config))
}

async fn bare_https(connector: &TlsConnector, address: SocketAddr) {
    let tcp = TcpStream::connect(address).await.unwrap();
    tcp.set_nodelay(true).unwrap();
    let name = ServerName::from(address.ip());
    get(connector.connect(name, tcp).await.unwrap(), address).await;
}

async fn bare_websocket(address: SocketAddr) {
    let tcp = TcpStream::connect(address).await.unwrap();
    let request = format!("ws://{address}/").into_client_request().unwrap();
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(4096);
    let (mut socket, _) = tokio_tungstenite::client_async_with_config(request, tcp, Some(config))
        .await
        .unwrap();
    socket.send(Message::Ping("12345678".into())).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_pong());
    socket.close(None).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_close());
}

/// The targets: prints the ports and the authority, and serves until it is killed.
async fn serve() {
    let (issuer, key, certificate) = identity();
    let tls = |tickets: usize| {
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_no_client_auth()
                .with_single_cert(vec![certificate.clone()], key.clone_key())
                .unwrap();
        config.send_tls13_tickets = tickets;
        TlsAcceptor::from(Arc::new(config))
    };
    let mut serving = Vec::new();
    let (none, some) = (tls(0), tls(2));
    for kind in [
        Kind::Http,
        Kind::WebSocket,
        Kind::Https(none),
        Kind::Https(some),
    ] {
        let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        serving.push(tokio::spawn(accept(listener, kind)));
    }
    println!("{}", issuer.trim());
    println!();
    futures_util::future::join_all(serving).await;
}

#[derive(Clone)]
enum Kind {
    Http,
    WebSocket,
    Https(TlsAcceptor),
}

/// An authority as PEM, and a key and certificate for the servers by it.
fn identity() -> (String, PrivateKeyDer<'static>, CertificateDer<'static>) {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Benchmark Authority");
    let issuer =
        rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    let leaf =
        rcgen::CertificateParams::new(servers().map(|ip| ip.to_string()).collect::<Vec<_>>())
            .unwrap();
    let leaf = leaf.signed_by(&key, &issuer).unwrap();
    let pem = issuer.as_ref().pem();
    (
        pem,
        PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        leaf.der().clone(),
    )
}

async fn accept(listener: TcpListener, kind: Kind) {
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        let kind = kind.clone();
        tokio::spawn(async move {
            match kind {
                Kind::Http => answer(tcp).await,
                Kind::Https(acceptor) => {
                    if let Ok(stream) = acceptor.accept(tcp).await {
                        answer(stream).await;
                    }
                }
                Kind::WebSocket => {
                    let Ok(mut socket) = tokio_tungstenite::accept_async(tcp).await else {
                        return;
                    };
                    while let Some(Ok(_)) = socket.next().await {}
                }
            }
        });
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut request = [0; 2048];
    let mut read = 0;
    while !request[..read].ends_with(b"\r\n\r\n") {
        match stream.read(&mut request[read..]).await {
            Ok(more) if more > 0 => read += more,
            _ => return,
        }
    }
    // A prober may be gone already, which is its right.
    let _ = stream.write_all(ANSWER).await;
    let _ = stream.shutdown().await;
}
