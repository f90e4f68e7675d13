//! Running the command, and real curl against it.

use std::{
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// The command with nothing of this environment's settings.
pub(crate) fn keymoor() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keymoor"));
    for (name, _) in std::env::vars() {
        if name.starts_with("KEYMOOR_") {
            command.env_remove(name);
        }
    }
    // The store of whoever runs the tests stays as it is.
    command.env("KEYMOOR_SECRET_STORE", "file");
    command
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs `command` with `input`, to its end.
pub(crate) fn run(mut command: Command, input: &str) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Runs an operator's command on `data`.
pub(crate) fn admin(data: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = keymoor();
    command.arg("admin").args(arguments).arg("--data").arg(data).args(["-o", "json"]);
    run(command, input)
}

/// The same, which has to succeed.
pub(crate) fn admin_json(data: &Path, arguments: &[&str], input: &str) -> Value {
    let output = admin(data, arguments, input);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub(crate) fn curl(arguments: &[&str]) -> Output {
    let mut command = Command::new("curl");
    run(
        {
            command.args(["--silent", "--show-error", "--max-time", "20"]).args(arguments);
            command
        },
        "",
    )
}

/// The JSON that curl gets.
pub(crate) fn curl_json(arguments: &[&str]) -> Value {
    let output = curl(arguments);
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}{}", text(&output.stdout), text(&output.stderr)))
}

const LISTENS: &str = "Keymoor listens on ";

/// A running server, killed when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) child: Child,
    pub(crate) printed: Vec<String>,
    output: BufReader<ChildStdout>,
    pub(crate) data: TempDir,
}

/// An API token as `admin token create` prints it.
pub(crate) struct Client {
    pub(crate) key: String,
    pub(crate) secret: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(options: &[&str]) -> Self {
        Self::spawn(keymoor(), tempfile::tempdir().unwrap(), options)
    }

    /// Starts `command`, which is the command or something that runs it.
    pub(crate) fn spawn(command: Command, data: TempDir, options: &[&str]) -> Self {
        Self::spawn_at(command, data, "127.0.0.1:0", options)
    }

    /// The same at a certain address.
    pub(crate) fn spawn_at(
        mut command: Command,
        data: TempDir,
        address: &str,
        options: &[&str],
    ) -> Self {
        let log = std::fs::File::create(data.path().join("log")).unwrap();
        let mut child = command
            .args(["serve", "--listen", address, "--data"])
            .arg(data.path())
            .args(options)
            .stdout(Stdio::piped())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (url, printed) = (String::new(), Vec::new());
        let mut server = Self { url, child, printed, output, data };
        let listens = server.read_until(LISTENS);
        listens.strip_prefix(LISTENS).unwrap().clone_into(&mut server.url);
        server
    }

    /// Reads what the server prints, up to the line that begins so.
    pub(crate) fn read_until(&mut self, beginning: &str) -> String {
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "no line \"{beginning}\": {}", self.log());
            let line = line.trim_end().to_owned();
            self.printed.push(line.clone());
            if line.starts_with(beginning) {
                return line;
            }
        }
    }

    /// Stops the server in good order; what is left is its data.
    pub(crate) fn stop(mut self) -> TempDir {
        self.signal("-TERM");
        assert!(self.child.wait().unwrap().success());
        std::mem::replace(&mut self.data, tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.data.path()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.path().join("log")).unwrap()
    }

    pub(crate) fn token_url(&self) -> String {
        format!("{}/api/auth/oauth/token", self.url)
    }

    /// An account with an API token.
    pub(crate) fn client(&self, email: &str) -> Client {
        let create = ["account", "create", "--email", email, "--password-stdin"];
        admin_json(self.path(), &create, PASSWORD);
        let create = ["token", "create", "--email", email, "--label", "script"];
        let made = admin_json(self.path(), &create, "");
        let field = |name: &str| made[name].as_str().unwrap().to_owned();
        Client { key: field("api_key"), secret: field("api_secret") }
    }

    /// What the page's curl line gets, with `--data` or `--data-urlencode`.
    pub(crate) fn ask(&self, client: &Client, option: &str) -> Value {
        let id = format!("client_id={}", client.key);
        let secret = format!("client_secret={}", client.secret);
        let grant = "grant_type=client_credentials";
        curl_json(&[&self.token_url(), option, &id, option, &secret, option, grant])
    }

    /// The header with a new access token.
    pub(crate) fn bearer(&self, client: &Client) -> String {
        Self::header(&self.ask(client, "--data-urlencode"))
    }

    /// The same of a token with that scope.
    pub(crate) fn scoped_bearer(&self, client: &Client, scope: &str) -> String {
        let id = format!("client_id={}&client_secret={}", client.key, client.secret);
        let body = format!("grant_type=client_credentials&{id}&scope={scope}");
        Self::header(&curl_json(&[&self.token_url(), "-d", &body]))
    }

    fn header(answer: &Value) -> String {
        let token = answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        format!("Authorization: Bearer {token}")
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // With whatever runs it or is run by it; it may have ended by itself.
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}
