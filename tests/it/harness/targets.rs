//! Scripted servers to be probed: each does one thing to every connection that comes.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role};

/// What a target does with a connection.
#[derive(Debug, Clone)]
pub(crate) enum Script {
    /// Reads a request's head, writes these bytes and closes.
    Answer(Vec<u8>),
    /// Writes these bytes at once, without waiting for a request, and closes.
    Greet(Vec<u8>),
    /// The same, without a goodbye where the connection is TLS.
    Abandon(Vec<u8>),
    /// Reads a request's head, writes these bytes and then does nothing.
    Stall(Vec<u8>),
    /// Does nothing at all: not even the TLS handshake.
    Silence,
    /// Reads a request's head, writes these bytes and cuts the connection with a reset.
    Reset(Vec<u8>),
    /// Reads a request's head, writes these bytes and then a byte every few milliseconds, for ever.
    Drip(Vec<u8>),
    /// Accepts a WebSocket.
    WebSocket(WebSocket),
    /// Answers a WebSocket's handshake with this head, in which `{accept}` stands for the right key.
    Handshake(&'static str),
}

/// What a target does with a WebSocket.
#[derive(Debug, Clone, Copy)]
pub(crate) enum WebSocket {
    /// Answers pings and waits for the close, as servers do.
    Serve,
    /// The same, after so many messages of its own, each of so many bytes.
    Chatter(usize, usize),
    /// Reads and never answers.
    Silent,
    /// Answers pings with a payload of its own.
    WrongPong,
    /// Answers the ping and never the close.
    NoFarewell,
    /// Closes with this code and reason.
    Close(u16, &'static str),
    /// Ends the connection without a close frame.
    Drop,
    /// Cuts the connection with a reset.
    Reset,
    /// Sends bytes that are no frame.
    Garbage,
}

impl Script {
    /// An answer of this status line's rest, such as `200 OK`, and body.
    pub(crate) fn status(status: &str, body: &str) -> Self {
        let length = body.len();
        Self::answer(&format!(
            "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// An answer of these bytes.
    pub(crate) fn answer(text: &str) -> Self {
        Self::Answer(text.as_bytes().to_vec())
    }
}

/// A running target. It ends when this is dropped.
pub(crate) struct Target {
    address: SocketAddr,
    log: Arc<Log>,
    accepting: JoinHandle<()>,
}

struct Log {
    connections: AtomicUsize,
    resumed: AtomicUsize,
    requests: watch::Sender<Vec<String>>,
    stuck: watch::Sender<bool>,
}

impl Drop for Target {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Target {
    /// A target on a free port of 127.0.0.1.
    pub(crate) async fn start(script: Script) -> Self {
        Self::on("127.0.0.1:0", script, None).await
    }

    /// The same, behind TLS.
    pub(crate) async fn start_tls(script: Script, config: ServerConfig) -> Self {
        Self::on("127.0.0.1:0", script, Some(config)).await
    }

    /// Two targets on one port of two addresses.
    pub(crate) async fn twins(hosts: [IpAddr; 2], script: Script) -> [Self; 2] {
        loop {
            let first = TcpListener::bind((hosts[0], 0)).await.unwrap();
            let port = first.local_addr().unwrap().port();
            // The port may be taken at the other address.
            if let Ok(second) = TcpListener::bind((hosts[1], port)).await {
                return [first, second].map(|on| Self::serve(on, script.clone(), None));
            }
        }
    }

    /// A target on an address of the caller's.
    pub(crate) async fn on(address: &str, script: Script, tls: Option<ServerConfig>) -> Self {
        Self::serve(TcpListener::bind(address).await.unwrap(), script, tls)
    }

    fn serve(listener: TcpListener, script: Script, tls: Option<ServerConfig>) -> Self {
        let address = listener.local_addr().unwrap();
        let log = Arc::new(Log {
            connections: AtomicUsize::new(0),
            resumed: AtomicUsize::new(0),
            requests: watch::Sender::new(Vec::new()),
            stuck: watch::Sender::new(false),
        });
        let acceptor = tls.map(|config| TlsAcceptor::from(Arc::new(config)));
        let accepting = tokio::spawn(accept(listener, script, acceptor, log.clone()));
        Self {
            address,
            log,
            accepting,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// How many connections came.
    pub(crate) fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    /// How many of these resumed a TLS session.
    pub(crate) fn resumed(&self) -> usize {
        self.log.resumed.load(Ordering::SeqCst)
    }

    /// The head of the last request.
    pub(crate) fn request(&self) -> String {
        self.log
            .requests
            .borrow()
            .last()
            .cloned()
            .unwrap_or_default()
    }

    /// Waits for the head of a request and the code of a close, such as `close 1000`.
    pub(crate) async fn two_requests(&self) -> [String; 2] {
        let mut requests = self.log.requests.subscribe();
        let two = requests.wait_for(|all| all.len() == 2).await.unwrap();
        [two[0].clone(), two[1].clone()]
    }

    /// Waits until the target has done all that it will.
    pub(crate) async fn stuck(&self) {
        self.log
            .stuck
            .subscribe()
            .wait_for(|stuck| *stuck)
            .await
            .unwrap();
    }
}

async fn accept(listener: TcpListener, script: Script, tls: Option<TlsAcceptor>, log: Arc<Log>) {
    loop {
        let Ok((tcp, _)) = listener.accept().await else {
            return;
        };
        log.connections.fetch_add(1, Ordering::SeqCst);
        // A prober that gives up is no failure of the target's.
        tokio::spawn(handle(tcp, script.clone(), tls.clone(), log.clone()));
    }
}

trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}
type Stream = Pin<Box<dyn Transport>>;

async fn handle(
    tcp: TcpStream,
    script: Script,
    tls: Option<TlsAcceptor>,
    log: Arc<Log>,
) -> io::Result<()> {
    match script {
        Script::Silence => {
            log.stuck.send_replace(true);
            return hold(tcp).await;
        }
        Script::Reset(_) | Script::WebSocket(WebSocket::Reset) => {
            socket2::SockRef::from(&tcp).set_linger(Some(Duration::ZERO))?;
        }
        _ => {}
    }
    let stream: Stream = match tls {
        None => Box::pin(tcp),
        Some(acceptor) => {
            let stream = acceptor.accept(tcp).await?;
            if stream.get_ref().1.handshake_kind() == Some(rustls::HandshakeKind::Resumed) {
                log.resumed.fetch_add(1, Ordering::SeqCst);
            }
            Box::pin(stream)
        }
    };
    play(stream, script, &log).await
}

async fn hold<T>(held: T) -> io::Result<()> {
    let _held = held;
    std::future::pending().await
}

async fn play(mut stream: Stream, script: Script, log: &Log) -> io::Result<()> {
    if let Script::Greet(bytes) = &script {
        stream.write_all(bytes).await?;
        return stream.shutdown().await;
    }
    let head = read_head(&mut stream).await?;
    log.requests
        .send_modify(|requests| requests.push(head.clone()));
    match script {
        Script::Answer(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Script::Stall(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            log.stuck.send_replace(true);
            hold(stream).await
        }
        Script::Abandon(bytes) | Script::Reset(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await
        }
        Script::Drip(bytes) => {
            stream.write_all(&bytes).await?;
            drip(stream, log).await
        }
        Script::Handshake(template) => {
            let answer = template.replace("{accept}", &accept_key(&head));
            stream.write_all(answer.as_bytes()).await?;
            stream.shutdown().await
        }
        Script::WebSocket(behaviour) => websocket(stream, &head, behaviour, log).await,
        Script::Greet(_) | Script::Silence => Ok(()),
    }
}

async fn drip(mut stream: Stream, log: &Log) -> io::Result<()> {
    for count in 0.. {
        stream.write_all(b"x").await?;
        stream.flush().await?;
        if count == 3 {
            log.stuck.send_replace(true);
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

async fn read_head(stream: &mut Stream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn accept_key(head: &str) -> String {
    let key = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    derive_accept_key(key.map_or("", |(_, key)| key.trim()).as_bytes())
}

async fn websocket(
    mut stream: Stream,
    head: &str,
    behaviour: WebSocket,
    log: &Log,
) -> io::Result<()> {
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n",
        accept_key(head)
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.flush().await?;
    match behaviour {
        WebSocket::Silent => {
            log.stuck.send_replace(true);
            return hold(stream).await;
        }
        WebSocket::Drop => return stream.shutdown().await,
        WebSocket::Reset => {
            // Not before the ping has come: a reset overtakes what was sent.
            stream.read_u8().await?;
            return Ok(());
        }
        WebSocket::Garbage => {
            stream.write_all(b"\xff\xff secret garbage").await?;
            return stream.shutdown().await;
        }
        _ => {}
    }
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
    converse(socket, behaviour, log)
        .await
        .map_err(io::Error::other)
}

async fn converse(
    mut socket: WebSocketStream<Stream>,
    behaviour: WebSocket,
    log: &Log,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    match behaviour {
        WebSocket::Chatter(messages, bytes) => {
            for _ in 0..messages {
                socket.feed(Message::text("n".repeat(bytes))).await?;
            }
            socket.flush().await?;
        }
        WebSocket::Close(code, reason) => {
            let frame = CloseFrame {
                code: CloseCode::from(code),
                reason: reason.into(),
            };
            socket.close(Some(frame)).await?;
        }
        WebSocket::WrongPong => {
            socket.send(Message::Pong("another".into())).await?;
            log.stuck.send_replace(true);
            return hold(socket).await.map_err(Into::into);
        }
        _ => {}
    }
    while let Some(message) = socket.next().await {
        match message? {
            Message::Ping(_) if matches!(behaviour, WebSocket::NoFarewell) => {
                socket.flush().await?;
                log.stuck.send_replace(true);
                return hold(socket).await.map_err(Into::into);
            }
            Message::Close(frame) => {
                let code = frame.map_or(0, |frame| u16::from(frame.code));
                log.requests
                    .send_modify(|requests| requests.push(format!("close {code}")));
            }
            _ => {}
        }
    }
    Ok(())
}
