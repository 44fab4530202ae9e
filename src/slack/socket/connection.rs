//! One WebSocket, from its handshake to its close.

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use serde::Serialize;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{CapacityError, Error};
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};
use tower_service::Service;

use crate::slack::error::SendError;
use crate::slack::hosts::{HostRule, SocketUrl};
use crate::slack::inbound::Unreadable;
use crate::slack::socket::envelope::{self, Frame};
use crate::slack::tunnel::Connector;

/// The largest message that is read, in bytes: that of the HTTP routes' bodies.
const MESSAGE_BYTES: usize = 256 * 1024;

/// The library's default of 128 KiB waits for floods that do not come here.
const BUFFER: usize = 8 * 1024;

type Stream = TokioIo<MaybeHttpsStream<TokioIo<TcpStream>>>;

/// An open connection.
pub struct Connection(WebSocketStream<Stream>);

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection")
    }
}

/// What was heard.
#[derive(Debug)]
pub enum Heard {
    /// Slack said something.
    Said(Result<Frame, Unreadable>),
    /// Slack looks whether the connection lives; it is answered by itself.
    Ping,
    /// It lives: the answer to a ping of ours.
    Pong,
    /// It has ended, for this reason.
    End(&'static str),
}

impl Connection {
    pub(super) async fn open(mut connector: Connector, url: &SocketUrl) -> Result<Self, SendError> {
        // The library's own errors may hold the address, whose ticket opens the connection.
        let failed = |reason: &str| SendError::Retry {
            after: None,
            ambiguous: false,
            reason: reason.to_owned(),
        };
        let destination = url
            .for_connector()
            .ok_or_else(|| failed("no address to connect to"))?;
        let connected = connector.call(destination).await;
        let stream = connected.map_err(|_| failed("no connection"))?;
        let request = url.expose().into_client_request();
        let request = request.map_err(|_| failed("the address is not a WebSocket's"))?;
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_message_size(Some(MESSAGE_BYTES))
            .max_frame_size(Some(MESSAGE_BYTES));
        let stream = TokioIo::new(stream);
        match tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await {
            Ok((socket, _)) => Ok(Self(socket)),
            Err(_) => Err(failed("the handshake was not answered as it should be")),
        }
    }

    /// What comes next. Nothing is lost when this is given up.
    pub async fn hear(&mut self, hosts: &HostRule) -> Heard {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => Heard::Said(envelope::read(&text, hosts)),
            Some(Ok(Message::Binary(bytes))) => {
                let text = std::str::from_utf8(&bytes).map_err(|_| Unreadable);
                Heard::Said(text.and_then(|text| envelope::read(text, hosts)))
            }
            Some(Ok(Message::Ping(_))) => Heard::Ping,
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => Heard::Pong,
            Some(Ok(Message::Close(_))) | None => Heard::End("Slack has closed it"),
            Some(Err(Error::Capacity(CapacityError::MessageTooLong { .. }))) => {
                Heard::End("a message over 256 KiB came")
            }
            Some(Err(Error::Protocol(_) | Error::Utf8(_))) => {
                Heard::End("what came is not as a WebSocket's should be")
            }
            Some(Err(_)) => Heard::End("it broke"),
        }
    }

    /// Acknowledges an envelope, and says `words` to it.
    ///
    /// # Errors
    /// Where the connection has broken.
    pub async fn acknowledge(
        &mut self,
        envelope_id: &str,
        words: Option<&impl Serialize>,
    ) -> Result<(), Gone> {
        let text = envelope::acknowledgement(envelope_id, words);
        self.0.send(Message::text(text)).await.map_err(|_| Gone)
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    /// Where the connection has broken.
    pub async fn ping(&mut self) -> Result<(), Gone> {
        self.0
            .send(Message::Ping(Bytes::new()))
            .await
            .map_err(|_| Gone)
    }

    /// Says goodbye with code 1000, and waits for Slack's.
    pub async fn close(mut self) {
        let frame = CloseFrame {
            code: CloseCode::Normal,
            reason: "".into(),
        };
        if self.0.close(Some(frame)).await.is_ok() {
            while let Some(Ok(message)) = self.0.next().await {
                if message.is_close() {
                    break;
                }
            }
        }
    }
}

/// The connection has broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;
