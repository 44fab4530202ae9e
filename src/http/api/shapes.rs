//! What several answers share: how times and lengths of time are written, and the words of the domain as the OpenAPI
//! document names them.

use chrono::SecondsFormat;
use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use crate::clock::Timestamp;

/// A moment as RFC 3339 writes it, in UTC and to the millisecond.
#[derive(Debug, Clone, Copy, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2030-01-31T12:00:00.000Z")]
pub(super) struct Moment(Timestamp);

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self(at)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.0.to_rfc3339_opts(SecondsFormat::Millis, true))
    }
}

/// A length of time: whole numbers, each with a unit, such as `30s`, `500ms` or `1m30s`.
#[derive(Debug, ToSchema)]
#[schema(value_type = String, pattern = "^\\s*([0-9]+(ms|s|m|h|d))+\\s*$", example = "30s")]
#[expect(dead_code, reason = "it describes `domain::span`")]
pub(super) struct Span(String);

/// Where a server stands in the company's life cycle.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    clippy::upper_case_acronyms,
    reason = "it describes how the API writes them"
)]
pub(super) enum EnvironmentName {
    DEV,
    STAGE,
    LIVE,
    UNKNOWN,
}

/// What is believed of a server.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes `State`")]
pub(super) enum StateName {
    Pending,
    Up,
    Down,
    Unknown,
}

/// Who keeps a server in the list.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes `Source`")]
pub(super) enum SourceName {
    Manual,
    Inventory,
}

/// The company's server type codes.
#[derive(Debug, ToSchema)]
#[repr(u8)]
pub(super) enum TypeCode {
    Http1 = 1,
    WebSocket2 = 2,
    WebSocket3 = 3,
    WebSocket4 = 4,
    Http6 = 6,
}
