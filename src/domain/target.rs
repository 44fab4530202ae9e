//! Where a server is and how it is checked.

mod host;
mod kind;
mod path;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::Url;

pub use host::Host;
pub use kind::{Check, ServerType, UnknownType};
pub use path::Path;

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
