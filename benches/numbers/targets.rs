//! The servers that are probed: every address of 127.0.0.0/8 answers on a port, from a process of its own.

use std::collections::HashMap;
use std::io::BufRead;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsAcceptor;

use super::children::Helper;
use super::{machine, tls};

pub(crate) const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\nconnection: close\r\n\r\nok\n";
pub(crate) const REFUSAL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// The address of a server.
pub(crate) fn address(n: usize) -> Ipv4Addr {
    let octet = |n: usize| u8::try_from(n).unwrap();
    Ipv4Addr::new(
        127,
        1 + octet(n / 62_500),
        octet(n / 250 % 250),
        1 + octet(n % 250),
    )
}

/// What is spoken on a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Http,
    WebSocket,
    /// HTTPS that never resumes.
    HttpsFull,
    /// HTTPS that resumes.
    Https,
    /// WebSocket over TLS that resumes.
    Wss,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Http,
        Self::WebSocket,
        Self::HttpsFull,
        Self::Https,
        Self::Wss,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::WebSocket => "ws",
            Self::HttpsFull => "https-full",
            Self::Https => "https",
            Self::Wss => "wss",
        }
    }

    pub(crate) const fn has_tls(self) -> bool {
        matches!(self, Self::HttpsFull | Self::Https | Self::Wss)
    }

    pub(crate) const fn is_websocket(self) -> bool {
        matches!(self, Self::WebSocket | Self::Wss)
    }

    pub(crate) const fn resumes(self) -> bool {
        matches!(self, Self::Https | Self::Wss)
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|kind| kind.name() == name);
        found.ok_or_else(|| format!("no kind {name}"))
    }
}

/// How a port behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Mood {
    Well = 0,
    /// It answers 503.
    Failing = 1,
    /// It takes the connection and says nothing.
    Hanging = 2,
}

/// What a port has seen since it was last asked to forget.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The first connection, in microseconds since 1970.
    pub(crate) first: Option<i64>,
    /// Connections in each second since then.
    pub(crate) seconds: Vec<u64>,
}

impl Seen {
    pub(crate) fn count(&self) -> u64 {
        self.seconds.iter().sum()
    }

    fn note(&mut self) {
        let now = machine::now().timestamp_micros();
        let first = *self.first.get_or_insert(now);
        let second = usize::try_from((now - first) / 1_000_000).unwrap_or_default();
        if self.seconds.len() <= second {
            self.seconds.resize(second + 1, 0);
        }
        self.seconds[second] += 1;
    }
}

/// The targets' process.
pub(crate) struct Targets {
    helper: Helper,
    pub(crate) ports: Vec<u16>,
    dir: PathBuf,
}

impl Targets {
    /// A port for each kind. Certificates come from `dir`.
    pub(crate) fn start(kinds: &[Kind], dir: &Path) -> Self {
        let mut arguments = vec!["--serve".to_owned(), dir.display().to_string()];
        arguments.extend(kinds.iter().map(|kind| kind.name().to_owned()));
        let mut helper = Helper::start(&arguments);
        let ports = kinds
            .iter()
            .map(|_| helper.line().parse().unwrap())
            .collect();
        Self {
            helper,
            ports,
            dir: dir.to_owned(),
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(crate) fn set(&mut self, port: usize, mood: Mood) {
        self.helper.ask(&format!("set {port} {}", mood as u8));
    }

    pub(crate) fn forget(&mut self) {
        self.helper.ask("forget");
    }

    pub(crate) fn seen(&mut self, port: usize) -> Seen {
        let line = self.helper.ask(&format!("seen {port}"));
        let mut numbers = line.split(' ').filter_map(|word| word.parse::<i64>().ok());
        let first = numbers.next().filter(|first| *first > 0);
        let seconds = numbers
            .filter_map(|count| u64::try_from(count).ok())
            .collect();
        Seen { first, seconds }
    }

    pub(crate) fn count(&mut self, port: usize) -> u64 {
        self.seen(port).count()
    }
}

/// A port as its own process knows it.
struct Port {
    kind: Kind,
    mood: AtomicU8,
    seen: Mutex<Seen>,
    dir: PathBuf,
    acceptors: Mutex<HashMap<IpAddr, TlsAcceptor>>,
}

/// The targets' process: prints the ports, and answers questions until it is killed.
pub(crate) fn serve(arguments: &[String]) {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let dir = PathBuf::from(&arguments[0]);
    let ports: Vec<Arc<Port>> = arguments[1..]
        .iter()
        .map(|name| {
            Arc::new(Port {
                kind: name.parse().unwrap(),
                mood: AtomicU8::new(Mood::Well as u8),
                seen: Mutex::default(),
                dir: dir.clone(),
                acceptors: Mutex::default(),
            })
        })
        .collect();
    let listening = ports.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let accepting: Vec<_> = listening
                .into_iter()
                .map(|port| {
                    let socket = TcpSocket::new_v4().unwrap();
                    socket.bind((Ipv4Addr::UNSPECIFIED, 0).into()).unwrap();
                    let listener = socket.listen(16_384).unwrap();
                    println!("{}", listener.local_addr().unwrap().port());
                    accept(listener, port)
                })
                .collect();
            futures_util::future::join_all(accepting).await;
        });
    });
    for line in std::io::stdin().lock().lines() {
        println!("{}", answer_question(&ports, &line.unwrap()));
    }
}

fn answer_question(ports: &[Arc<Port>], question: &str) -> String {
    let words: Vec<&str> = question.split(' ').collect();
    let number = |at: usize| words[at].parse::<usize>().unwrap();
    match words[0] {
        "set" => {
            let mood = u8::try_from(number(2)).unwrap();
            ports[number(1)].mood.store(mood, Ordering::Relaxed);
        }
        "seen" => {
            let seen = ports[number(1)].seen.lock().unwrap();
            let seconds = seen.seconds.iter().map(|count| format!(" {count}"));
            return format!("{}{}", seen.first.unwrap_or(0), seconds.collect::<String>());
        }
        _ => {
            for port in ports {
                *port.seen.lock().unwrap() = Seen::default();
            }
        }
    }
    "done".to_owned()
}

async fn accept(listener: TcpListener, port: Arc<Port>) {
    loop {
        let (tcp, _) = listener.accept().await.unwrap();
        port.seen.lock().unwrap().note();
        let port = Arc::clone(&port);
        tokio::spawn(async move {
            if port.kind.has_tls() {
                let acceptor = port.acceptor(tcp.local_addr().unwrap().ip());
                if let Ok(stream) = acceptor.accept(tcp).await {
                    converse(&port, stream).await;
                }
            } else {
                converse(&port, tcp).await;
            }
        });
    }
}

impl Port {
    fn acceptor(&self, ip: IpAddr) -> TlsAcceptor {
        let tickets = if self.kind.resumes() { 2 } else { 0 };
        let mut acceptors = self.acceptors.lock().unwrap();
        acceptors
            .entry(ip)
            .or_insert_with(|| tls::acceptor(&self.dir, ip, tickets))
            .clone()
    }
}

async fn converse(port: &Port, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mood = port.mood.load(Ordering::Relaxed);
    if mood == Mood::Hanging as u8 {
        // Until the other side has had enough.
        let _ = stream.read_to_end(&mut Vec::new()).await;
        return;
    }
    if port.kind.is_websocket() {
        let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
            return;
        };
        // Reading is what sends the pong and answers the close.
        while let Some(Ok(_)) = socket.next().await {}
        return;
    }
    let mut request = [0; 2048];
    let mut read = 0;
    while !request[..read].ends_with(b"\r\n\r\n") {
        match stream.read(&mut request[read..]).await {
            Ok(more) if more > 0 => read += more,
            _ => return,
        }
    }
    let answer = if mood == Mood::Failing as u8 {
        REFUSAL
    } else {
        ANSWER
    };
    // A prober may be gone already, which is its right.
    let _ = stream.write_all(answer).await;
    let _ = stream.shutdown().await;
}
