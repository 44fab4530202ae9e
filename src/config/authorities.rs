//! The company's own certificate authorities, as a PEM file holds them.

use std::fmt;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};

/// Certificates that a server's own may lead to. There is one at least, and each can be used.
#[derive(Clone)]
pub struct Authorities(Vec<CertificateDer<'static>>);

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({})", self.0.len())
    }
}

/// Why they could not be read.
#[derive(Debug, thiserror::Error)]
pub enum AuthoritiesError {
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

impl Authorities {
    /// Reads a PEM file of one certificate or more. Blocks.
    ///
    /// # Errors
    /// [`AuthoritiesError`], which names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, AuthoritiesError> {
        let named = || path.to_owned();
        let text = std::fs::read(path).map_err(|cause| AuthoritiesError::Unreadable {
            path: named(),
            cause,
        })?;
        let certificates = CertificateDer::pem_slice_iter(&text)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|cause| AuthoritiesError::Malformed {
                path: named(),
                cause,
            })?;
        if certificates.is_empty() {
            return Err(AuthoritiesError::Empty { path: named() });
        }
        let mut roots = RootCertStore::empty();
        for (index, certificate) in certificates.iter().enumerate() {
            roots
                .add(certificate.clone())
                .map_err(|cause| AuthoritiesError::Unusable {
                    path: named(),
                    number: index + 1,
                    cause,
                })?;
        }
        Ok(Self(certificates))
    }

    /// Each of them.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        &self.0
    }
}
