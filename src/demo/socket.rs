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
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use super::core::Core;
use super::error::Error;
use super::outgoing::{Answer, Outgoing};
use super::server::{Reply, text};

/// The open connections, and the tickets for new ones.
#[derive(Default)]
pub(super) struct Sockets(Mutex<Open>);

#[derive(Default)]
struct Open {
    made: u64,
    tickets: Vec<String>,
    connections: Vec<mpsc::UnboundedSender<Frame>>,
}

/// Something to write on a connection.
enum Frame {
    Envelope {
        id: String,
        text: String,
        acknowledged: oneshot::Sender<Answer>,
    },
    Disconnect {
        reason: String,
    },
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
        for connection in &self.hold().connections {
            // One that is closed already has nothing left to be told.
            let _ = connection.send(Frame::Disconnect {
                reason: reason.to_owned(),
            });
        }
    }

    /// Sends over the newest connection and waits for the acknowledgement.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Answer, Error> {
        let gone = || Error::Unreachable("no Socket Mode connection is open".to_owned());
        let (acknowledged, answer) = oneshot::channel();
        {
            let mut open = self.hold();
            open.connections
                .retain(|connection| !connection.is_closed());
            open.made += 1;
            let id = format!("00000000-0000-4000-8000-{:012}", open.made);
            let text = envelope(&id, outgoing).to_string();
            let connection = open.connections.last().ok_or_else(gone)?;
            let frame = Frame::Envelope {
                id,
                text,
                acknowledged,
            };
            connection.send(frame).map_err(|_| gone())?;
        }
        answer.await.map_err(|_| gone())
    }
}

fn envelope(id: &str, outgoing: &Outgoing) -> Value {
    match outgoing {
        Outgoing::Command(fields) => {
            let payload: HashMap<_, _> = fields.iter().cloned().collect();
            json!({
                "envelope_id": id, "type": "slash_commands", "payload": payload,
                "accepts_response_payload": true,
            })
        }
        Outgoing::Interaction(payload) => json!({
            "envelope_id": id, "type": "interactive", "payload": payload,
            "accepts_response_payload": payload["type"] == "view_submission",
        }),
        Outgoing::Event { envelope, retry } => {
            let reason = if *retry > 0 { "timeout" } else { "" };
            json!({
                "envelope_id": id, "type": "events_api", "payload": envelope,
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
        served.change(|state| state.sockets += 1);
        serve(&served, socket).await;
        served.change(|state| state.sockets = state.sockets.saturating_sub(1));
    });
    let switched = Response::builder()
        .status(http::StatusCode::SWITCHING_PROTOCOLS)
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-accept", accept)
        .body(Full::new(Bytes::new()));
    switched.unwrap_or_else(|_| text(500, "no handshake".to_owned()))
}

async fn serve(core: &Arc<Core>, mut socket: WebSocketStream<TokioIo<Upgraded>>) {
    let (frames, mut queue) = mpsc::unbounded_channel();
    let mut waiting: HashMap<String, oneshot::Sender<Answer>> = HashMap::new();
    let hello = json!({
        "type": "hello", "num_connections": core.read(|state| state.sockets),
        "debug_info": { "host": "demo", "approximate_connection_time": 18_060 },
        "connection_info": { "app_id": core.read(|state| state.team.app_id.clone()) },
    });
    if socket.send(Message::text(hello.to_string())).await.is_err() {
        return;
    }
    core.sockets.hold().connections.push(frames);
    loop {
        tokio::select! {
            () = core.stop.cancelled() => return,
            frame = queue.recv() => {
                let Some(frame) = frame else { return };
                let text = match frame {
                    Frame::Envelope { id, text, acknowledged } => {
                        waiting.insert(id, acknowledged);
                        text
                    }
                    Frame::Disconnect { reason } => {
                        json!({ "type": "disconnect", "reason": reason }).to_string()
                    }
                };
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
            received = socket.next() => match received {
                Some(Ok(Message::Text(text))) => acknowledge(&mut waiting, &text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => {}
            },
        }
    }
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
