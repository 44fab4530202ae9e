//! Socket Mode: the WebSocket that the bot opens, envelopes out, acknowledgements in.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, frame};

use super::core::Core;
use super::error::Error;
use super::outgoing::{Answer, Outgoing, PATIENCE};
use super::server::{Reply, text};
use super::workspace::Workspace;

/// The open connections, and the tickets for new ones.
#[derive(Default)]
pub(super) struct Sockets(Mutex<Open>);

#[derive(Default)]
struct Open {
    made: u64,
    tickets: Vec<String>,
    connections: Vec<mpsc::UnboundedSender<Frame>>,
}

/// Something to do on a connection.
enum Frame {
    Envelope {
        id: String,
        text: String,
        acknowledged: oneshot::Sender<Answer>,
    },
    Act(SocketAct),
}

/// What Slack does on a connection beside sending envelopes, and what it should never do.
#[derive(Debug, Clone)]
pub enum SocketAct {
    /// Says this, whatever it is.
    Say(String),
    /// Sends a text that is not UTF-8.
    Garble,
    /// Pings.
    Ping,
    /// Says goodbye.
    Close,
    /// Goes without a word.
    Cut,
    /// Stays, and neither reads nor writes any more.
    FallSilent,
}

impl Sockets {
    fn hold(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The address of one new connection.
    pub(super) fn ticket(&self, address: SocketAddr) -> String {
        let mut open = self.hold();
        open.made += 1;
        let ticket = format!("ticket{}", open.made);
        open.tickets.push(ticket.clone());
        format!("ws://{address}/socket/{ticket}")
    }

    fn take(&self, ticket: &str) -> bool {
        let mut open = self.hold();
        let known = open.tickets.iter().position(|known| known == ticket);
        known.map(|at| open.tickets.remove(at)).is_some()
    }

    /// Asks every connection to go away, as Slack does before it refreshes one.
    pub(super) fn disconnect(&self, reason: &str) {
        let text = json!({ "type": "disconnect", "reason": reason }).to_string();
        for connection in &self.hold().connections {
            // One that is closed already has nothing left to be told.
            let _ = connection.send(Frame::Act(SocketAct::Say(text.clone())));
        }
    }

    /// Does something on the `nth` of the open connections, the oldest being the first.
    pub(super) fn act(&self, nth: usize, act: SocketAct) -> Result<(), Error> {
        let connection = self.hold().open(nth)?;
        connection.send(Frame::Act(act)).map_err(|_| gone())
    }

    /// Sends over the newest connection and waits for the acknowledgement.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Answer, Error> {
        self.send_over(None, envelope(outgoing)).await
    }

    /// Sends an envelope over the `nth` connection, or the newest. It is given an id where it has none.
    pub(super) async fn send_over(
        &self,
        nth: Option<usize>,
        mut envelope: Value,
    ) -> Result<Answer, Error> {
        let (acknowledged, answer) = oneshot::channel();
        {
            let mut open = self.hold();
            open.made += 1;
            if envelope["envelope_id"].is_null() {
                envelope["envelope_id"] =
                    json!(format!("00000000-0000-4000-8000-{:012}", open.made));
            }
            let nth = match nth {
                Some(nth) => nth,
                None => open.living().saturating_sub(1),
            };
            let frame = Frame::Envelope {
                id: envelope["envelope_id"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                text: envelope.to_string(),
                acknowledged,
            };
            open.open(nth)?.send(frame).map_err(|_| gone())?;
        }
        answer.await.map_err(|_| gone())
    }
}

impl Open {
    fn living(&mut self) -> usize {
        self.connections
            .retain(|connection| !connection.is_closed());
        self.connections.len()
    }

    fn open(&mut self, nth: usize) -> Result<mpsc::UnboundedSender<Frame>, Error> {
        self.living();
        self.connections.get(nth).cloned().ok_or_else(gone)
    }
}

fn gone() -> Error {
    Error::Unreachable("no Socket Mode connection is open".to_owned())
}

impl Workspace {
    /// Sends an envelope as it stands, over the `nth` of the open connections (the oldest is the first), and waits for
    /// the acknowledgement as long as Slack does. It is given an `envelope_id` where it has none.
    ///
    /// # Errors
    ///
    /// Where there is no such connection, or the bot does not acknowledge.
    pub async fn envelope(&self, nth: usize, envelope: Value) -> Result<Answer, Error> {
        tokio::select! {
            answer = self.core.sockets.send_over(Some(nth), envelope) => answer,
            () = self.core.clock.sleep(PATIENCE) => Err(Error::TimedOut),
        }
    }

    /// An address at which a command of this person's in this channel may be answered late.
    ///
    /// # Errors
    ///
    /// Where there is no such person or channel.
    pub fn response_url(&self, user: &str, channel: &str) -> Result<String, Error> {
        let (user, channel) = self.meet(user, channel)?;
        let (path, _) = self
            .core
            .act(|state| state.new_response(&user.id, &channel.id, None));
        Ok(self.core.url(&path))
    }

    /// Does something on the `nth` of the open connections.
    ///
    /// # Errors
    ///
    /// Where there is no such connection.
    pub fn on_socket(&self, nth: usize, act: SocketAct) -> Result<(), Error> {
        self.core.sockets.act(nth, act)
    }
}

fn envelope(outgoing: &Outgoing) -> Value {
    match outgoing {
        Outgoing::Command(fields) => {
            let payload: HashMap<_, _> = fields.iter().cloned().collect();
            json!({
                "type": "slash_commands", "payload": payload,
                "accepts_response_payload": true,
            })
        }
        Outgoing::Interaction(payload) => json!({
            "type": "interactive", "payload": payload,
            "accepts_response_payload": payload["type"] == "view_submission",
        }),
        Outgoing::Event { envelope, retry } => {
            let reason = if *retry > 0 { "timeout" } else { "" };
            json!({
                "type": "events_api", "payload": envelope,
                "accepts_response_payload": false, "retry_attempt": retry, "retry_reason": reason,
            })
        }
    }
}

/// Answers the opening handshake and serves the connection.
pub(super) fn upgrade(core: &Arc<Core>, ticket: &str, request: Request<Incoming>) -> Reply {
    let key = request
        .headers()
        .get("sec-websocket-key")
        .map(|key| derive_accept_key(key.as_bytes()));
    let (Some(accept), true) = (key, core.sockets.take(ticket)) else {
        return text(400, "not a connection that was opened".to_owned());
    };
    let served = Arc::clone(core);
    core.tasks.spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else {
            return;
        };
        let stream = TokioIo::new(upgraded);
        let socket = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        serve(&served, socket).await;
    });
    let switched = Response::builder()
        .status(http::StatusCode::SWITCHING_PROTOCOLS)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", accept)
        .body(Full::new(Bytes::new()));
    switched.unwrap_or_else(|_| text(500, "no handshake".to_owned()))
}

type Socket = WebSocketStream<TokioIo<Upgraded>>;

async fn serve(core: &Arc<Core>, mut socket: Socket) {
    let hello = json!({
        "type": "hello", "num_connections": core.read(|state| state.sockets.open) + 1,
        "debug_info": { "host": "demo", "approximate_connection_time": 18_060 },
        "connection_info": { "app_id": core.read(|state| state.team.app_id.clone()) },
    });
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    let (frames, queue) = mpsc::unbounded_channel();
    core.sockets.hold().connections.push(frames);
    core.change(|state| {
        state.sockets.open += 1;
        state.sockets.opened += 1;
    });
    let closed = converse(core, socket, queue).await;
    core.change(|state| {
        state.sockets.open = state.sockets.open.saturating_sub(1);
        state.sockets.closed.extend(closed);
    });
}

/// Serves a connection to its end; gives the code with which the bot closed it, where it did.
async fn converse(
    core: &Arc<Core>,
    mut socket: Socket,
    mut queue: mpsc::UnboundedReceiver<Frame>,
) -> Option<u16> {
    let mut waiting: HashMap<String, oneshot::Sender<Answer>> = HashMap::new();
    loop {
        tokio::select! {
            () = core.stop.cancelled() => return None,
            frame = queue.recv() => match frame? {
                Frame::Envelope { id, text, acknowledged } => {
                    waiting.insert(id, acknowledged);
                    socket.send(Message::text(text)).await.ok()?;
                }
                Frame::Act(act) => perform(core, act, &mut socket).await?,
            },
            received = socket.next() => match received?.ok()? {
                Message::Text(text) => acknowledge(&mut waiting, &text),
                Message::Close(frame) => return frame.map(|frame| frame.code.into()),
                Message::Ping(_) => core.change(|state| state.sockets.pings += 1),
                _ => {}
            },
        }
    }
}

/// Gives nothing where the connection is to end.
async fn perform(core: &Core, act: SocketAct, socket: &mut Socket) -> Option<()> {
    let message = match act {
        SocketAct::Say(text) => Message::text(text),
        SocketAct::Garble => {
            let garbage = frame::Frame::message(
                Bytes::from_static(b"\xff\xfe"),
                OpCode::Data(Data::Text),
                true,
            );
            Message::Frame(garbage)
        }
        SocketAct::Ping => Message::Ping(Bytes::new()),
        SocketAct::Close => Message::Close(None),
        SocketAct::Cut => return None,
        SocketAct::FallSilent => {
            core.stop.cancelled().await;
            return None;
        }
    };
    socket.send(message).await.ok()
}

fn acknowledge(waiting: &mut HashMap<String, oneshot::Sender<Answer>>, text: &str) {
    let Ok(received) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let id = received["envelope_id"].as_str().unwrap_or_default();
    if let Some(acknowledged) = waiting.remove(id) {
        let payload = &received["payload"];
        let body = if payload.is_null() {
            String::new()
        } else {
            payload.to_string()
        };
        // Whoever asked may have stopped waiting.
        let _ = acknowledged.send(Answer::new(200, body));
    }
}
