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

/// What openssl gets when it offers nothing but `offer`: protocol and cipher, if the other side takes
/// one.
pub(crate) fn agreed(address: &str, offer: &[&str]) -> Option<String> {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_client", "-brief", "-connect", address]).args(offer);
    let output = run(openssl, "");
    let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
    let line =
        |name: &str| said.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned);
    let (protocol, cipher) = (line("Protocol version: ")?, line("Ciphersuite: ")?);
    output.status.success().then(|| format!("{protocol} {cipher}"))
}

/// What testssl.sh would complain of is refused, and what it wants is there.
pub(crate) fn check_tls(address: &str) {
    let weak: &[&[&str]] = &[
        &["-tls1", "-cipher", "ALL:@SECLEVEL=0"],
        &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
        // No forward secrecy, no authenticated encryption, anonymous, broken or short.
        &["-tls1_2", "-cipher", "kRSA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "aNULL:eNULL:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "DHE:@SECLEVEL=0"],
        &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0"],
        &["-tls1_2", "-curves", "secp224r1:brainpoolP256r1"],
        &["-tls1_2", "-sigalgs", "ECDSA+SHA1", "-cipher", "ALL:@SECLEVEL=0"],
    ];
    for offer in weak {
        assert_eq!(agreed(address, offer), None, "{offer:?}");
    }
    let strong: &[(&[&str], &str)] = &[
        (
            &["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256"],
            "TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256",
        ),
        (&["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"], "TLSv1.3 TLS_AES_256_GCM_SHA384"),
        (
            &["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"],
            "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256",
        ),
    ];
    for (offer, expected) in strong {
        assert_eq!(agreed(address, offer).as_deref(), Some(*expected), "{offer:?}");
    }
}

#[test]
fn s99_the_server_takes_no_old_protocol_and_no_weak_cipher() {
    let folder = certificate();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let server = Server::with(&["--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")]);
    check_tls(server.url.trim_start_matches("https://"));
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

/// What openssl's client makes of a handshake with at most this version.
fn handshake(address: &str, version: &str) -> String {
    let mut openssl = Command::new("openssl");
    // Old versions need leave of the client's library: it is the server that is to refuse.
    openssl.args(["s_client", "-connect", address, version, "-cipher", "DEFAULT@SECLEVEL=0"]);
    let output = run(openssl, "");
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn s99_only_tls_1_2_and_1_3_are_spoken() {
    let folder = certificate();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let server = Server::with(&["--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")]);
    let address = server.url.strip_prefix("https://").unwrap();
    for (version, name) in [("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")] {
        let told = handshake(address, version);
        assert!(told.contains(&format!("New, {name}, Cipher is")), "{told}");
    }
    for version in ["-tls1", "-tls1_1"] {
        let told = handshake(address, version);
        assert!(told.contains("SSL alert number") && told.contains("(NONE)"), "{told}");
    }
}
