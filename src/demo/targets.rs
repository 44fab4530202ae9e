//! Servers to be monitored in the demo, which can be switched off, slow or on again.

use std::future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_util::sync::{CancellationToken, DropGuard};

/// How a demo server behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It answers: 200, or pongs.
    Healthy,
    /// It answers 503 to everything.
    Failing,
    /// Nobody listens: connections are refused.
    Refusing,
    /// It takes connections (and upgrades to a WebSocket) and never answers.
    Silent,
}

impl Mode {
    /// Every mode by its name on the page.
    pub(super) const ALL: [(&'static str, Self); 4] = [
        ("healthy", Self::Healthy),
        ("failing", Self::Failing),
        ("refusing", Self::Refusing),
        ("silent", Self::Silent),
    ];
}

/// What a demo server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    Http,
    /// WebSocket.
    WebSocket,
}

/// A demo server on loopback. It keeps its port while it refuses, and is gone when the last clone
/// is dropped.
#[derive(Clone)]
pub struct Target {
    protocol: Protocol,
    address: SocketAddr,
    wanted: watch::Sender<Mode>,
    /// What the listener has come to; it lags `wanted` by the moment a socket takes.
    reached: watch::Receiver<Mode>,
    _stop: Arc<DropGuard>,
}

impl Target {
    /// Starts a healthy HTTP server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Where no port can be listened on.
    pub async fn http() -> io::Result<Self> {
        Self::start(Protocol::Http).await
    }

    /// Starts a healthy WebSocket server on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// Where no port can be listened on.
    pub async fn web_socket() -> io::Result<Self> {
        Self::start(Protocol::WebSocket).await
    }

    async fn start(protocol: Protocol) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let wanted = watch::Sender::new(Mode::Healthy);
        let (reach, reached) = watch::channel(Mode::Healthy);
        tokio::spawn({
            let (stop, modes) = (stop.clone(), wanted.subscribe());
            async move {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = run(protocol, listener, address, modes, reach) => {}
                }
            }
        });
        Ok(Self {
            protocol,
            address,
            wanted,
            reached,
            _stop: Arc::new(stop.drop_guard()),
        })
    }

    /// Switches it, and returns when the switch has taken effect. Open connections are cut.
    pub async fn set(&self, mode: Mode) {
        self.wanted.send_replace(mode);
        let mut reached = self.reached.clone();
        // The sending half lives as long as this handle does.
        let _ = reached.wait_for(|reached| *reached == mode).await;
    }

    /// How it behaves now.
    #[must_use]
    pub fn mode(&self) -> Mode {
        *self.reached.borrow()
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// What it speaks.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// Its address as it is given to `/health add`.
    #[must_use]
    pub fn url(&self) -> String {
        match self.protocol {
            Protocol::Http => format!("http://{}/health", self.address),
            Protocol::WebSocket => format!("ws://{}/", self.address),
        }
    }
}

async fn run(
    protocol: Protocol,
    listener: TcpListener,
    address: SocketAddr,
    mut modes: watch::Receiver<Mode>,
    reach: watch::Sender<Mode>,
) {
    let mut listener = Some(listener);
    loop {
        let mode = *modes.borrow_and_update();
        if mode == Mode::Refusing {
            listener = None;
        } else if listener.is_none() {
            listener = listen_again(address).await;
        }
        reach.send_replace(mode);
        let cut = CancellationToken::new();
        let _cut_on_change = cut.clone().drop_guard();
        let accepting = async {
            let Some(listener) = &listener else {
                return future::pending().await;
            };
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(converse(protocol, mode, stream, cut.clone()));
            }
        };
        tokio::select! {
            changed = modes.changed() => if changed.is_err() { return },
            () = accepting => return,
        }
    }
}

/// Listens on the port again, whatever connections of before linger on it.
async fn listen_again(address: SocketAddr) -> Option<TcpListener> {
    loop {
        let socket = TcpSocket::new_v4().ok()?;
        socket.set_reuseaddr(true).ok()?;
        if socket.bind(address).is_ok()
            && let Ok(listener) = socket.listen(1_024)
        {
            return Some(listener);
        }
        // Someone else took the port for a connection of theirs: it comes free again.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn converse(protocol: Protocol, mode: Mode, stream: TcpStream, cut: CancellationToken) {
    tokio::select! {
        () = cut.cancelled() => {}
        // What the client does to its connection is its own affair.
        _ = answer(protocol, mode, stream) => {}
    }
}

async fn answer(protocol: Protocol, mode: Mode, mut stream: TcpStream) -> io::Result<()> {
    match (mode, protocol) {
        (Mode::Silent, Protocol::WebSocket) => {
            let socket = tokio_tungstenite::accept_async(stream)
                .await
                .map_err(io::Error::other)?;
            future::pending::<()>().await;
            drop(socket);
        }
        (Mode::Silent | Mode::Refusing, _) => {
            future::pending::<()>().await;
        }
        (Mode::Failing, _) => {
            read_head(&mut stream).await?;
            stream
                .write_all(&head(
                    "503 Service Unavailable",
                    "switched off in the demo\n",
                ))
                .await?;
        }
        (Mode::Healthy, Protocol::Http) => {
            read_head(&mut stream).await?;
            stream.write_all(&head("200 OK", "ok\n")).await?;
        }
        (Mode::Healthy, Protocol::WebSocket) => {
            let mut socket = tokio_tungstenite::accept_async(stream)
                .await
                .map_err(io::Error::other)?;
            // Reading is what sends the pongs and answers the close.
            while let Some(Ok(message)) = socket.next().await {
                if let Message::Text(_) | Message::Binary(_) = message {
                    socket.send(message).await.map_err(io::Error::other)?;
                }
            }
        }
    }
    Ok(())
}

async fn read_head(stream: &mut TcpStream) -> io::Result<()> {
    let mut read = Vec::new();
    let mut chunk = [0; 1_024];
    while !read.windows(4).any(|end| end == b"\r\n\r\n") && read.len() < 64 * 1_024 {
        let length = stream.read(&mut chunk).await?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        read.extend_from_slice(&chunk[..length]);
    }
    Ok(())
}

fn head(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
