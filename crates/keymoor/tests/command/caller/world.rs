use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::super::process::{Client, Server, keymoor, run, text};

/// Somebody with a home of their own, who calls APIs.
pub(super) struct Caller {
    pub(super) home: TempDir,
}

impl Caller {
    pub(super) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// Logged in to a server as an account of it.
    pub(super) fn of(server: &Server, client: &Client) -> Self {
        let caller = Self::new();
        let output = caller.login(&server.url, client);
        assert!(output.status.success(), "{}", text(&output.stderr));
        caller
    }

    pub(super) fn login(&self, url: &str, client: &Client) -> Output {
        let login = ["login", "--server", url, "--key", &client.key, "--secret-stdin"];
        run(self.command(&login), &client.secret)
    }

    /// The command with nothing of this environment's settings.
    pub(super) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = keymoor();
        for name in ["XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HTTP_PROXY", "http_proxy", "NO_COLOR"] {
            command.env_remove(name);
        }
        for (name, _) in std::env::vars() {
            if name.starts_with("ACLI_") || name.starts_with("AH_") {
                command.env_remove(name);
            }
        }
        command.env("HOME", self.home.path()).args(arguments);
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Output {
        run(self.command(arguments), "")
    }

    /// What it prints, which has to succeed.
    pub(super) fn said(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", text(&output.stderr));
        text(&output.stdout)
    }

    pub(super) fn json(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.said(arguments)).unwrap()
    }

    /// Its exit code, and what it says on stderr.
    pub(super) fn fails(&self, arguments: &[&str]) -> (i32, String) {
        let output = self.run(arguments);
        (output.status.code().unwrap(), text(&output.stderr))
    }
}

/// A server, and somebody who is logged in to it.
pub(super) fn world() -> (Server, Client, Caller) {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let caller = Caller::of(&server, &client);
    (server, client, caller)
}
