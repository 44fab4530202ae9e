//! Control addresses: whether anything at all can be reached.

use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::net::TcpStream;

use crate::clock::SharedClock;
use crate::domain::target::{Host, Target};

/// A control address that has not answered within this does not answer.
const WITHIN: Duration = Duration::from_secs(2);

/// Addresses that are connected to when everything else fails. They are the operator's own choice, so the rule about
/// forbidden addresses does not hold for them.
#[derive(Debug)]
pub struct TcpControls {
    addresses: Vec<Target>,
    clock: SharedClock,
}

impl TcpControls {
    /// These addresses; there may be none.
    #[must_use]
    pub const fn new(addresses: Vec<Target>, clock: SharedClock) -> Self {
        Self { addresses, clock }
    }

    /// Whether at least one of them takes a TCP connection; none where there is none.
    pub async fn any_answers(&self) -> Option<bool> {
        if self.addresses.is_empty() {
            return None;
        }
        let mut asked: FuturesUnordered<_> = self.addresses.iter().map(connects).collect();
        let answered = async {
            while let Some(connected) = asked.next().await {
                if connected {
                    return true;
                }
            }
            false
        };
        tokio::select! {
            answered = answered => Some(answered),
            () = self.clock.sleep(WITHIN) => Some(false),
        }
    }
}

async fn connects(target: &Target) -> bool {
    let connected = match &target.host {
        Host::Ip(ip) => TcpStream::connect((*ip, target.port)).await,
        Host::Name(name) => TcpStream::connect((&**name, target.port)).await,
    };
    connected.is_ok()
}
