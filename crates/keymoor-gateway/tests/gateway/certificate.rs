//! Certificates for 127.0.0.1, by openssl.

use std::{path::PathBuf, process::Command, sync::Arc};

use keymoor_gateway::Tls;
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
};
use tempfile::TempDir;
use tokio_rustls::{TlsAcceptor, TlsConnector};

pub(crate) struct Certificate(TempDir);

pub(crate) fn certificate() -> Certificate {
    let folder = tempfile::tempdir().unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    Certificate(folder)
}

impl Certificate {
    pub(crate) fn chain(&self) -> PathBuf {
        self.0.path().join("cert.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.0.path().join("key.pem")
    }

    /// For a gateway.
    pub(crate) fn opened(&self) -> Arc<Tls> {
        Arc::new(Tls::open(&self.chain(), &self.key()).unwrap())
    }

    /// For an API that would rather speak HTTP/2.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                self.certificates(),
                PrivateKeyDer::from_pem_file(self.key()).unwrap(),
            )
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        TlsAcceptor::from(Arc::new(config))
    }

    /// For a client.
    pub(crate) fn connector(&self) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        for certificate in self.certificates() {
            roots.add(certificate).unwrap();
        }
        let config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        TlsConnector::from(Arc::new(config))
    }

    pub(crate) fn name() -> ServerName<'static> {
        ServerName::try_from("127.0.0.1").unwrap()
    }

    fn certificates(&self) -> Vec<CertificateDer<'static>> {
        let found = CertificateDer::pem_file_iter(self.chain()).unwrap();
        found.collect::<Result<_, _>>().unwrap()
    }
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
