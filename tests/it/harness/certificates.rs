//! Certificates made for a test: an authority, and whatever a server may show.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

/// A certificate authority of the test's own.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a server shows.
pub(crate) struct Identity {
    pub(crate) certificate: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

/// How a server's certificate differs from a good one.
pub(crate) type Change = fn(&mut CertificateParams);

/// Nothing differs.
pub(crate) const GOOD: Change = |_| {};

/// Over in 2025.
pub(crate) const EXPIRED: Change = |params| {
    params.not_before = rcgen::date_time_ymd(2024, 1, 1);
    params.not_after = rcgen::date_time_ymd(2025, 2, 3);
};

/// Not yet begun in this decade.
pub(crate) const FUTURE: Change = |params| params.not_before = rcgen::date_time_ymd(2040, 5, 6);

/// For people, not for servers.
pub(crate) const FOR_CLIENTS: Change =
    |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];

/// As `openssl req -x509` makes them.
pub(crate) const CALLS_ITSELF_AUTHORITY: Change =
    |params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);

impl Authority {
    pub(crate) fn new() -> Self {
        Self::named("Test Authority")
    }

    pub(crate) fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer }
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.issuer.as_ref().der().clone()
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.as_ref().pem()
    }

    pub(crate) fn issue(&self, names: &[&str], change: Change) -> Identity {
        let key = KeyPair::generate().unwrap();
        let certificate = params(names, change).signed_by(&key, &self.issuer).unwrap();
        Identity::new(&certificate, &key)
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn params(names: &[&str], change: Change) -> CertificateParams {
    let mut params =
        CertificateParams::new(names.iter().map(ToString::to_string).collect::<Vec<_>>()).unwrap();
    change(&mut params);
    params
}

impl Identity {
    /// A certificate that nobody else vouches for.
    pub(crate) fn self_signed(names: &[&str], change: Change) -> Self {
        let key = KeyPair::generate().unwrap();
        let certificate = params(names, change).self_signed(&key).unwrap();
        Self::new(&certificate, &key)
    }

    fn new(certificate: &rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            certificate: certificate.der().clone(),
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    /// A TLS server that shows this.
    pub(crate) fn server(&self) -> ServerConfig {
        self.server_speaking(rustls::ALL_VERSIONS)
    }

    /// The same, of some protocol versions only.
    pub(crate) fn server_speaking(
        &self,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ServerConfig {
        self.server_with(versions, WebPkiClientVerifier::no_client_auth())
    }

    /// The same, and it asks clients for a certificate by an authority.
    pub(crate) fn server_asking(
        &self,
        authority: &Authority,
        versions: &[&'static SupportedProtocolVersion],
    ) -> ServerConfig {
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider());
        self.server_with(versions, verifier.build().unwrap())
    }

    fn server_with(
        &self,
        versions: &[&'static SupportedProtocolVersion],
        clients: Arc<dyn ClientCertVerifier>,
    ) -> ServerConfig {
        ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(versions)
            .unwrap()
            .with_client_cert_verifier(clients)
            .with_single_cert(vec![self.certificate.clone()], self.key.clone_key())
            .unwrap()
    }
}
