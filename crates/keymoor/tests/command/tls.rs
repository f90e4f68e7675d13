use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use super::process::{Server, curl, curl_json, run, text};

/// A certificate for 127.0.0.1 by openssl, in a folder of its own.
pub(crate) fn certificate() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    certify(folder.path());
    folder
}

/// Puts a new certificate and key there.
pub(crate) fn certify(folder: &Path) {
    let mut openssl = Command::new("openssl");
    openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-keyout", "key.pem", "-out", "cert.pem"])
        .current_dir(folder);
    let output = run(openssl, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

/// Waits until `url` is served with the certificate that lies there; not for ever.
pub(crate) fn until_served_with(certificate: &Path, url: &str) {
    let begun = Instant::now();
    loop {
        let output = curl(&["--cacert", certificate.to_str().unwrap(), "-o", "/dev/null", url]);
        if output.status.success() {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", text(&output.stderr));
    }
}

#[test]
fn a_new_certificate_is_taken_while_the_server_runs() {
    let folder = certificate();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let server = Server::with(&["--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")]);
    let url = format!("{}/.well-known/jwks.json", server.url);
    until_served_with(&folder.path().join("cert.pem"), &url);
    certify(folder.path());
    until_served_with(&folder.path().join("cert.pem"), &url);
}

#[test]
fn with_a_certificate_the_server_speaks_tls_and_http_2() {
    let folder = certificate();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let server = Server::with(&["--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")]);
    assert!(server.url.starts_with("https://127.0.0.1:"), "{}", server.url);
    let url = format!("{}/.well-known/oauth-authorization-server", server.url);
    assert_eq!(curl_json(&["--cacert", &file("cert.pem"), &url])["issuer"], server.url);
    let version = curl(&[
        "--cacert",
        &file("cert.pem"),
        "-o",
        "/dev/null",
        "-w",
        "%{http_version}",
        "--http2",
        &url,
    ]);
    assert_eq!(text(&version.stdout), "2");
    let old = curl(&["--cacert", &file("cert.pem"), "--tls-max", "1.1", &url]);
    assert!(!old.status.success(), "TLS 1.1 was spoken");
}
