//! Servers as JSON: what the API shows of one, and what it takes to add or change one.

use serde::Serialize;
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::domain::command::ServerFields;
use crate::domain::reply::ServerView;
use crate::domain::server::{Environment, HostName, InvalidName, Server, ServerChange, Source};
use crate::domain::settings::{Confirmations, Interval, MuteSpan, Timeout};
use crate::domain::target::{Address, AddressError, Host, Path, ServerType, Target};
use crate::http::api::fields::{self, Fields};
use crate::http::api::problem::Problem;
use crate::http::api::shapes::{EnvironmentName, Moment, SourceName, Span, StateName, TypeCode};
use crate::service::servers::NewServer;

/// What Healthbot says of a server by itself.
const READ_ONLY: [&str; 5] = ["id", "source", "state", "created_at", "updated_at"];

/// A monitored server.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Server)]
pub(super) struct ServerBody {
    /// Its identifier.
    #[schema(example = "srv_0192aabbccdd0007")]
    id: String,
    /// What people call it: unique without regard to case.
    #[schema(example = "shop-api")]
    host_name: String,
    /// The host name or address that is connected to.
    #[schema(example = "10.0.0.5")]
    host: String,
    /// The TCP port.
    #[schema(example = 8080, minimum = 1, maximum = 65535)]
    port: u16,
    /// The path and query of the request.
    #[schema(example = "/healthz")]
    path: String,
    /// Whether the connection is encrypted.
    tls: bool,
    /// The company's type code: 1 and 6 are checked by HTTP, 2, 3 and 4 by WebSocket.
    #[serde(rename = "type")]
    #[schema(example = 1)]
    server_type: u8,
    /// Its environment.
    #[schema(value_type = EnvironmentName)]
    environment: &'static str,
    /// Whether its failures are told.
    notification: bool,
    /// Between two probes: its own, else the default.
    #[schema(value_type = Span)]
    interval: Interval,
    /// For a whole probe: its own, else the default.
    #[schema(value_type = Span)]
    timeout: Timeout,
    /// So many failed probes in a row confirm a failure: its own count, else the default.
    #[schema(minimum = 1, maximum = 10)]
    failures: u8,
    /// So many healthy probes in a row confirm a recovery: its own count, else the default.
    #[schema(minimum = 1, maximum = 10)]
    recoveries: u8,
    /// Who keeps it in the list.
    #[schema(value_type = SourceName)]
    source: Source,
    /// What is believed of it.
    #[schema(value_type = StateName)]
    state: &'static str,
    /// Until when its alerts are silent; null where they are not muted.
    #[schema(required = true)]
    muted_until: Option<Moment>,
    /// When it was added.
    created_at: Moment,
    /// When anything that can be changed about it last was.
    updated_at: Moment,
}

impl ServerBody {
    /// The server as it is at `now`.
    pub(super) fn new(view: &ServerView, now: Timestamp) -> Self {
        let server = &*view.server;
        let target = &server.target;
        Self {
            id: server.id.to_string(),
            host_name: server.host_name.to_string(),
            host: target.host.to_string(),
            port: target.port,
            path: target.path.as_str().to_owned(),
            tls: target.tls,
            server_type: server.server_type.code(),
            environment: server.environment.as_str(),
            notification: server.notification,
            interval: view.policy.interval,
            timeout: view.policy.timeout,
            failures: view.policy.failures.get(),
            recoveries: view.policy.recoveries.get(),
            source: server.source,
            state: view.health.state().as_str(),
            muted_until: muted_until(server, now),
            created_at: server.created_at.into(),
            updated_at: server.updated_at.into(),
        }
    }
}

/// Until when a server is muted; a mute that is over no longer counts, even before it was cleared away.
pub(super) fn muted_until(server: &Server, now: Timestamp) -> Option<Moment> {
    let until = server.muted_until.filter(|until| now < *until);
    until.map(Moment::from)
}

/// A server to be added. What may be left out has a default; an own value that is null is the default too.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerToAdd {
    /// What people call it: unique without regard to case, without control characters.
    #[schema(value_type = String, min_length = 1, max_length = 255, example = "shop-api")]
    host_name: HostName,
    /// The host name or address that is connected to.
    #[schema(value_type = String, min_length = 1, example = "10.0.0.5")]
    host: Host,
    /// The TCP port.
    #[schema(minimum = 1, maximum = 65535, example = 8080)]
    port: u16,
    /// The path and query of the request.
    #[schema(value_type = String, pattern = "^/", default = "/", required = false)]
    path: Path,
    /// Whether the connection is encrypted.
    #[schema(default = false, required = false)]
    tls: bool,
    /// The company's type code: 1 and 6 are checked by HTTP, 2, 3 and 4 by WebSocket.
    #[schema(value_type = TypeCode, default = 1, required = false)]
    r#type: ServerType,
    /// Its environment, without regard to case.
    #[schema(value_type = EnvironmentName, default = "UNKNOWN", required = false)]
    environment: Environment,
    /// Whether its failures are told.
    #[schema(default = true, required = false)]
    notification: bool,
    /// Between two probes, 1s to 1d.
    #[schema(value_type = Option<Span>)]
    interval: Option<Interval>,
    /// For a whole probe, 100ms to 60s.
    #[schema(value_type = Option<Span>)]
    timeout: Option<Timeout>,
    /// So many failed probes in a row confirm a failure.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 10)]
    failures: Option<Confirmations>,
    /// So many healthy probes in a row confirm a recovery.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 10)]
    recoveries: Option<Confirmations>,
}

impl ServerToAdd {
    pub(super) fn read(mut fields: Fields) -> Result<Self, Problem> {
        let host_name = fields.required("host_name", fields::text(name));
        let host = fields.required("host", fields::text(Host::parse));
        let port = fields.required("port", fields::number(port));
        let path = fields.optional("path", fields::text(Path::parse));
        let tls = fields.optional("tls", fields::switch);
        let server_type = fields.optional("type", fields::number(ServerType::try_from));
        let environment = fields.optional("environment", fields::text(str::parse));
        let notification = fields.optional("notification", fields::switch);
        let own = OwnValues::read(&mut fields);
        fields.read_only(&READ_ONLY);
        let whole = || {
            Some(Self {
                host_name: host_name?,
                host: host?,
                port: port?,
                path: path.unwrap_or_default(),
                tls: tls.unwrap_or(false),
                r#type: server_type.unwrap_or(ServerType::Http1),
                environment: environment.unwrap_or_default(),
                notification: notification.unwrap_or(true),
                interval: own.interval.flatten(),
                timeout: own.timeout.flatten(),
                failures: own.failures.flatten(),
                recoveries: own.recoveries.flatten(),
            })
        };
        let whole = whole();
        fields.finish(whole)
    }
}

impl From<ServerToAdd> for NewServer {
    fn from(new: ServerToAdd) -> Self {
        let target = Target {
            host: new.host,
            port: new.port,
            path: new.path,
            tls: new.tls,
        };
        Self {
            name: new.host_name,
            fields: ServerFields {
                address: Some(Address {
                    target,
                    check: None,
                }),
                server_type: Some(new.r#type),
                environment: Some(new.environment),
                alerts: Some(new.notification),
                interval: new.interval,
                timeout: new.timeout,
                failures: new.failures,
                recoveries: new.recoveries,
            },
            server_type: new.r#type,
            source: Source::Manual,
        }
    }
}

/// What is to change about a server; what is left out stays. An own value that is null becomes the default again.
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServerPatch {
    /// What people call it: unique without regard to case, without control characters.
    #[schema(value_type = String, min_length = 1, max_length = 255, required = false)]
    host_name: Option<HostName>,
    /// The host name or address that is connected to.
    #[schema(value_type = String, min_length = 1, required = false)]
    host: Option<Host>,
    /// The TCP port.
    #[schema(value_type = u16, minimum = 1, maximum = 65535, required = false)]
    port: Option<u16>,
    /// The path and query of the request.
    #[schema(value_type = String, pattern = "^/", required = false)]
    path: Option<Path>,
    /// Whether the connection is encrypted.
    #[schema(value_type = bool, required = false)]
    tls: Option<bool>,
    /// The company's type code: 1 and 6 are checked by HTTP, 2, 3 and 4 by WebSocket.
    #[schema(value_type = TypeCode, required = false)]
    r#type: Option<ServerType>,
    /// Its environment, without regard to case.
    #[schema(value_type = EnvironmentName, required = false)]
    environment: Option<Environment>,
    /// Whether its failures are told.
    #[schema(value_type = bool, required = false)]
    notification: Option<bool>,
    /// Between two probes, 1s to 1d.
    #[schema(value_type = Option<Span>)]
    interval: Option<Option<Interval>>,
    /// For a whole probe, 100ms to 60s.
    #[schema(value_type = Option<Span>)]
    timeout: Option<Option<Timeout>>,
    /// So many failed probes in a row confirm a failure.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 10)]
    failures: Option<Option<Confirmations>>,
    /// So many healthy probes in a row confirm a recovery.
    #[schema(value_type = Option<u8>, minimum = 1, maximum = 10)]
    recoveries: Option<Option<Confirmations>>,
    /// Until when its alerts are silent, at most 30 days ahead; null ends a mute.
    #[schema(value_type = Option<Moment>)]
    muted_until: Option<Option<Timestamp>>,
}

impl ServerPatch {
    pub(super) fn read(mut fields: Fields, now: Timestamp) -> Result<Self, Problem> {
        let host_name = fields.optional("host_name", fields::text(name));
        let host = fields.optional("host", fields::text(Host::parse));
        let port = fields.optional("port", fields::number(port));
        let path = fields.optional("path", fields::text(Path::parse));
        let tls = fields.optional("tls", fields::switch);
        let server_type = fields.optional("type", fields::number(ServerType::try_from));
        let environment = fields.optional("environment", fields::text(str::parse));
        let notification = fields.optional("notification", fields::switch);
        let own = OwnValues::read(&mut fields);
        let muted_until = fields.nullable("muted_until", fields::text(|text| mute(text, now)));
        fields.read_only(&READ_ONLY);
        fields.finish(Some(Self {
            host_name,
            host,
            port,
            path,
            tls,
            r#type: server_type,
            environment,
            notification,
            interval: own.interval,
            timeout: own.timeout,
            failures: own.failures,
            recoveries: own.recoveries,
            muted_until,
        }))
    }

    /// What changes about this server.
    pub(super) fn change_of(&self, server: &Server) -> ServerChange {
        let before = &server.target;
        let target = Target {
            host: self.host.clone().unwrap_or_else(|| before.host.clone()),
            port: self.port.unwrap_or(before.port),
            path: self.path.clone().unwrap_or_else(|| before.path.clone()),
            tls: self.tls.unwrap_or(before.tls),
        };
        ServerChange {
            host_name: self.host_name.clone(),
            target: Some(target).filter(|target| target != before),
            server_type: self.r#type,
            environment: self.environment,
            notification: self.notification,
            interval: self.interval,
            timeout: self.timeout,
            failures: self.failures,
            recoveries: self.recoveries,
            muted_until: self.muted_until,
        }
    }
}

/// The values that a server may own; null where it is to own none.
struct OwnValues {
    interval: Option<Option<Interval>>,
    timeout: Option<Option<Timeout>>,
    failures: Option<Option<Confirmations>>,
    recoveries: Option<Option<Confirmations>>,
}

impl OwnValues {
    fn read(fields: &mut Fields) -> Self {
        Self {
            interval: fields.nullable("interval", fields::text(Interval::parse)),
            timeout: fields.nullable("timeout", fields::text(Timeout::parse)),
            failures: fields.nullable("failures", fields::confirmations("failures")),
            recoveries: fields.nullable("recoveries", fields::confirmations("recoveries")),
        }
    }
}

/// A name; one that is too long is so before blanks around it are dropped, too.
fn name(text: &str) -> Result<HostName, InvalidName> {
    if text.chars().count() > HostName::MAX_CHARS {
        return Err(InvalidName);
    }
    HostName::parse(text)
}

fn port(number: i64) -> Result<u16, AddressError> {
    u16::try_from(number)
        .ok()
        .filter(|port| *port > 0)
        .ok_or(AddressError::Port)
}

fn mute(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let until = chrono::DateTime::parse_from_rfc3339(text)
        .map_err(|_| "it is a time such as 2030-01-31T12:00:00Z, or null")?
        .to_utc();
    until
        .signed_duration_since(now)
        .to_std()
        .ok()
        .and_then(|span| MuteSpan::new(span).ok())
        .map(|_| until)
        .ok_or_else(|| "it lies at least 1 second and at most 30 days ahead".to_owned())
}
