//! The real fetcher, over TLS with a root certificate of the operator's.

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::Path,
    process::Command,
    sync::Arc,
    thread,
};

use keymoor_sso::{
    Fetch, FetchError, Fetched, Method, Request,
    remote::{Hosts, HttpFetch},
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

/// Makes a certificate for that name by openssl, and its key; gives their PEM texts.
fn certificate(folder: &Path, name: &str) -> (Vec<u8>, Vec<u8>) {
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"])
        .args(["-days", "2", "-subj", "/CN=test", "-addext"])
        .arg(format!("subjectAltName={name}"))
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", key.to_str().unwrap(), "-out", certificate.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (std::fs::read(certificate).unwrap(), std::fs::read(key).unwrap())
}

/// A TLS listener that answers everybody; its port.
fn listener(certificate: &[u8], key: &[u8]) -> u16 {
    let chain = vec![CertificateDer::from_pem_slice(certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    port
}

async fn get(roots: &[Vec<u8>], port: u16) -> Result<Fetched, FetchError> {
    let fetch = HttpFetch::new(Hosts::new(["localhost"]).unwrap(), roots).unwrap();
    let url = format!("https://localhost:{port}/");
    fetch.fetch(Request { method: Method::Get, url, headers: vec![], body: vec![] }).await
}

#[tokio::test]
async fn s60_a_root_of_the_operators_is_trusted_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(folder.path(), "DNS:localhost");
    let port = listener(&certificate, &key);
    assert_eq!(get(&[certificate], port).await.unwrap().body, b"{}");
    let error = get(&[], port).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable(..)), "{error}");
}

#[tokio::test]
async fn s60_a_certificate_for_another_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(folder.path(), "DNS:idp.example.com");
    let port = listener(&certificate, &key);
    let error = get(&[certificate], port).await.unwrap_err();
    let FetchError::Unreachable(host, why) = error else { panic!("{error}") };
    assert!(host == "localhost" && why.contains("not valid for name"), "{why}");
}
