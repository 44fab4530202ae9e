//! TLS: its configuration, its handshake, and its errors in words.

mod certificate;
mod sessions;
mod trust;
mod verifier;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{AlertDescription, CertificateError, ClientConfig, Error, PeerIncompatible};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::clock::{SharedClock, Timestamp};
use crate::domain::outcome::FailureKind;
use crate::domain::target::Host;
use crate::probe::fault::{self, Stop};

pub use trust::Trust;

use sessions::Sessions;
use verifier::{SelfSigned, Verifier};

/// A connector that trusts whom it is told to and keeps sessions with `servers` servers.
pub(super) fn connector(trust: Trust, servers: usize, clock: SharedClock) -> TlsConnector {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let sessions = Arc::new(Sessions::new(servers, clock.clone()));
    let builder = ClientConfig::builder_with_details(provider.clone(), Arc::new(Time(clock)))
        .with_safe_default_protocol_versions()
        .expect("ring has cipher suites for TLS 1.2 and 1.3");
    let webpki = WebPkiServerVerifier::builder_with_provider(Arc::new(trust.roots), provider);
    let mut config = match webpki.build() {
        Ok(webpki) => {
            let verifier = Verifier {
                webpki,
                pinned: trust.pinned,
                sessions: sessions.clone(),
            };
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth()
        }
        // There is nobody to trust: every certificate is of an unknown issuer.
        Err(_) => builder
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth(),
    };
    config.resumption = Resumption::store(sessions);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

/// Certificates are judged by the clock that everything else goes by.
struct Time(SharedClock);

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Time")
    }
}

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

/// The TLS handshake.
pub(super) async fn handshake(
    connector: &TlsConnector,
    host: &Host,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, Stop> {
    connector
        .connect(server_name(host)?, tcp)
        .await
        .map_err(|error| failed(&error).unwrap_or_else(|| broken_off(&error)))
}

/// The name that the certificate must be for.
fn server_name(host: &Host) -> Result<ServerName<'static>, Stop> {
    match host {
        Host::Ip(ip) => Ok(ServerName::from(*ip)),
        Host::Name(name) => {
            // RFC 6066, 3: without the trailing dot.
            let name = name.strip_suffix('.').unwrap_or(name);
            ServerName::try_from(name)
                .map(|name| name.to_owned())
                .map_err(|_| {
                    Stop::failed(
                        FailureKind::Tls,
                        format!("no certificate can be for the name {name}"),
                    )
                })
        }
    }
}

fn broken_off(error: &io::Error) -> Stop {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::BrokenPipe => Stop::failed(
            FailureKind::Tls,
            "the server closed the connection during the TLS handshake",
        ),
        _ => fault::talking(error, "the TLS handshake was under way"),
    }
}

/// What a TLS error in an I/O error means, if there is one in it.
pub(super) fn failed(error: &io::Error) -> Option<Stop> {
    let error = error.get_ref()?.downcast_ref::<Error>()?;
    Some(Stop::failed(FailureKind::Tls, describe(error)))
}

/// What a TLS error means, if there is one somewhere in an error of another client's.
#[must_use]
pub fn tls_fault(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref::<Error>() {
            return Some(describe(tls));
        }
        // An I/O error names as its source the source of what it holds, and passes that itself over.
        let held = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        next = match held {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

fn describe(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(error) => describe_certificate(error),
        Error::NoCertificatesPresented => "the server shows no certificate".to_owned(),
        Error::InvalidMessage(_) | Error::InappropriateMessage { .. } => {
            "the server does not speak TLS on this port: try the address without TLS".to_owned()
        }
        Error::AlertReceived(alert) => describe_alert(*alert),
        Error::PeerIncompatible(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => "the server speaks only TLS versions older than 1.2".to_owned(),
        Error::PeerIncompatible(why) => format!("no TLS parameters in common: {why:?}"),
        Error::PeerMisbehaved(why) => format!("the server violates the TLS protocol: {why:?}"),
        other => other.to_string(),
    }
}

fn describe_alert(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::ProtocolVersion => {
            "the server refuses TLS 1.2 and 1.3 (alert: protocol version)".to_owned()
        }
        AlertDescription::CertificateRequired => {
            "the server requires a client certificate".to_owned()
        }
        AlertDescription::UnrecognisedName => {
            "the server does not know the name it was asked for (alert: unrecognized name)"
                .to_owned()
        }
        AlertDescription::HandshakeFailure => {
            "the server refuses the handshake (alert: handshake failure)".to_owned()
        }
        other => format!("the server refuses the connection (alert: {other:?})"),
    }
}

fn describe_certificate(error: &CertificateError) -> String {
    match error {
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("certificate expired on {}", moment(*not_after))
        }
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("certificate not valid before {}", moment(*not_before))
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let asked = expected.to_str();
            match presented.as_slice() {
                [] => format!("certificate is for no name at all, asked for {asked}"),
                names => format!("certificate is for {}, not for {asked}", listed(names)),
            }
        }
        CertificateError::UnknownIssuer => {
            "certificate by an unknown issuer: name the authority in HEALTHBOT_CA_FILE, or let the server send its intermediates".to_owned()
        }
        CertificateError::Other(other) if other.0.is::<SelfSigned>() => {
            "self-signed certificate: trust it with HEALTHBOT_CA_FILE".to_owned()
        }
        CertificateError::Revoked => "certificate was revoked".to_owned(),
        CertificateError::BadEncoding => "certificate cannot be read".to_owned(),
        CertificateError::BadSignature => "certificate was not signed by the trusted authority of that name".to_owned(),
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "certificate is not meant for servers".to_owned()
        }
        other => format!("certificate not accepted: {other}"),
    }
}

/// At most three of the names in a certificate, without the type that webpki writes around each.
fn listed(names: &[String]) -> String {
    let plain = |name: &String| {
        name.split_once('(')
            .map_or(&**name, |(_, rest)| {
                rest.trim_end_matches(')').trim_matches('"')
            })
            .to_owned()
    };
    let mut text = names
        .iter()
        .take(3)
        .map(plain)
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > 3 {
        text.push_str(&format!(" and {} more", names.len() - 3));
    }
    text
}

fn moment(time: UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| Timestamp::from_timestamp(seconds, 0))
        .map_or_else(
            || "a date beyond the calendar".to_owned(),
            |time| time.format("%Y-%m-%d %H:%M UTC").to_string(),
        )
}
