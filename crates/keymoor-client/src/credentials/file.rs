use std::path::{Path, PathBuf};

use async_trait::async_trait;
use tokio::io::AsyncReadExt;
use zeroize::Zeroizing;

use super::{ClientKey, ClientSecret, CredentialSource, Credentials, CredentialsError, read};

/// The most bytes of a file that are read.
const MOST: u64 = 64 * 1024;

/// Credentials in a file, read anew each time a token has to be got. Others who can read the file
/// have the secret: keep it 0600.
#[derive(Clone, Debug)]
pub struct CredentialFile {
    path: PathBuf,
    key: Option<ClientKey>,
}

impl CredentialFile {
    /// A file with a key and its secret, in any of the forms that [`read`] takes.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), key: None }
    }

    /// A file that holds the secret of `key` and nothing else, as container platforms mount them.
    pub fn of_secret(key: ClientKey, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), key: Some(key) }
    }
}

#[async_trait]
impl CredentialSource for CredentialFile {
    async fn load(&self) -> Result<Credentials, CredentialsError> {
        let text = text(&self.path).await?;
        let Some(key) = &self.key else {
            return read(&text).map_err(|error| failed(&self.path, &error));
        };
        let secret = ClientSecret::parse(&text).map_err(|error| failed(&self.path, &error))?;
        Ok(Credentials { key: key.clone(), secret, login: None })
    }
}

async fn text(path: &Path) -> Result<Zeroizing<String>, CredentialsError> {
    let file = tokio::fs::File::open(path).await.map_err(|error| failed(path, &error))?;
    let mut text = Zeroizing::new(String::new());
    let read = file.take(MOST).read_to_string(&mut text).await;
    read.map_err(|error| failed(path, &error))?;
    Ok(text)
}

fn failed(path: &Path, error: &impl ToString) -> CredentialsError {
    CredentialsError::File { path: path.to_owned(), what: error.to_string() }
}
