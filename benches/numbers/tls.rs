//! An authority of the benchmark's own, and both sides of TLS under it.

use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::targets::address;

/// So many servers have TLS.
pub(crate) const SERVERS: usize = 500;

/// What the targets are identified by; kept in a directory, for the processes to share.
pub(crate) fn make(dir: &Path) {
    let mut params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Benchmark Authority");
    let key = rcgen::KeyPair::generate().unwrap();
    let issuer = rcgen::CertifiedIssuer::self_signed(params, key).unwrap();
    let key = rcgen::KeyPair::generate().unwrap();
    std::fs::write(dir.join("authority.pem"), issuer.as_ref().pem()).unwrap();
    std::fs::write(dir.join("key.pem"), key.serialize_pem()).unwrap();
    // A certificate a server, as it is outside; one with all names would cost every handshake its length.
    for n in 0..SERVERS {
        let names = vec![IpAddr::V4(address(n)).to_string()];
        let leaf = rcgen::CertificateParams::new(names).unwrap();
        let leaf = leaf.signed_by(&key, &issuer).unwrap();
        std::fs::write(dir.join(format!("{}.der", address(n))), leaf.der()).unwrap();
    }
}

/// Serves with the certificate of `ip`, and sends so many tickets.
pub(crate) fn acceptor(dir: &Path, ip: IpAddr, tickets: usize) -> TlsAcceptor {
    let certificate = std::fs::read(dir.join(format!("{ip}.der"))).unwrap();
    let key = PrivateKeyDer::from_pem_file(dir.join("key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(certificate)], key)
        .unwrap();
    config.send_tls13_tickets = tickets;
    TlsAcceptor::from(Arc::new(config))
}

/// A client as bare as rustls makes it.
pub(crate) fn connector(dir: &Path, resumes: bool) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(dir.join("authority.pem")).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = if resumes {
        Resumption::in_memory_sessions(8 * SERVERS)
    } else {
        Resumption::disabled()
    };
    TlsConnector::from(Arc::new(config))
}
