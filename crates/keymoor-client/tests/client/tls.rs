//! Certificates, with openssl at the other end.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
};

use keymoor_client::{
    Builder, Cause, Credentials, Endpoints, Error, Given, GivenToken, Retries, Unreachable,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::support::{KEY, SECRET, Say, World};

/// A server that answers `GET` with a page, under a certificate for 127.0.0.1 that nobody knows.
struct TlsServer {
    folder: TempDir,
    child: Child,
    origin: String,
}

fn openssl(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

impl TlsServer {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
                       -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
                       -addext basicConstraints=critical,CA:FALSE -keyout key.pem -out cert.pem";
        let request: Vec<_> = request.split_whitespace().collect();
        assert!(openssl(folder.path(), &request).status().unwrap().success());
        // It says which port it was given.
        let serve = "s_server -www -cert cert.pem -key key.pem -accept 127.0.0.1:0";
        let serve: Vec<_> = serve.split_whitespace().collect();
        let mut server = openssl(folder.path(), &serve);
        let mut child = server.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let address = lines.find_map(|line| Some(line.strip_prefix("ACCEPT ")?.to_owned()));
        // Read on, so that it can go on writing.
        std::thread::spawn(move || lines.for_each(drop));
        Self { folder, child, origin: format!("https://{}", address.unwrap()) }
    }

    fn builder(&self) -> Builder {
        let value = |text: &str| Given::Value(Zeroizing::new(text.to_owned()));
        let tokens = GivenToken::new(value("given"), value("4000000000"));
        let endpoints = Endpoints::at(&self.origin).unwrap();
        Builder::with_tokens(endpoints, Arc::new(tokens)).retries(Retries(0))
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_knows_is_told_as_what_it_is() {
    let server = TlsServer::start();
    let error = server.builder().build().unwrap().get("/x").await.unwrap_err();
    let tls = |error: &Error| {
        matches!(error, Error::Unreachable(Unreachable { cause: Cause::Tls(_), .. }))
    };
    assert!(tls(&error), "{error:?}");
    assert!(error.hint().contains("SSL_CERT_FILE"), "{}", error.hint());
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_when_it_is_named() {
    let server = TlsServer::start();
    let pem = fs::read(server.folder.path().join("cert.pem")).unwrap();
    let client = server.builder().root_certificates(pem).build().unwrap();
    assert_eq!(client.get("/x").await.unwrap().status(), 200);
}

#[test]
fn a_certificate_that_is_no_pem_is_refused_at_the_start() {
    let credentials = Credentials::new(KEY, SECRET).unwrap();
    let builder = Builder::new(Endpoints::acquia(), credentials);
    let pem = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    assert!(matches!(builder.root_certificates(pem).build(), Err(Error::Setup(_))));
}

#[tokio::test]
async fn a_server_without_tls_is_told_from_one_that_is_not_there() {
    let world = World::new(|_| Say::status(200)).await;
    let origin = world.server.origin.replace("http://", "https://");
    let credentials = Credentials::new(KEY, SECRET).unwrap();
    let client = Builder::new(Endpoints::at(&origin).unwrap(), credentials).retries(Retries(0));
    let error = client.build().unwrap().token().await.unwrap_err();
    assert!(error.to_string().contains("TLS"), "{error}");
    assert!(world.server.seen().is_empty());
}
