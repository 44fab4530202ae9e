//! What one probe found.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

/// What a reader needs to know first about a failed probe. The API and the messages call it by the same names, which
/// programs and people rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureKind {
    /// The name did not resolve, or the resolver did not answer in time.
    #[serde(rename = "dns")]
    Dns,
    /// The port is closed: the connection was refused.
    #[serde(rename = "refused")]
    Refused,
    /// The network says that this one server cannot be reached.
    #[serde(rename = "unreachable")]
    Unreachable,
    /// The deadline came while the TCP connection was being made.
    #[serde(rename = "connect timeout")]
    ConnectTimeout,
    /// The TLS handshake failed; the detail says whether the certificate expired, names another host, …
    #[serde(rename = "tls")]
    Tls,
    /// The deadline came later on; the detail names the phase.
    #[serde(rename = "timeout")]
    Timeout,
    /// An HTTP answer outside 200-399; the detail begins with the code.
    #[serde(rename = "http status")]
    HttpStatus,
    /// Something answered that is not HTTP, or not whole.
    #[serde(rename = "bad response")]
    BadResponse,
    /// The WebSocket opening handshake was answered, but not by an acceptance.
    #[serde(rename = "websocket rejected")]
    WebsocketRejected,
    /// The WebSocket was closed before it answered the ping.
    #[serde(rename = "websocket closed")]
    WebsocketClosed,
    /// The connection was cut by the other side.
    #[serde(rename = "reset")]
    Reset,
    /// The address is one that must never be connected to.
    #[serde(rename = "forbidden address")]
    ForbiddenAddress,
}

impl FailureKind {
    /// All of them, in their own order.
    pub const ALL: [Self; 12] = [
        Self::Dns,
        Self::Refused,
        Self::Unreachable,
        Self::ConnectTimeout,
        Self::Tls,
        Self::Timeout,
        Self::HttpStatus,
        Self::BadResponse,
        Self::WebsocketRejected,
        Self::WebsocketClosed,
        Self::Reset,
        Self::ForbiddenAddress,
    ];

    /// How the API and the messages call it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::ConnectTimeout => "connect timeout",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::HttpStatus => "http status",
            Self::BadResponse => "bad response",
            Self::WebsocketRejected => "websocket rejected",
            Self::WebsocketClosed => "websocket closed",
            Self::Reset => "reset",
            Self::ForbiddenAddress => "forbidden address",
        }
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a probe failed: the kind, and a detail that a person understands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What to know first.
    pub kind: FailureKind,
    /// One line of plain text without control characters, at most [`Failure::DETAIL_CHARS`] long; never a response's body.
    pub detail: Box<str>,
}

impl Failure {
    /// The longest detail that is kept, in characters.
    pub const DETAIL_CHARS: usize = 200;

    /// A failure whose detail is made fit to be shown: control characters become blanks, the rest is cut.
    #[must_use]
    pub fn new(kind: FailureKind, detail: impl AsRef<str>) -> Self {
        let detail = detail
            .as_ref()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(Self::DETAIL_CHARS)
            .collect::<String>();
        Self {
            kind,
            detail: detail.trim().into(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.detail.is_empty() {
            self.kind.fmt(f)
        } else {
            write!(f, "{}: {}", self.kind, self.detail)
        }
    }
}

/// The prober's own trouble: it says nothing about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// The process or the system is out of file descriptors.
    Descriptors,
    /// The system is out of memory or buffers.
    Memory,
    /// No local address or port is left to connect from.
    Ports,
    /// There is no route to anywhere.
    NoRoute,
    /// Every server failed in the same moment and a control address did too.
    Offline,
    /// The process did not run for a while, or the calendar was set ahead, and nothing has answered since.
    Asleep,
}

impl Trouble {
    /// All of them, in their own order.
    pub const ALL: [Self; 6] = [
        Self::Descriptors,
        Self::Memory,
        Self::Ports,
        Self::NoRoute,
        Self::Offline,
        Self::Asleep,
    ];

    /// The trouble's name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Descriptors => "descriptors",
            Self::Memory => "memory",
            Self::Ports => "ports",
            Self::NoRoute => "no_route",
            Self::Offline => "offline",
            Self::Asleep => "asleep",
        }
    }

    /// The trouble in words that complete "Healthbot …".
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Descriptors => "ran out of file descriptors",
            Self::Memory => "ran out of memory",
            Self::Ports => "ran out of local ports",
            Self::NoRoute => "has no route to any network",
            Self::Offline => "lost its network",
            Self::Asleep => "was asleep with its machine and has yet to find its network again",
        }
    }
}

/// What a probe says about the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It answered as it should, after this long.
    Healthy {
        /// From the first step to the last, in milliseconds.
        #[serde(with = "millis", rename = "latency_ms")]
        latency: Duration,
    },
    /// It did not.
    Failed(Failure),
    /// Nothing: the prober could not look.
    Unknown(Trouble),
}

/// One probe's result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// When the probe began.
    pub at: Timestamp,
    /// What it found.
    pub verdict: Verdict,
}

impl Outcome {
    /// Whether the server answered as it should.
    #[must_use]
    pub const fn is_healthy(&self) -> bool {
        matches!(self.verdict, Verdict::Healthy { .. })
    }
}

mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        u64::deserialize(from).map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_one_bounded_line() {
        let failure = Failure::new(
            FailureKind::BadResponse,
            format!("a\r\nb\u{7}{}", "x".repeat(500)),
        );
        assert!(failure.detail.starts_with("a  b x"));
        assert_eq!(failure.detail.chars().count(), Failure::DETAIL_CHARS);
    }

    #[test]
    fn a_kind_is_written_as_it_is_called() {
        let written = serde_json::to_string(&FailureKind::ConnectTimeout).expect("serializes");
        assert_eq!(written, format!("\"{}\"", FailureKind::ConnectTimeout));
    }
}
