//! Hosts.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{AddressError, excerpt};

/// A host: an address, or a name to be resolved at each probe. Odd spellings of addresses (decimal, octal, hex) are
/// addresses here, as the URL standard reads them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Host {
    /// An IP address.
    Ip(IpAddr),
    /// A DNS name in its ASCII form.
    Name(Box<str>),
}

impl Host {
    /// Reads a host as people write it; an IPv6 address may stand in brackets or bare.
    ///
    /// # Errors
    /// [`AddressError::Host`] for anything that is no host.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Ip(ip));
        }
        match url::Host::parse(text) {
            Ok(url::Host::Ipv4(ip)) => Ok(Self::Ip(ip.into())),
            Ok(url::Host::Ipv6(ip)) => Ok(Self::Ip(ip.into())),
            Ok(url::Host::Domain(name)) if is_dns_name(&name) => Ok(Self::Name(name.into())),
            _ => Err(AddressError::Host(excerpt(text))),
        }
    }
}

/// RFC 1035 lengths; the URL standard has already refused forbidden characters.
fn is_dns_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl From<Host> for String {
    fn from(host: Host) -> Self {
        host.to_string()
    }
}

impl TryFrom<String> for Host {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}
