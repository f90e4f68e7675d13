use std::{ffi::OsString, process::Stdio, time::Duration};

use async_trait::async_trait;
use tokio::{io::AsyncReadExt, process::Command};
use zeroize::Zeroizing;

use super::{CredentialSource, Credentials, CredentialsError, read};

const PATIENCE: Duration = Duration::from_secs(30);
/// The most bytes of its output that are read.
const MOST: u64 = 64 * 1024;

/// Credentials that a command prints, a password manager's perhaps, in any of the forms that
/// [`read`] takes. It is run without a shell, has 30 seconds, and may speak to the user on standard
/// error.
#[derive(Clone, Debug)]
pub struct CredentialCommand {
    program: OsString,
    arguments: Vec<OsString>,
}

impl CredentialCommand {
    /// The program and its arguments.
    pub fn new<A: Into<OsString>>(
        program: impl Into<OsString>,
        arguments: impl IntoIterator<Item = A>,
    ) -> Self {
        let arguments = arguments.into_iter().map(Into::into).collect();
        Self { program: program.into(), arguments }
    }

    async fn output(&self) -> Result<Zeroizing<String>, CredentialsError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.kill_on_drop(true).spawn().map_err(|error| self.failed(&error))?;
        let mut text = Zeroizing::new(String::new());
        if let Some(output) = child.stdout.take() {
            let read = output.take(MOST).read_to_string(&mut text).await;
            read.map_err(|error| self.failed(&error))?;
        }
        let status = child.wait().await.map_err(|error| self.failed(&error))?;
        if status.success() { Ok(text) } else { Err(self.failed(&status)) }
    }

    fn failed(&self, what: &impl ToString) -> CredentialsError {
        let program = self.program.to_string_lossy().into_owned();
        CredentialsError::Command { program, what: what.to_string() }
    }
}

#[async_trait]
impl CredentialSource for CredentialCommand {
    async fn load(&self) -> Result<Credentials, CredentialsError> {
        let output = tokio::time::timeout(PATIENCE, self.output()).await;
        let text = output.map_err(|_| self.failed(&"it takes longer than 30 seconds"))??;
        read(&text).map_err(|error| self.failed(&error))
    }
}
