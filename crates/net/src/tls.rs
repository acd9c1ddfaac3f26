//! The TLS client's configuration: rustls with ring, the public roots, and one
//! more PEM file if the settings name it. Read by the opener and REST.

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// The certificates of a PEM file, at least one.
pub(crate) fn read_pem(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let told = |why: rustls::pki_types::pem::Error| format!("{}: {why}", path.display());
    let certificates: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(path).map_err(told)?.collect();
    let certificates = certificates.map_err(told)?;
    if certificates.is_empty() {
        return Err(format!("{}: no certificate in it", path.display()));
    }
    Ok(certificates)
}

/// A configuration that trusts the public roots and `extra_ca`.
pub(crate) fn client_config(extra_ca: Option<&Path>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = extra_ca {
        for certificate in read_pem(path)? {
            roots.add(certificate).map_err(|why| format!("{}: {why}", path.display()))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|why| format!("TLS: {why}"))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}
