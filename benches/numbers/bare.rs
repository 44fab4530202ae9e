//! The least that the same exchanges can cost: no schedule, no decision, no metrics, nothing looked at.

use std::io::BufRead;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use healthbot::domain::ids::ServerId;
use healthbot::domain::schedule::next_due;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::{Message, WebSocketConfig};

use super::children::Helper;
use super::targets::{ANSWER, Kind, address};
use super::{machine, tls};

/// One bare exchange after another.
#[derive(Clone)]
pub(crate) struct Bare {
    kind: Kind,
    port: u16,
    connector: Option<TlsConnector>,
}

impl Bare {
    pub(crate) fn new(kind: Kind, port: u16, dir: &Path) -> Self {
        let connector = kind.has_tls().then(|| tls::connector(dir, kind.resumes()));
        Self {
            kind,
            port,
            connector,
        }
    }

    pub(crate) async fn exchange(&self, server: usize) {
        let at = SocketAddr::new(IpAddr::V4(address(server)), self.port);
        let tcp = TcpStream::connect(at).await.unwrap();
        match &self.connector {
            None => self.talk(tcp, at).await,
            Some(connector) => {
                tcp.set_nodelay(true).unwrap();
                let stream = connector.connect(ServerName::from(at.ip()), tcp).await;
                self.talk(stream.unwrap(), at).await;
            }
        }
    }

    async fn talk(&self, stream: impl AsyncRead + AsyncWrite + Unpin, at: SocketAddr) {
        if self.kind.is_websocket() {
            ping(stream, at).await;
        } else {
            get(stream, at).await;
        }
    }
}

pub(crate) async fn get(mut stream: impl AsyncRead + AsyncWrite + Unpin, at: SocketAddr) {
    let request = format!(
        "GET / HTTP/1.1\r\nhost: {at}\r\nuser-agent: bare\r\naccept: */*\r\nconnection: close\r\n\r\n"
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

async fn ping(stream: impl AsyncRead + AsyncWrite + Unpin, at: SocketAddr) {
    let request = format!("ws://{at}/").into_client_request().unwrap();
    // The library's default of 128 KiB costs more than all the rest.
    let config = WebSocketConfig::default()
        .read_buffer_size(4096)
        .write_buffer_size(4096);
    let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
    let (mut socket, _) = opened.unwrap();
    socket.send(Message::Ping("12345678".into())).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_pong());
    socket.close(None).await.unwrap();
    assert!(socket.next().await.unwrap().unwrap().is_close());
}

/// A process that makes so many bare exchanges a second, on a runtime like the bot's.
pub(crate) fn start(kind: Kind, port: u16, dir: &Path, servers: usize, rate: u64) -> Helper {
    let mut arguments = vec!["--bare".to_owned(), kind.name().to_owned()];
    arguments.extend([port.to_string(), dir.display().to_string()]);
    arguments.extend([servers.to_string(), rate.to_string()]);
    Helper::start(&arguments)
}

/// That process.
pub(crate) fn monitor(arguments: &[String]) {
    let number = |at: usize| arguments[at].parse::<u64>().unwrap();
    let dir = PathBuf::from(&arguments[2]);
    let port = u16::try_from(number(1)).unwrap();
    let bare = Bare::new(arguments[0].parse().unwrap(), port, &dir);
    let (servers, rate) = (usize::try_from(number(3)).unwrap(), number(4));
    // Where its parent is gone, so is it.
    std::thread::spawn(|| {
        std::io::stdin().lock().lines().for_each(drop);
        std::process::exit(0);
    });
    let rounds =
        (0u32..).flat_map(move |round| phases(rate).into_iter().map(move |phase| (round, phase)));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // A task among the others, as the bot's loop is: from outside the workers each start would wake one of them.
    let exchanging = runtime.spawn(async move {
        let begun = machine::elapsed();
        for (turn, (round, phase)) in rounds.enumerate() {
            let due = begun + Duration::from_secs(1) * round + phase;
            machine::sleep(due.saturating_sub(machine::elapsed())).await;
            let (bare, server) = (bare.clone(), turn % servers);
            tokio::spawn(async move { bare.exchange(server).await });
        }
    });
    runtime.block_on(exchanging).unwrap();
}

/// When in a second the exchanges begin: spread without a pattern, as the bot's own are.
fn phases(count: u64) -> Vec<Duration> {
    let interval = Duration::from_secs(1);
    let due = |n| next_due(ServerId::from_raw(n), interval, Duration::ZERO);
    let mut phases: Vec<Duration> = (0..count).map(due).collect();
    phases.sort();
    phases
}
