//! Certificate and key, taken anew when their files change.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use arc_swap::ArcSwap;
use rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at.
const LOOKED_AT: Duration = Duration::from_secs(5);

/// The certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}")]
pub struct TlsError {
    path: PathBuf,
    cause: String,
}

/// A certificate chain and a private key in PEM files.
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    current: ArcSwap<ServerConfig>,
}

impl Tls {
    /// Reads them. TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let current = ArcSwap::from_pointee(read(certificate, key)?);
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), current })
    }

    /// Takes what the files hold now. What cannot be used changes nothing.
    pub fn reload(&self) -> Result<(), TlsError> {
        self.current.store(Arc::new(read(&self.certificate, &self.key)?));
        Ok(())
    }

    /// Reloads whenever a file has changed, for ever.
    pub async fn watch(&self) {
        let mut seen = self.written();
        let mut turn = tokio::time::interval(LOOKED_AT);
        loop {
            turn.tick().await;
            let now = self.written();
            if now != seen {
                seen = now;
                match self.reload() {
                    Ok(()) => tracing::info!("the TLS certificate was taken anew"),
                    Err(error) => tracing::error!(%error, "the TLS certificate stays the old one"),
                }
            }
        }
    }

    fn written(&self) -> [Option<SystemTime>; 2] {
        let time = |path: &Path| path.metadata().and_then(|data| data.modified()).ok();
        [time(&self.certificate), time(&self.key)]
    }

    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.current.load_full())
    }
}

fn read(certificate: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let fault = |path: &Path| {
        let path = path.to_owned();
        move |cause: String| TlsError { path, cause }
    };
    let chain: Result<Vec<_>, _> = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .map_err(|error| fault(certificate)(error.to_string()));
    let key_der =
        PrivateKeyDer::from_pem_file(key).map_err(|error| fault(key)(error.to_string()))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| fault(certificate)(error.to_string()))?
        .with_no_client_auth()
        .with_single_cert(chain?, key_der)
        .map_err(|error| fault(certificate)(error.to_string()))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

impl From<TlsError> for io::Error {
    fn from(error: TlsError) -> Self {
        Self::other(error)
    }
}
