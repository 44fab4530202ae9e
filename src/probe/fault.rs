//! What ends a probe early, and what the operating system's errors mean for it.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use crate::domain::outcome::{Failure, FailureKind, Trouble, Verdict};

/// Why a probe stopped before the server had proved healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Stop {
    /// It says something about the server.
    Failed(Failure),
    /// It says something about this machine.
    Trouble(Trouble),
}

impl Stop {
    pub(super) fn failed(kind: FailureKind, detail: impl AsRef<str>) -> Self {
        Self::Failed(Failure::new(kind, detail))
    }
}

impl From<Stop> for Verdict {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Failed(failure) => Self::Failed(failure),
            Stop::Trouble(trouble) => Self::Unknown(trouble),
        }
    }
}

/// The machine's own lack that an error tells of, if it does.
pub(super) fn exhausted(error: &io::Error) -> Option<Trouble> {
    match error.raw_os_error()? {
        libc::EMFILE | libc::ENFILE => Some(Trouble::Descriptors),
        libc::ENOMEM | libc::ENOBUFS => Some(Trouble::Memory),
        _ => None,
    }
}

/// What an error while connecting means.
pub(super) fn connecting(address: SocketAddr, error: &io::Error) -> Stop {
    if let Some(trouble) = exhausted(error) {
        return Stop::Trouble(trouble);
    }
    let failed = |kind, what: &str| Stop::failed(kind, format!("{address} {what}"));
    match error.kind() {
        ErrorKind::ConnectionRefused => failed(FailureKind::Refused, "refused the connection"),
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => failed(
            FailureKind::Reset,
            "reset the connection while it was being made",
        ),
        ErrorKind::TimedOut => failed(FailureKind::ConnectTimeout, "does not answer"),
        ErrorKind::HostUnreachable => failed(
            FailureKind::Unreachable,
            "cannot be reached: no route to host",
        ),
        ErrorKind::AddrNotAvailable => match local_address_towards(address) {
            Ok(_) => Stop::Trouble(Trouble::Ports),
            Err(_) => failed(
                FailureKind::Unreachable,
                "cannot be reached: this machine has no address of its kind",
            ),
        },
        ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => match no_network() {
            Some(trouble) => Stop::Trouble(trouble),
            None => failed(
                FailureKind::Unreachable,
                "cannot be reached: no route to its network",
            ),
        },
        ErrorKind::PermissionDenied => failed(
            FailureKind::Unreachable,
            "cannot be reached: this machine's firewall forbids it",
        ),
        _ => failed(
            FailureKind::Unreachable,
            &format!("cannot be reached: {error}"),
        ),
    }
}

/// What an error on an open connection means; `doing` completes "connection reset while …".
pub(super) fn talking(error: &io::Error, doing: &str) -> Stop {
    if let Some(trouble) = exhausted(error) {
        return Stop::Trouble(trouble);
    }
    match error.kind() {
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted => Stop::failed(
            FailureKind::Reset,
            format!("connection reset while {doing}"),
        ),
        ErrorKind::TimedOut => Stop::failed(
            FailureKind::Timeout,
            format!("the network gave the connection up while {doing}"),
        ),
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            Stop::failed(
                FailureKind::Unreachable,
                format!("the network was lost while {doing}"),
            )
        }
        // The peer had already closed when something was written.
        ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof => Stop::failed(
            FailureKind::BadResponse,
            format!("connection closed while {doing}"),
        ),
        _ => Stop::failed(FailureKind::BadResponse, format!("{error} while {doing}")),
    }
}

/// The address from which this machine would talk to another: the kernel's routing decision, without a packet.
pub(super) fn local_address_towards(address: SocketAddr) -> io::Result<IpAddr> {
    let unspecified = match address {
        SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
    };
    let socket = UdpSocket::bind((unspecified, 0))?;
    socket.connect(address)?;
    Ok(socket.local_addr()?.ip())
}

/// Whether an address is one of this machine's: it would be talked to from itself.
pub(super) fn is_local(address: IpAddr) -> bool {
    // Any port does; 9 is the discard service's.
    local_address_towards(SocketAddr::new(address, 9)).is_ok_and(|source| source == address)
}

/// The trouble, where this machine has no way to any network or cannot even ask for one.
pub(super) fn no_network() -> Option<Trouble> {
    // Documentation addresses (RFC 5737, RFC 3849): routed by default like any public one, and nobody's.
    let public = [
        SocketAddr::from(([192, 0, 2, 1], 9)),
        SocketAddr::from(([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9)),
    ];
    let mut trouble = Trouble::NoRoute;
    for address in public {
        match local_address_towards(address) {
            Ok(_) => return None,
            Err(error) => trouble = exhausted(&error).unwrap_or(trouble),
        }
    }
    Some(trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);

    #[test]
    fn the_machines_own_lack_is_never_the_servers() {
        for (errno, trouble) in [
            (libc::EMFILE, Trouble::Descriptors),
            (libc::ENFILE, Trouble::Descriptors),
            (libc::ENOMEM, Trouble::Memory),
            (libc::ENOBUFS, Trouble::Memory),
        ] {
            let error = io::Error::from_raw_os_error(errno);
            assert_eq!(
                connecting(ADDRESS, &error),
                Stop::Trouble(trouble),
                "{error}"
            );
            assert_eq!(
                talking(&error, "waiting"),
                Stop::Trouble(trouble),
                "{error}"
            );
        }
        let no_port = io::Error::from_raw_os_error(libc::EADDRNOTAVAIL);
        assert_eq!(connecting(ADDRESS, &no_port), Stop::Trouble(Trouble::Ports));
    }

    #[test]
    fn each_error_has_its_kind() {
        let kind = |stop| match stop {
            Stop::Failed(failure) => failure.kind,
            Stop::Trouble(trouble) => panic!("{trouble:?}"),
        };
        for (errno, expected) in [
            (libc::ECONNREFUSED, FailureKind::Refused),
            (libc::ECONNRESET, FailureKind::Reset),
            (libc::ETIMEDOUT, FailureKind::ConnectTimeout),
            (libc::EHOSTUNREACH, FailureKind::Unreachable),
            (libc::EACCES, FailureKind::Unreachable),
            (libc::EINVAL, FailureKind::Unreachable),
        ] {
            let error = io::Error::from_raw_os_error(errno);
            assert_eq!(kind(connecting(ADDRESS, &error)), expected, "{error}");
        }
        for (errno, expected) in [
            (libc::ECONNRESET, FailureKind::Reset),
            (libc::EPIPE, FailureKind::BadResponse),
            (libc::ETIMEDOUT, FailureKind::Timeout),
            (libc::EHOSTUNREACH, FailureKind::Unreachable),
        ] {
            let error = io::Error::from_raw_os_error(errno);
            assert_eq!(kind(talking(&error, "waiting")), expected, "{error}");
        }
    }

    #[test]
    fn this_machine_knows_its_own_addresses() {
        assert!(is_local(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert!(!is_local(IpAddr::from([192, 0, 2, 200])));
    }
}
