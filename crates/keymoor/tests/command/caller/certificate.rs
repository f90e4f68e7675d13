//! `--ca-file`: a server whose certificate is of an authority of one's own.

use std::process::Command;

use tempfile::TempDir;

use super::{
    super::process::{Server, run, text},
    world::Caller,
};

/// Makes an authority and a certificate for 127.0.0.1 of it.
const SCRIPT: &str = "set -e
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Authority \
 -keyout ca.key -out ca.pem
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
 -keyout key.pem -out request.pem
printf 'subjectAltName=IP:127.0.0.1\\nbasicConstraints=CA:FALSE\\n' > extensions
openssl x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
 -extfile extensions -out cert.pem";

struct Secure {
    server: Server,
    folder: TempDir,
    caller: Caller,
}

impl Secure {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", SCRIPT]).current_dir(folder.path());
        let made = run(shell, "");
        assert!(made.status.success(), "{}", text(&made.stderr));
        let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let options = ["--tls-cert", &file("cert.pem"), "--tls-key", &file("key.pem")];
        Self { server: Server::with(&options), folder, caller: Caller::new() }
    }

    fn authority(&self) -> String {
        self.folder.path().join("ca.pem").to_str().unwrap().to_owned()
    }

    /// Logs in; the exit code and what is said.
    fn login(&self, options: &[&str]) -> (i32, String) {
        let client = self.server.client("ada@example.com");
        let url = self.server.url.as_str();
        let login = ["login", "--server", url, "--key", &client.key, "--secret-stdin"];
        let output = run(self.caller.command(&[&login, options].concat()), &client.secret);
        (output.status.code().unwrap(), text(&output.stderr))
    }
}

#[test]
fn an_authority_of_ones_own_is_believed_if_it_is_named() {
    let secure = Secure::start();
    let authority = ["--ca-file", &secure.authority()];
    assert_eq!(secure.login(&authority).0, 0);
    let call = ["api", "/account", "--jq", ".mail"];
    assert_eq!(secure.caller.said(&[&call, &authority[..]].concat()), "ada@example.com\n");
    let mut command = secure.caller.command(&call);
    command.env("KEYMOOR_CA_FILE", secure.authority());
    assert_eq!(text(&run(command, "").stdout), "ada@example.com\n");
    assert_eq!(secure.caller.fails(&call).0, 7, "it is not remembered");
}

#[test]
fn s95_an_authority_that_is_not_named_is_not_believed_and_nothing_is_stored() {
    let secure = Secure::start();
    let (code, told) = secure.login(&[]);
    assert_eq!(code, 7, "{told}");
    assert!(!secure.caller.home.path().join(".config/keymoor").exists());
}

#[test]
fn a_file_of_authorities_that_is_none_is_told() {
    let secure = Secure::start();
    assert_eq!(secure.login(&["--ca-file", "/nowhere/ca.pem"]).0, 2);
    let key = secure.folder.path().join("extensions").to_str().unwrap().to_owned();
    let caller = Caller::new();
    let login = ["login", "--server", &secure.server.url, "--key", "0123456789"];
    let login = [&login[..], &["--secret-stdin", "--ca-file", &key]].concat();
    assert!(!run(caller.command(&login), "0123456789").status.success());
}
