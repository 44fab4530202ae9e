//! A target to an outcome: every probe opens a connection of its own, within one deadline, and never to a forbidden
//! address.
//!
//! The proxy variables of the environment are not read here, nor is anything pooled: reuse hides a dead listener.

mod address;
mod connect;
mod control;
mod deadline;
mod fault;
mod http;
mod resolve;
mod stream;
mod tls;
mod websocket;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio_rustls::TlsConnector;

use crate::clock::SharedClock;
use crate::domain::forbidden::Forbidden;
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::settings::Timeout;
use crate::domain::target::{Check, Target};

pub use address::AddressPolicy;
pub use control::TcpControls;
pub use resolve::{Resolve, ResolveError, Resolved, SystemResolver};
pub use tls::{Trust, tls_fault};

use connect::Connector;
use deadline::Deadline;
use fault::Stop;
use stream::Stream;

/// Probes servers. One serves them all, and any number of probes at once.
pub struct Prober {
    policy: AddressPolicy,
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
    clock: SharedClock,
    /// Gives each ping a payload of its own.
    pings: AtomicU64,
}

impl std::fmt::Debug for Prober {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prober")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

impl Prober {
    /// A prober that asks the system's resolver. TLS sessions are kept with as many as `servers` servers.
    #[must_use]
    pub fn new(policy: AddressPolicy, trust: Trust, servers: usize, clock: SharedClock) -> Self {
        Self {
            policy,
            resolver: Arc::new(SystemResolver::new()),
            tls: tls::connector(trust, servers, clock.clone()),
            clock,
            pings: AtomicU64::new(0),
        }
    }

    /// Asks another resolver.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.resolver = resolver;
        self
    }

    /// Why a target is not probed at all. Only an address can be judged beforehand: a name is judged at each probe by
    /// what it resolves to then.
    #[must_use]
    pub fn refuses(&self, target: &Target) -> Option<Forbidden> {
        connect::refuses(&self.policy, target)
    }

    /// Probes a target once.
    pub async fn probe(&self, target: &Target, check: Check, timeout: Timeout) -> Outcome {
        let at = self.clock.now();
        let verdict = match self.run(target, check, timeout).await {
            Ok(latency) => Verdict::Healthy { latency },
            Err(stop) => stop.into(),
        };
        Outcome { at, verdict }
    }

    /// The latency of a healthy server.
    async fn run(&self, target: &Target, check: Check, timeout: Timeout) -> Result<Duration, Stop> {
        let begun = self.clock.elapsed();
        let latency = || self.clock.elapsed().saturating_sub(begun);
        let mut deadline = Deadline::start(&*self.clock, timeout);
        let mut stream = self.open(target, &mut deadline).await?;
        match check {
            Check::Http => {
                http::probe(&mut stream, target, &mut deadline).await?;
                Ok(latency())
            }
            Check::WebSocket => {
                let payload = self.pings.fetch_add(1, Ordering::Relaxed).to_be_bytes();
                let proven = websocket::probe(&mut stream, target, payload, &mut deadline).await?;
                let latency = latency();
                proven.close(&*self.clock).await;
                Ok(latency)
            }
        }
    }

    async fn open(&self, target: &Target, deadline: &mut Deadline) -> Result<Stream, Stop> {
        let connector = Connector {
            policy: &self.policy,
            resolver: &*self.resolver,
            clock: &*self.clock,
        };
        let tcp = connector.connect(target, deadline).await?;
        if !target.tls {
            return Ok(Stream::plain(tcp));
        }
        // The handshake's last flight and the request are two writes without an answer in between, which Nagle's
        // algorithm would hold apart. A plain probe never writes twice in a row, so it spares the call.
        if let Err(error) = tcp.set_nodelay(true) {
            return Err(fault::talking(&error, "preparing the TLS handshake"));
        }
        let handshake = tls::handshake(&self.tls, &target.host, tcp);
        let tls = deadline.within(deadline::Phase::Tls, handshake).await?;
        Ok(Stream::tls(tls))
    }
}
