//! Identity providers, started for a test.

use std::{
    io::{BufRead, BufReader, copy, sink},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::super::{peers, portal::world::free_port};

pub(super) const CLIENT: &str = "keymoor-of-the-works";
pub(super) const SECRET: &str = "a secret of the works for Keymoor alone";

/// How a provider is spoken with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Saml,
    OpenId,
}

/// What the set-up page says has to be entered at the provider.
pub(super) struct Ours {
    pub(super) entity_id: String,
    pub(super) callback: String,
    pub(super) logout: String,
}

/// A running provider, killed when dropped.
pub(super) struct Provider {
    pub(super) protocol: Protocol,
    pub(super) url: String,
    child: Child,
    folder: TempDir,
}

impl Provider {
    pub(super) fn start(protocol: Protocol, ours: &Ours) -> Self {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut command = match protocol {
            Protocol::OpenId => peers::program("openid_provider.mjs"),
            Protocol::Saml => peers::program("saml_provider.py"),
        };
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut child = command
            .env("PORT", port.to_string())
            .env("FOLDER", folder.path())
            .env("OTHER_METADATA", &ours.entity_id)
            .envs([("CLIENT_ID", CLIENT), ("CLIENT_SECRET", SECRET)])
            .envs([("REDIRECT_URI", &ours.callback), ("LOGOUT_URI", &ours.logout)])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let provider = Self { protocol, url: format!("http://127.0.0.1:{port}"), child, folder };
        provider.wait(&mut output);
        // A full pipe would stop it.
        std::thread::spawn(move || copy(&mut output, &mut sink()));
        provider
    }

    fn wait(&self, output: &mut impl BufRead) {
        let listening = output.lines().any(|line| line.unwrap().contains("listening"));
        assert!(listening, "{:?} ended: {}", self.protocol, self.log());
    }

    /// What it complained of.
    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    /// Where its metadata is (SAML).
    pub(super) fn metadata_url(&self) -> String {
        format!("{}/metadata", self.url)
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
