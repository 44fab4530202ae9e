//! A host and port to a TCP connection, never to a forbidden address.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::TcpStream;

use crate::clock::Clock;
use crate::domain::forbidden::Forbidden;
use crate::domain::outcome::FailureKind;
use crate::domain::settings::Timeout;
use crate::domain::target::{Host, Target};
use crate::probe::address::AddressPolicy;
use crate::probe::deadline::{Deadline, Phase};
use crate::probe::fault::{self, Stop};
use crate::probe::resolve::{Resolve, ResolveError};

/// How long one address of several may be silent before the next is tried beside it (RFC 8305, 8).
const HEAD_START: Duration = Duration::from_millis(250);

/// What connecting needs to know.
pub(super) struct Connector<'a> {
    pub(super) policy: &'a AddressPolicy,
    pub(super) resolver: &'a dyn Resolve,
    pub(super) clock: &'a dyn Clock,
}

impl Connector<'_> {
    pub(super) async fn connect(
        &self,
        target: &Target,
        deadline: &mut Deadline,
    ) -> Result<TcpStream, Stop> {
        match &target.host {
            Host::Ip(ip) => {
                let address = SocketAddr::new(*ip, target.port);
                self.judge(address).map_err(|why| forbidden(&why))?;
                deadline.within(Phase::Connect, connect_to(address)).await
            }
            Host::Name(name) => {
                let resolve = self.addresses(name, target.port);
                let addresses = deadline.within(Phase::Resolve, resolve).await?;
                let head_start = head_start(deadline.timeout(), addresses.len());
                let connect = self.first_of(&addresses, head_start);
                deadline.within(Phase::Connect, connect).await
            }
        }
    }

    fn judge(&self, address: SocketAddr) -> Result<(), Forbidden> {
        self.policy.check_knowing(address, fault::is_local)
    }

    /// The addresses of a name that may be connected to: at least one.
    async fn addresses(&self, name: &str, port: u16) -> Result<Vec<SocketAddr>, Stop> {
        let found = match self.resolver.resolve(name).await {
            Ok(found) => found,
            Err(ResolveError::Trouble(trouble)) => return Err(Stop::Trouble(trouble)),
            Err(ResolveError::Unresolved(why)) => {
                return Err(Stop::failed(FailureKind::Dns, format!("{name}: {why}")));
            }
        };
        let mut refusal = None;
        let mut allowed = Vec::with_capacity(found.len());
        for ip in found.iter() {
            let address = SocketAddr::new(*ip, port);
            match self.judge(address) {
                Ok(()) => allowed.push(address),
                Err(why) => refusal = Some(why),
            }
        }
        match refusal {
            Some(why) if allowed.is_empty() => Err(Stop::failed(
                FailureKind::ForbiddenAddress,
                format!("{name}: {why}"),
            )),
            None if allowed.is_empty() => Err(Stop::failed(
                FailureKind::Dns,
                format!("{name} has no addresses"),
            )),
            _ => Ok(allowed),
        }
    }

    /// The first connection that is made, each next address tried when one fails or is silent for `head_start`.
    async fn first_of(
        &self,
        addresses: &[SocketAddr],
        head_start: Duration,
    ) -> Result<TcpStream, Stop> {
        if let [only] = addresses {
            return connect_to(*only).await;
        }
        let mut waiting = addresses.iter();
        let mut attempts = FuturesUnordered::new();
        let mut failure: Option<Stop> = None;
        loop {
            if let Some(address) = waiting.next() {
                attempts.push(connect_to(*address));
            }
            let more = waiting.len() > 0;
            tokio::select! {
                biased;
                Some(attempt) = attempts.next() => match attempt {
                    Ok(stream) => return Ok(stream),
                    Err(stop) => failure = Some(more_telling(failure, stop)),
                },
                () = self.clock.sleep(head_start), if more => {}
                else => break,
            }
        }
        Err(failure.unwrap_or_else(|| Stop::failed(FailureKind::Dns, "the name has no addresses")))
    }
}

/// So long that every address gets its turn before the deadline, however many there are.
fn head_start(timeout: Timeout, addresses: usize) -> Duration {
    let turns = u32::try_from(addresses)
        .unwrap_or(u32::MAX)
        .saturating_add(1);
    HEAD_START.min(timeout.get() / turns)
}

async fn connect_to(address: SocketAddr) -> Result<TcpStream, Stop> {
    TcpStream::connect(address)
        .await
        .map_err(|error| fault::connecting(address, &error))
}

pub(super) fn forbidden(why: &Forbidden) -> Stop {
    Stop::failed(FailureKind::ForbiddenAddress, why.to_string())
}

/// Of the failures of several addresses, the one that says most: something answered, rather than nothing did. The
/// machine's own trouble comes first, for then nothing is known about the server.
fn more_telling(one: Option<Stop>, other: Stop) -> Stop {
    let weight = |stop: &Stop| match stop {
        Stop::Trouble(_) => 3,
        Stop::Failed(failure) => match failure.kind {
            FailureKind::Refused | FailureKind::Reset => 2,
            FailureKind::ConnectTimeout => 1,
            _ => 0,
        },
    };
    match one {
        Some(one) if weight(&one) >= weight(&other) => one,
        _ => other,
    }
}

/// Refuses a literal address that is forbidden.
pub(super) fn refuses(policy: &AddressPolicy, target: &Target) -> Option<Forbidden> {
    let Host::Ip(ip) = target.host else {
        return None;
    };
    let address = SocketAddr::new(ip, target.port);
    policy.check_knowing(address, fault::is_local).err()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outcome::Trouble;

    #[test]
    fn a_head_start_leaves_every_address_its_turn() {
        let timeout = |millis| Timeout::new(Duration::from_millis(millis)).expect("in range");
        assert_eq!(head_start(timeout(3_000), 2), HEAD_START);
        assert_eq!(head_start(timeout(100), 3), Duration::from_millis(25));
    }

    #[test]
    fn the_most_telling_of_several_failures_is_told_whatever_their_order() {
        let failed = |kind| Stop::failed(kind, "");
        let by_weight = [
            failed(FailureKind::Unreachable),
            failed(FailureKind::ConnectTimeout),
            failed(FailureKind::Refused),
            Stop::Trouble(Trouble::Ports),
        ];
        for (index, more) in by_weight.iter().enumerate() {
            for less in &by_weight[..index] {
                assert_eq!(more_telling(Some(less.clone()), more.clone()), *more);
                assert_eq!(more_telling(Some(more.clone()), less.clone()), *more);
            }
        }
    }
}
