//! One HTTP/1.1 exchange on a connection of its own.

use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::io::{self, ErrorKind};
use std::pin::pin;
use std::task::Poll;

use bytes::Bytes;
use http::header::{ACCEPT, CONNECTION, HOST, HeaderValue, USER_AGENT};
use http::uri::PathAndQuery;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection};
use hyper_util::rt::TokioIo;

use crate::domain::outcome::FailureKind;
use crate::domain::target::Target;
use crate::probe::deadline::{Deadline, Phase};
use crate::probe::fault::{self, Stop};
use crate::probe::stream::{Opening, Stream};
use crate::probe::tls;

/// The longest response head that is read, in bytes.
const MAX_HEAD: usize = 64 * 1024;
/// How much of a body is read, in bytes.
const MAX_BODY: usize = 64 * 1024;

const WHO: HeaderValue = HeaderValue::from_static(concat!("healthbot/", env!("CARGO_PKG_VERSION")));

/// The connection as hyper drives it, lent so that the stream can be asked afterwards.
type Http<'a> = Connection<TokioIo<&'a mut Stream>, Empty<Bytes>>;

/// Asks for the target's path and reads the answer.
pub(super) async fn probe(
    stream: &mut Stream,
    target: &Target,
    deadline: &mut Deadline,
) -> Result<(), Stop> {
    let mut request = request(target)?;
    let headers = request.headers_mut();
    headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let mut exchange = Exchange::begin(stream, request, deadline).await?;
    let status = exchange.response.status();
    if !matches!(status.as_u16(), 200..=399) {
        return Err(Stop::failed(FailureKind::HttpStatus, describe(status)));
    }
    deadline.within(Phase::Body, exchange.read_body()).await
}

/// A GET of the target's path with the headers that every probe sends.
pub(super) fn request(target: &Target) -> Result<Request<Empty<Bytes>>, Stop> {
    let unsendable = || {
        Stop::failed(
            FailureKind::BadResponse,
            "the address cannot be written into a request",
        )
    };
    let path = PathAndQuery::try_from(target.path.as_str()).map_err(|_| unsendable())?;
    let default_port = if target.tls { 443 } else { 80 };
    let mut host = target.url_host();
    if target.port != default_port {
        host.push(':');
        host.push_str(&target.port.to_string());
    }
    let host = HeaderValue::try_from(host).map_err(|_| unsendable())?;
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = path.into();
    let headers = request.headers_mut();
    headers.insert(HOST, host);
    headers.insert(USER_AGENT, WHO);
    Ok(request)
}

/// A status as people know it: `503 Service Unavailable`. The standard's words, not the server's.
pub(super) fn describe(status: StatusCode) -> String {
    match status.canonical_reason() {
        Some(reason) => format!("{} {reason}", status.as_str()),
        None => status.as_str().to_owned(),
    }
}

/// A request that has been answered by a response head.
pub(super) struct Exchange<'a> {
    pub(super) response: Response<Incoming>,
    http: Http<'a>,
    /// hyper takes the connection to be finished where this is gone.
    _sender: hyper::client::conn::http1::SendRequest<Empty<Bytes>>,
}

impl<'a> Exchange<'a> {
    pub(super) async fn begin(
        stream: &'a mut Stream,
        request: Request<Empty<Bytes>>,
        deadline: &mut Deadline,
    ) -> Result<Self, Stop> {
        let handshake = Builder::new()
            .max_buf_size(MAX_HEAD)
            // As browsers and curl do: old devices that answer so are not down.
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .handshake(TokioIo::new(stream))
            .await;
        let (mut sender, mut http) = handshake.map_err(|error| explain(&error, Opening::Silent))?;
        let answer = sender.send_request(request);
        let head = async { Ok(drive(&mut http, answer).await) };
        match deadline.within(Phase::Head, head).await? {
            Ok(response) => Ok(Self {
                response,
                http,
                _sender: sender,
            }),
            Err(error) => {
                let opening = http.into_parts().io.into_inner().opening();
                Err(explain(&error, opening))
            }
        }
    }

    /// Reads the body, or as much of it as is read of any.
    async fn read_body(&mut self) -> Result<(), Stop> {
        let mut read = 0;
        while read < MAX_BODY {
            let frame = self.response.body_mut().frame();
            match drive(&mut self.http, async { frame.await.transpose() }).await {
                Ok(Some(frame)) => read += frame.data_ref().map_or(0, Bytes::len),
                Ok(None) => break,
                Err(error) => return Err(explain_body(&error, read)),
            }
        }
        Ok(())
    }

    /// The connection after an upgrade, with what was read beyond the head.
    pub(super) fn into_stream(self) -> (&'a mut Stream, Bytes) {
        let parts = self.http.into_parts();
        (parts.io.into_inner(), parts.read_buf)
    }
}

/// Lets the connection work until `step` is done. An error of the connection is handed to the step, unless it came
/// too early for that.
async fn drive<T>(
    http: &mut Http<'_>,
    step: impl Future<Output = hyper::Result<T>>,
) -> hyper::Result<T> {
    let mut step = pin!(step);
    let mut ended: Option<hyper::Result<()>> = None;
    poll_fn(|cx| {
        if ended.is_none()
            && let Poll::Ready(end) = http.poll_without_shutdown(cx)
        {
            ended = Some(end);
        }
        match (step.as_mut().poll(cx), ended.take()) {
            (Poll::Ready(Err(error)), Some(Err(earlier))) if error.is_canceled() => {
                Poll::Ready(Err(earlier))
            }
            (Poll::Ready(done), _) => Poll::Ready(done),
            (Poll::Pending, end) => {
                ended = end;
                Poll::Pending
            }
        }
    })
    .await
}

/// Why there was no response head.
fn explain(error: &hyper::Error, opening: Opening) -> Stop {
    if let Some(stop) = explain_io(error, "waiting for the response") {
        return stop;
    }
    let bad = |detail: &str| Stop::failed(FailureKind::BadResponse, detail);
    match opening {
        Opening::Silent => bad("the server closed the connection before a response"),
        Opening::Tls => {
            bad("not HTTP: the server speaks TLS on this port, try the address with TLS")
        }
        Opening::Http2 => bad("not HTTP/1.1: the server speaks only HTTP/2 on this port"),
        Opening::Foreign => bad("not HTTP"),
        Opening::Http if error.is_parse_too_large() => {
            bad("the response head is over 64 KiB or 100 headers")
        }
        Opening::Http if error.is_parse() => bad(&format!("malformed HTTP response: {error}")),
        Opening::Http => bad("the server closed the connection inside the response head"),
    }
}

/// Why the body was not whole; nothing of it is told.
fn explain_body(error: &hyper::Error, read: usize) -> Stop {
    explain_io(error, "reading the response body").unwrap_or_else(|| {
        Stop::failed(
            FailureKind::BadResponse,
            format!("the response body broke off after {read} bytes"),
        )
    })
}

/// What an I/O error inside hyper's means, if there is one.
fn explain_io(error: &hyper::Error, doing: &str) -> Option<Stop> {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            return tls::failed(io).or_else(|| match io.kind() {
                // hyper's own word for malformed or cut chunks, or a close that only showed when writing.
                ErrorKind::InvalidData
                | ErrorKind::InvalidInput
                | ErrorKind::UnexpectedEof
                | ErrorKind::BrokenPipe => None,
                _ => Some(fault::talking(io, doing)),
            });
        }
        cause = inner.source();
    }
    None
}
