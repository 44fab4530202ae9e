//! A probe's connection, encrypted or not, which remembers how the other side began to speak.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// An open connection.
///
/// Closed by dropping it, without a shutdown or SO_LINGER: the answer is read, or the server has failed, so nothing more
/// is owed. An abortive close would spare TIME_WAIT but shows up as a reset in the servers' logs; and TIME_WAIT holds a
/// local port only towards one server's address, which sees one connection an interval.
pub(super) struct Stream {
    transport: Transport,
    /// The first bytes that came.
    first: [u8; 8],
    /// How many bytes came in all.
    received: usize,
}

enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// How the other side began to speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// Not at all.
    Silent,
    /// As HTTP/1 does, as far as it got.
    Http,
    /// With a TLS record.
    Tls,
    /// With an HTTP/2 SETTINGS frame.
    Http2,
    /// With something else.
    Foreign,
}

impl Stream {
    pub(super) fn plain(tcp: TcpStream) -> Self {
        Self::over(Transport::Plain(tcp))
    }

    pub(super) fn tls(tls: TlsStream<TcpStream>) -> Self {
        Self::over(Transport::Tls(Box::new(tls)))
    }

    const fn over(transport: Transport) -> Self {
        Self {
            transport,
            first: [0; 8],
            received: 0,
        }
    }

    pub(super) fn opening(&self) -> Opening {
        let first = &self.first[..self.received.min(self.first.len())];
        let http = b"HTTP/1.";
        match first {
            [] => Opening::Silent,
            // An alert or a handshake record (RFC 8446, 5.1).
            [21 | 22, 3, ..] => Opening::Tls,
            // The server's connection preface (RFC 9113, 3.4 and 6.5).
            [0, 0, _, 4, 0, 0, 0, 0] => Opening::Http2,
            _ if first.iter().zip(http).all(|(is, should)| is == should) => Opening::Http,
            _ => Opening::Foreign,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        ready!(match &mut this.transport {
            Transport::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Transport::Tls(tls) => Pin::new(tls)
                .poll_read(cx, buffer)
                .map(forgive_missing_goodbye),
        })?;
        let new = &buffer.filled()[before..];
        if let Some(room) = this.first.get_mut(this.received..) {
            room.iter_mut()
                .zip(new)
                .for_each(|(kept, byte)| *kept = *byte);
        }
        this.received = this.received.saturating_add(new.len());
        Poll::Ready(Ok(()))
    }
}

/// Many servers end a TLS connection without `close_notify`. HTTP's own framing tells whether the answer was whole.
fn forgive_missing_goodbye(read: io::Result<()>) -> io::Result<()> {
    match read {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(()),
        read => read,
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut self.get_mut().transport {
            Transport::Plain(tcp) => Pin::new(tcp).poll_write(cx, bytes),
            Transport::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Transport::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.get_mut().transport {
            Transport::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Transport::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}
