//! The company's server types, and how each is checked.

use std::fmt;

use serde::{Deserialize, Serialize};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
