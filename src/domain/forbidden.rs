//! An address that must not be probed, and why. The rule itself is `probe::address`'s.

use std::fmt;
use std::net::IpAddr;

/// An address that is not connected to, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forbidden {
    /// The address.
    pub address: IpAddr,
    /// The address that it stands for, where it is an IPv6 form that carries another; else the same.
    pub judged: IpAddr,
    /// Why.
    pub reason: Reason,
}

/// Why an address is not connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A cloud's metadata service answers there.
    Metadata,
    /// It is link-local.
    LinkLocal,
    /// It stands for no address at all.
    Unspecified,
    /// It is many machines' at once.
    Multicast,
    /// It is a broadcast address, or reserved.
    Broadcast,
    /// This process listens there, on this port.
    OwnListener(u16),
    /// It is this machine, which was not allowed.
    Loopback,
    /// It lies outside the networks that may be probed.
    OutsideNetworks,
}

impl std::error::Error for Forbidden {}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.address)?;
        if self.judged != self.address {
            write!(f, " stands for {}, which", self.judged)?;
        }
        match self.reason {
            Reason::Metadata => f.write_str(" is a cloud metadata address and is never probed"),
            Reason::LinkLocal => f.write_str(" is a link-local address and is never probed"),
            Reason::Unspecified => f.write_str(" is an unspecified address and is never probed"),
            Reason::Multicast => f.write_str(" is a multicast address and is never probed"),
            Reason::Broadcast => {
                f.write_str(" is a broadcast or reserved address and is never probed")
            }
            Reason::OwnListener(port) => {
                write!(
                    f,
                    " with port {port} is Healthbot's own listener and is never probed"
                )
            }
            Reason::Loopback => {
                f.write_str(" is loopback: allow it with HEALTHBOT_ALLOW_LOOPBACK=true")
            }
            Reason::OutsideNetworks => {
                f.write_str(" lies outside the networks of HEALTHBOT_TARGET_NETWORKS")
            }
        }
    }
}
