//! Whom the prober trusts: the system's authorities and the company's.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

/// The certificates that a server's own must lead to.
#[derive(Debug, Clone)]
pub struct Trust {
    pub(super) roots: RootCertStore,
    /// Trusted to the letter too: a self-signed certificate that calls itself an authority, as `openssl req -x509` makes
    /// them, could not stand for a server otherwise.
    pub(super) pinned: Vec<CertificateDer<'static>>,
}

/// Why the company's authorities could not be read.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is not PEM, or damaged.
    #[error("{path} is not a PEM file of certificates: {cause}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        cause: pem::Error,
    },
    /// The file holds no certificate.
    #[error(
        "{path} holds no certificate: it should have at least one “-----BEGIN CERTIFICATE-----” block"
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// One of the certificates is none.
    #[error("certificate {number} in {path} cannot be used: {cause}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Which one, from 1.
        number: usize,
        /// What is wrong.
        cause: rustls::Error,
    },
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

    /// Trusts the company's own authorities as well: a PEM file of one certificate or more.
    ///
    /// # Errors
    /// [`TrustError`], which names the file and what is wrong with it.
    pub fn and_file(mut self, path: &Path) -> Result<Self, TrustError> {
        let text = std::fs::read(path).map_err(|cause| TrustError::Unreadable {
            path: path.to_owned(),
            cause,
        })?;
        let certificates = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|cause| TrustError::Malformed {
                path: path.to_owned(),
                cause,
            })?;
        if certificates.is_empty() {
            return Err(TrustError::Empty {
                path: path.to_owned(),
            });
        }
        for (index, certificate) in certificates.into_iter().enumerate() {
            self = self
                .and(certificate)
                .map_err(|cause| TrustError::Unusable {
                    path: path.to_owned(),
                    number: index + 1,
                    cause,
                })?;
        }
        Ok(self)
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
