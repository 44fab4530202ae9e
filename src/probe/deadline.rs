//! The one deadline over a whole probe.

use std::future::Future;

use futures_util::future::BoxFuture;

use crate::clock::Clock;
use crate::domain::outcome::FailureKind;
use crate::domain::settings::Timeout;
use crate::probe::fault::Stop;

/// What a probe is waiting for: it decides what a missed deadline is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Resolve,
    Connect,
    Tls,
    Head,
    Body,
    Pong,
}

impl Phase {
    const fn kind(self) -> FailureKind {
        match self {
            Self::Resolve => FailureKind::Dns,
            Self::Connect => FailureKind::ConnectTimeout,
            Self::Tls | Self::Head | Self::Body | Self::Pong => FailureKind::Timeout,
        }
    }

    const fn missing(self) -> &'static str {
        match self {
            Self::Resolve => "no answer from the name server",
            Self::Connect => "no connection",
            Self::Tls => "TLS handshake not complete",
            Self::Head => "no response head",
            Self::Body => "response body not complete",
            Self::Pong => "no pong",
        }
    }
}

/// A deadline that every step of a probe runs within.
pub(super) struct Deadline {
    expired: BoxFuture<'static, ()>,
    timeout: Timeout,
}

impl Deadline {
    pub(super) fn start(clock: &dyn Clock, timeout: Timeout) -> Self {
        Self {
            expired: clock.sleep(timeout.get()),
            timeout,
        }
    }

    pub(super) const fn timeout(&self) -> Timeout {
        self.timeout
    }

    /// Runs one step, unless the deadline comes first.
    pub(super) async fn within<T>(
        &mut self,
        phase: Phase,
        step: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        tokio::select! {
            biased;
            done = step => done,
            () = &mut self.expired => Err(Stop::failed(
                phase.kind(),
                format!("{} within {}", phase.missing(), self.timeout),
            )),
        }
    }
}
