//! Where a server is and how it is checked.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::Url;

/// The company's server type code. No other code exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "u8", try_from = "u8")]
#[repr(u8)]
pub enum ServerType {
    /// Type 1, checked by HTTP.
    Http1 = 1,
    /// Type 2, checked by WebSocket.
    WebSocket2 = 2,
    /// Type 3, checked by WebSocket.
    WebSocket3 = 3,
    /// Type 4, checked by WebSocket.
    WebSocket4 = 4,
    /// Type 6, checked by HTTP.
    Http6 = 6,
}

/// The number is not one of the five type codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no server type {0}: the types are 1 and 6 (HTTP) and 2, 3 and 4 (WebSocket)")]
pub struct UnknownType(pub i64);

impl ServerType {
    /// All of them, by their codes.
    pub const ALL: [Self; 5] = [
        Self::Http1,
        Self::WebSocket2,
        Self::WebSocket3,
        Self::WebSocket4,
        Self::Http6,
    ];

    /// How servers of this type are checked.
    #[must_use]
    pub const fn check(self) -> Check {
        match self {
            Self::Http1 | Self::Http6 => Check::Http,
            Self::WebSocket2 | Self::WebSocket3 | Self::WebSocket4 => Check::WebSocket,
        }
    }

    /// The type code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The type taken for an address when nobody named one.
    #[must_use]
    pub const fn default_for(check: Check) -> Self {
        match check {
            Check::Http => Self::Http1,
            Check::WebSocket => Self::WebSocket2,
        }
    }
}

impl TryFrom<i64> for ServerType {
    type Error = UnknownType;

    fn try_from(code: i64) -> Result<Self, UnknownType> {
        match code {
            1 => Ok(Self::Http1),
            2 => Ok(Self::WebSocket2),
            3 => Ok(Self::WebSocket3),
            4 => Ok(Self::WebSocket4),
            6 => Ok(Self::Http6),
            other => Err(UnknownType(other)),
        }
    }
}

impl TryFrom<u8> for ServerType {
    type Error = UnknownType;

    fn try_from(code: u8) -> Result<Self, UnknownType> {
        i64::from(code).try_into()
    }
}

impl From<ServerType> for u8 {
    fn from(server_type: ServerType) -> Self {
        server_type.code()
    }
}

/// How a server is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Check {
    /// An HTTP GET.
    Http,
    /// A WebSocket opening handshake, a ping and a pong.
    WebSocket,
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "HTTP GET",
            Self::WebSocket => "WebSocket",
        })
    }
}

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

/// What is wrong with an address, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Neither a URL nor host:port.
    #[error("“{0}” is no address: write a URL such as https://10.0.0.5:8080/healthz, or host:port")]
    Unreadable(String),
    /// A scheme that is not checked.
    #[error("addresses begin with http://, https://, ws:// or wss://, not {0}://")]
    Scheme(String),
    /// No host, or not a host.
    #[error("“{0}” is no host name and no IP address")]
    Host(String),
    /// User name or password in the address.
    #[error("leave the user name and password out of the address: probes send no credentials")]
    Credentials,
    /// Port 0 or over 65535.
    #[error("the port is a number from 1 to 65535")]
    Port,
    /// A path that is not one.
    #[error("the path begins with / and has at most 2,000 characters, none of them blanks")]
    Path,
}

/// A path and query as they stand in a request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Path(Box<str>);

impl Path {
    /// The longest path and query that is taken, in bytes after percent-encoding.
    pub const MAX_BYTES: usize = 2_000;

    /// Reads a path with its query, percent-encoding what must be.
    ///
    /// # Errors
    /// [`AddressError::Path`] where it does not begin with `/`, holds blanks or is too long.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if !text.starts_with('/') || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Path);
        }
        let url = Url::parse("http://host/").and_then(|base| base.join(&format!(".{text}")));
        url.map_err(|_| AddressError::Path)
            .and_then(|url| Self::of_url(&url))
    }

    fn of_url(url: &Url) -> Result<Self, AddressError> {
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        if path.len() > Self::MAX_BYTES {
            return Err(AddressError::Path);
        }
        Ok(Self(if path.is_empty() { "/" } else { path }.into()))
    }

    /// As it stands in a request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Path {
    fn default() -> Self {
        Self("/".into())
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.0.into()
    }
}

impl TryFrom<String> for Path {
    type Error = AddressError;

    fn try_from(text: String) -> Result<Self, AddressError> {
        Self::parse(&text)
    }
}

/// Where a server is: everything a probe needs beside the type and the timeout.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// The host.
    pub host: Host,
    /// The TCP port.
    pub port: u16,
    /// The path and query.
    #[serde(default)]
    pub path: Path,
    /// Whether the connection is encrypted.
    #[serde(default)]
    pub tls: bool,
}

/// An address as a person gave it: the target, and the check where the scheme tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Where.
    pub target: Target,
    /// How, unless only `host:port` was given.
    pub check: Option<Check>,
}

impl Address {
    /// Reads `http://`, `https://`, `ws://`, `wss://` URLs and `host:port`.
    ///
    /// # Errors
    /// An [`AddressError`] that names what is wrong.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        let Some((scheme, _)) = text.split_once("://") else {
            return Self::parse_host_port(text);
        };
        let check = match scheme.to_ascii_lowercase().as_str() {
            "http" | "https" => Check::Http,
            "ws" | "wss" => Check::WebSocket,
            other => return Err(AddressError::Scheme(other.chars().take(30).collect())),
        };
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::InvalidPort => AddressError::Port,
            url::ParseError::EmptyHost
            | url::ParseError::IdnaError
            | url::ParseError::InvalidIpv4Address
            | url::ParseError::InvalidIpv6Address
            | url::ParseError::InvalidDomainCharacter => AddressError::Host(excerpt(text)),
            _ => AddressError::Unreadable(excerpt(text)),
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        let host = url
            .host_str()
            .ok_or_else(|| AddressError::Host(excerpt(text)))?;
        let target = Target {
            host: Host::parse(host)?,
            port: url
                .port_or_known_default()
                .filter(|port| *port > 0)
                .ok_or(AddressError::Port)?,
            path: Path::of_url(&url)?,
            tls: matches!(url.scheme(), "https" | "wss"),
        };
        Ok(Self {
            target,
            check: Some(check),
        })
    }

    fn parse_host_port(text: &str) -> Result<Self, AddressError> {
        let (authority, path) = match text.find('/') {
            Some(slash) => (&text[..slash], Path::parse(&text[slash..])?),
            None => (text, Path::default()),
        };
        let Some((host, port)) = authority.rsplit_once(':') else {
            return Err(AddressError::Unreadable(excerpt(text)));
        };
        let bare_ipv6 = host.contains(':') && !host.starts_with('[');
        if bare_ipv6 || host.is_empty() || host.contains('@') {
            return Err(AddressError::Unreadable(excerpt(text)));
        }
        let port = port
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or(AddressError::Port)?;
        let target = Target {
            host: Host::parse(host)?,
            port,
            path,
            tls: false,
        };
        Ok(Self {
            target,
            check: None,
        })
    }
}

/// So much of what was typed as may be shown: a name and a password before an `@` may not.
fn excerpt(text: &str) -> String {
    let shown = match text.rsplit_once('@') {
        Some((_, rest)) => format!("…@{rest}"),
        None => text.to_owned(),
    };
    shown.chars().take(80).collect()
}

impl Target {
    /// The host as it stands in a URL and a `Host` header: an IPv6 address in brackets.
    #[must_use]
    pub fn url_host(&self) -> String {
        match &self.host {
            Host::Ip(IpAddr::V6(ip)) => format!("[{ip}]"),
            host => host.to_string(),
        }
    }

    /// The address as a URL, as people are shown it.
    #[must_use]
    pub fn url(&self, check: Check) -> String {
        let scheme = match (check, self.tls) {
            (Check::Http, false) => "http",
            (Check::Http, true) => "https",
            (Check::WebSocket, false) => "ws",
            (Check::WebSocket, true) => "wss",
        };
        let default_port = if self.tls { 443 } else { 80 };
        let port = if self.port == default_port {
            String::new()
        } else {
            format!(":{}", self.port)
        };
        format!("{scheme}://{}{port}{}", self.url_host(), self.path.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> (String, Option<Check>) {
        let address = Address::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (
            address.target.url(address.check.unwrap_or(Check::Http)),
            address.check,
        )
    }

    #[test]
    fn addresses_are_read_as_people_write_them() {
        for (text, url, check) in [
            (
                "https://10.0.0.5:8080/healthz",
                "https://10.0.0.5:8080/healthz",
                Some(Check::Http),
            ),
            (
                "HTTP://API.Example.com",
                "http://api.example.com/",
                Some(Check::Http),
            ),
            (
                "wss://chat.internal/socket?room=1",
                "wss://chat.internal/socket?room=1",
                Some(Check::WebSocket),
            ),
            (
                "ws://[::1]:9000",
                "ws://[::1]:9000/",
                Some(Check::WebSocket),
            ),
            ("10.0.0.5:8080", "http://10.0.0.5:8080/", None),
            ("db.internal:80/up", "http://db.internal/up", None),
            ("[fd00::1]:8080", "http://[fd00::1]:8080/", None),
            (
                "http://서버.example/",
                "http://xn--hk3b17f.example/",
                Some(Check::Http),
            ),
            ("http://host/a b", "http://host/a%20b", Some(Check::Http)),
        ] {
            assert_eq!(parsed(text), (url.to_owned(), check), "{text}");
        }
    }

    #[test]
    fn odd_spellings_of_an_address_are_that_address() {
        for text in [
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
        ] {
            assert_eq!(parsed(text).0, "http://127.0.0.1/", "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_quoted_without_its_password() {
        for text in [
            "https://user:planted@host:x y/",
            "user:planted@host:80",
            "http://user:planted@[::1/",
        ] {
            for told in [
                Address::parse(text).expect_err(text).to_string(),
                Host::parse(text).expect_err(text).to_string(),
            ] {
                assert!(!told.contains("planted"), "{told}");
            }
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        let error = |text: &str| Address::parse(text).expect_err(text);
        assert!(matches!(error("ftp://host/"), AddressError::Scheme(_)));
        assert!(matches!(
            error("http://user:pw@host/"),
            AddressError::Credentials
        ));
        assert!(matches!(error("http://host:0/"), AddressError::Port));
        assert!(matches!(error("host:70000"), AddressError::Port));
        assert!(matches!(error("http:///"), AddressError::Host(_)));
        for text in ["", "api", "::1:80", "user@host:80", ":80"] {
            assert!(matches!(error(text), AddressError::Unreadable(_)), "{text}");
        }
        let long = format!("http://{}/", "a".repeat(300));
        assert!(matches!(error(&long), AddressError::Host(_)));
        assert!(matches!(
            error(&format!("http://h/{}", "a".repeat(2_001))),
            AddressError::Path
        ));
    }

    #[test]
    fn five_types_exist_and_no_other() {
        for code in -3..20_i64 {
            assert_eq!(
                ServerType::try_from(code).is_ok(),
                [1, 2, 3, 4, 6].contains(&code),
                "{code}"
            );
        }
    }

    #[test]
    fn a_path_cannot_become_another_host() {
        assert_eq!(
            Path::parse("//evil.example/x").expect("a path").as_str(),
            "//evil.example/x"
        );
        assert_eq!(Path::parse("/a/../b").expect("a path").as_str(), "/b");
        for bad in ["", "a", "/a b", "/a\nb"] {
            assert!(Path::parse(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_read_reads_again(text in "\\PC{0,60}") {
            if let Ok(address) = Address::parse(&text) {
                let check = address.check.unwrap_or(Check::Http);
                let again = Address::parse(&address.target.url(check)).expect("its own URL");
                prop_assert_eq!(again.target, address.target);
            }
        }
    }
}
