//! A WebSocket's opening handshake, one ping and its pong.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http::StatusCode;
use http::header::{
    CONNECTION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_EXTENSIONS,
    SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};

use crate::clock::Clock;
use crate::domain::outcome::FailureKind;
use crate::domain::target::Target;
use crate::probe::deadline::{Deadline, Phase};
use crate::probe::fault::{self, Stop};
use crate::probe::http::{self as exchange, Exchange};
use crate::probe::stream::Stream;
use crate::probe::tls;

/// The library's default of 128 KiB costs more than the rest of a probe.
const BUFFER: usize = 4 * 1024;
/// How much a server may send before the pong, in bytes, all messages together.
const MAX_CHATTER: usize = 1024 * 1024;
/// How many messages a server may send before the pong.
const MAX_MESSAGES: usize = 4096;
/// How long the server's own close frame is waited for. It owes nothing more: this only spares its log a reset.
const FAREWELL: Duration = Duration::from_millis(250);

type Socket<'a> = WebSocketStream<&'a mut Stream>;

/// A connection on which the server has proved healthy.
pub(super) struct Proven<'a>(Socket<'a>);

/// Opens a WebSocket and pings it until the pong with `payload` has come.
pub(super) async fn probe<'a>(
    stream: &'a mut Stream,
    target: &Target,
    payload: [u8; 8],
    deadline: &mut Deadline,
) -> Result<Proven<'a>, Stop> {
    let mut socket = open(stream, target, deadline).await?;
    let payload = Bytes::copy_from_slice(&payload);
    deadline
        .within(Phase::Pong, ping(&mut socket, payload))
        .await?;
    Ok(Proven(socket))
}

impl Proven<'_> {
    /// Says goodbye: a close with code 1000, and a short wait for the server's.
    pub(super) async fn close(self, clock: &dyn Clock) {
        let Self(mut socket) = self;
        let farewell = async {
            let frame = CloseFrame {
                code: CloseCode::Normal,
                reason: "".into(),
            };
            if socket.close(Some(frame)).await.is_ok() {
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_close() {
                        break;
                    }
                }
            }
        };
        tokio::select! {
            biased;
            () = farewell => {}
            () = clock.sleep(FAREWELL) => {}
        }
    }
}

async fn open<'a>(
    stream: &'a mut Stream,
    target: &Target,
    deadline: &mut Deadline,
) -> Result<Socket<'a>, Stop> {
    let key = generate_key();
    let mut request = exchange::request(target)?;
    let headers = request.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
    let key_value = HeaderValue::from_str(&key).map_err(|_| {
        Stop::failed(
            FailureKind::BadResponse,
            "the handshake's key cannot be written",
        )
    })?;
    headers.insert(SEC_WEBSOCKET_KEY, key_value);
    let exchange = Exchange::begin(stream, request, deadline).await?;
    accepted(
        exchange.response.status(),
        exchange.response.headers(),
        &key,
    )
    .map_err(|why| Stop::failed(FailureKind::WebsocketRejected, why))?;
    let (stream, early) = exchange.into_stream();
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(MAX_CHATTER))
        .max_frame_size(Some(MAX_CHATTER));
    Ok(
        WebSocketStream::from_partially_read(stream, early.into(), Role::Client, Some(config))
            .await,
    )
}

/// Validates the server's handshake (RFC 6455, 4.1, "Once the client's opening handshake has been sent").
fn accepted(status: StatusCode, headers: &HeaderMap, key: &str) -> Result<(), String> {
    if status != StatusCode::SWITCHING_PROTOCOLS {
        return Err(exchange::describe(status));
    }
    if !has_token(headers, &UPGRADE, "websocket") {
        return Err("the answer lacks “Upgrade: websocket”".to_owned());
    }
    if !has_token(headers, &CONNECTION, "upgrade") {
        return Err("the answer lacks “Connection: Upgrade”".to_owned());
    }
    let accept = headers.get(SEC_WEBSOCKET_ACCEPT).map(HeaderValue::as_bytes);
    match accept.map(<[u8]>::trim_ascii) {
        None => return Err("the answer lacks Sec-WebSocket-Accept".to_owned()),
        Some(accept) if accept != derive_accept_key(key.as_bytes()).as_bytes() => {
            return Err("wrong Sec-WebSocket-Accept".to_owned());
        }
        Some(_) => {}
    }
    for unasked in [SEC_WEBSOCKET_EXTENSIONS, SEC_WEBSOCKET_PROTOCOL] {
        if headers.get(&unasked).is_some_and(|value| !value.is_empty()) {
            return Err(format!("the answer has {unasked}, which was not asked for"));
        }
    }
    Ok(())
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|found| found.trim().eq_ignore_ascii_case(token))
}

/// Pings, and reads until the pong with this payload; other messages are passed over.
async fn ping(socket: &mut Socket<'_>, payload: Bytes) -> Result<(), Stop> {
    let sent = socket.send(Message::Ping(payload.clone())).await;
    sent.map_err(|error| explain(&error))?;
    let mut chatter = 0_usize;
    for _ in 0..MAX_MESSAGES {
        match socket.next().await {
            Some(Ok(Message::Pong(answer))) if answer == payload => return Ok(()),
            Some(Ok(Message::Close(frame))) => return Err(closed(frame.as_ref())),
            Some(Ok(message)) => chatter = chatter.saturating_add(message.len()),
            Some(Err(error)) => return Err(explain(&error)),
            None => return Err(closed(None)),
        }
        if chatter > MAX_CHATTER {
            break;
        }
    }
    Err(Stop::failed(
        FailureKind::BadResponse,
        "the server sent over 4,096 messages or 1 MiB and no pong",
    ))
}

fn closed(frame: Option<&CloseFrame>) -> Stop {
    let detail = match frame {
        None => "closed before the pong, without a reason".to_owned(),
        Some(CloseFrame { code, reason }) if reason.is_empty() => {
            format!("closed before the pong with code {}", u16::from(*code))
        }
        Some(CloseFrame { code, reason }) => {
            format!(
                "closed before the pong with code {}: {reason}",
                u16::from(*code)
            )
        }
    };
    Stop::failed(FailureKind::WebsocketClosed, detail)
}

/// Why there was no pong.
fn explain(error: &Error) -> Stop {
    match error {
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Stop::failed(
            FailureKind::WebsocketClosed,
            "the connection ended before the pong, without a close frame",
        ),
        Error::Io(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Stop::failed(
            FailureKind::WebsocketClosed,
            "the connection ended before the pong, without a close frame",
        ),
        Error::Io(error) => {
            tls::failed(error).unwrap_or_else(|| fault::talking(error, "waiting for the pong"))
        }
        Error::Capacity(_) => Stop::failed(
            FailureKind::BadResponse,
            "the server sent a message over 1 MiB instead of a pong",
        ),
        // A protocol error names a rule, never what was received.
        Error::Protocol(error) => {
            Stop::failed(FailureKind::BadResponse, format!("not WebSocket: {error}"))
        }
        Error::Utf8(_) => Stop::failed(
            FailureKind::BadResponse,
            "not WebSocket: text that is not UTF-8",
        ),
        other => Stop::failed(FailureKind::BadResponse, format!("not WebSocket: {other}")),
    }
}
