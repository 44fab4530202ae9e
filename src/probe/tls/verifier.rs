//! The judgement of a server's certificate: rustls' own, with reasons that a person understands.

use std::fmt;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, OtherError, SignatureScheme};

use super::certificate::Facts;
use super::sessions::Sessions;

/// Verifies as rustls does, and beside it accepts a pinned certificate, names a self-signed one, and tells the session
/// cache until when a certificate need not be seen again.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) webpki: Arc<WebPkiServerVerifier>,
    pub(super) pinned: Vec<CertificateDer<'static>>,
    pub(super) sessions: Arc<Sessions>,
}

/// The server vouches for itself.
#[derive(Debug)]
pub(super) struct SelfSigned;

impl std::error::Error for SelfSigned {}

impl fmt::Display for SelfSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("self-signed certificate")
    }
}

impl Verifier {
    /// Name and dates of a certificate that is trusted to the letter.
    fn verify_pinned(
        &self,
        certificate: &CertificateDer<'_>,
        facts: Facts,
        server: &ServerName<'_>,
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        verify_server_name(&ParsedCertificate::try_from(certificate)?, server)?;
        let time = |seconds: i64| seconds_since_1970(seconds);
        let now_seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        if now_seconds < facts.not_before {
            let not_before = time(facts.not_before);
            return Err(CertificateError::NotValidYetContext {
                time: now,
                not_before,
            }
            .into());
        }
        if now_seconds > facts.not_after {
            let not_after = time(facts.not_after);
            return Err(CertificateError::ExpiredContext {
                time: now,
                not_after,
            }
            .into());
        }
        Ok(ServerCertVerified::assertion())
    }
}

fn seconds_since_1970(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(
        u64::try_from(seconds).unwrap_or(0),
    ))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let facts = Facts::read(end_entity)
            .ok_or(Error::InvalidCertificate(CertificateError::BadEncoding))?;
        let verified = if self.pinned.contains(end_entity) {
            self.verify_pinned(end_entity, facts, server_name, now)
        } else {
            self.webpki
                .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
                .map_err(|error| name_self_signed(error, facts))
        }?;
        let not_after = u64::try_from(facts.not_after).unwrap_or(0);
        self.sessions.verified(server_name, now, not_after);
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.webpki.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// A certificate without a known issuer, or an authority's in a server's place, is most often just self-signed.
fn name_self_signed(error: Error, facts: Facts) -> Error {
    let unknown = matches!(
        error,
        Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_))
    );
    if unknown && facts.self_issued {
        CertificateError::Other(OtherError(Arc::new(SelfSigned))).into()
    } else {
        error
    }
}
