//! Whom the prober trusts: the system's authorities and the company's.

use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::config::Authorities;

/// The certificates that a server's own must lead to.
#[derive(Debug, Clone)]
pub struct Trust {
    pub(super) roots: RootCertStore,
    /// Trusted to the letter too: a self-signed certificate that calls itself an authority, as `openssl req -x509` makes
    /// them, could not stand for a server otherwise.
    pub(super) pinned: Vec<CertificateDer<'static>>,
}

impl Trust {
    /// The system's authorities; `SSL_CERT_FILE` and `SSL_CERT_DIR` are honoured. What of them cannot be read is logged and left
    /// out: systems carry odd certificates, and plain HTTP needs none.
    #[must_use]
    pub fn system() -> Self {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "some of the system's certificate authorities could not be read");
        }
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(found.certs);
        if added == 0 {
            tracing::warn!(
                "this system has no certificate authorities: servers with TLS will fail unless HEALTHBOT_CA_FILE names theirs"
            );
        }
        Self {
            roots,
            pinned: Vec::new(),
        }
    }

    /// Nobody.
    #[must_use]
    pub fn nobody() -> Self {
        Self {
            roots: RootCertStore::empty(),
            pinned: Vec::new(),
        }
    }

    /// Trusts the company's own authorities as well.
    #[must_use]
    pub fn and_all(mut self, authorities: &Authorities) -> Self {
        let certificates = authorities.certificates().iter().cloned();
        self.roots.add_parsable_certificates(certificates.clone());
        self.pinned.extend(certificates);
        self
    }

    /// Trusts one more certificate, as an authority and as a server's own.
    ///
    /// # Errors
    /// What is wrong with the certificate.
    pub fn and(mut self, certificate: CertificateDer<'static>) -> Result<Self, rustls::Error> {
        self.roots.add(certificate.clone())?;
        self.pinned.push(certificate);
        Ok(self)
    }

    /// A client's configuration that trusts the same authorities, for calls that are no probes.
    #[must_use]
    pub fn client_config(&self) -> rustls::ClientConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has cipher suites for TLS 1.2 and 1.3")
            .with_root_certificates(self.roots.clone())
            .with_no_client_auth()
    }
}
