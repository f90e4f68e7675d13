//! Where API Secrets are kept: in the system's store (feature `os-store`), else in a file of the
//! user's own for each profile.

#[cfg(not(feature = "os-store"))]
#[path = "absent.rs"]
mod system;
#[cfg(feature = "os-store")]
mod system;

mod alone;
mod file;
mod pair;

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use crate::{
    credentials::{ClientKey, Credentials, Mark},
    profile::{ProfileName, SecretPlace},
};

pub use alone::is_open_to_others;
pub use file::{FileVault, write_private};
pub(crate) use file::{make_folder, read_private};

/// How the system's store is called in messages.
const SYSTEM: &str = "the system's secret store";

/// A secret cannot be kept or found. It never repeats the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}")]
pub struct VaultError {
    /// The file or folder, or the system's store.
    pub place: String,
    /// Why.
    pub what: String,
}

/// Where a secret may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// The system's store, else a file.
    #[default]
    Any,
    /// A file.
    File,
    /// The system's store, else nowhere.
    System,
}

/// Where a secret went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The place, for the profile.
    pub place: SecretPlace,
    /// Why it is not in the system's store, if that was tried.
    pub instead: Option<String>,
}

/// The keys and secrets of the profiles in a folder. Key and secret are one entry, which is replaced
/// as a whole: what it says of the key counts, whatever the profile says.
#[derive(Clone, Debug)]
pub struct Vault {
    folder: PathBuf,
    files: FileVault,
}

impl Vault {
    /// That of the user's folder for configuration.
    pub fn in_folder(configuration: &Path) -> Self {
        Self { folder: configuration.to_owned(), files: FileVault::in_folder(configuration) }
    }

    /// Where the secret is, in words.
    pub fn describe(&self, name: &ProfileName, place: SecretPlace) -> String {
        match place {
            SecretPlace::File => self.files.path(name).display().to_string(),
            SecretPlace::System(_) => SYSTEM.to_owned(),
        }
    }

    /// The file of a profile's secret, if that is where it is kept.
    pub fn path(&self, name: &ProfileName) -> PathBuf {
        self.files.path(name)
    }

    /// Keeps key and secret of a profile. What is in another place stays, for
    /// [`remove_old`](Self::remove_old) once the profile is stored.
    pub fn write(
        &self,
        name: &ProfileName,
        pair: &Credentials,
        wanted: Wanted,
    ) -> Result<Stored, VaultError> {
        let tried = match wanted {
            Wanted::File => None,
            Wanted::Any if !cfg!(feature = "os-store") => None,
            _ => Some(self.write_to_system(name, pair)),
        };
        let instead = match tried {
            Some(Ok(())) => {
                let place = SecretPlace::System(Mark::of(pair).digest);
                return Ok(Stored { place, instead: None });
            }
            Some(Err(why)) if wanted == Wanted::System => return Err(failed(why)),
            Some(Err(why)) => Some(why),
            None => None,
        };
        self.files.write(name, pair)?;
        Ok(Stored { place: SecretPlace::File, instead })
    }

    fn write_to_system(&self, name: &ProfileName, pair: &Credentials) -> Result<(), String> {
        let text = pair::text(pair).map_err(|error| error.to_string())?;
        system::write(&self.user(name), text)
    }

    /// Key and secret of a profile, if they are there. A secret alone, as it was kept before, is that
    /// of `key`.
    pub fn credentials(
        &self,
        name: &ProfileName,
        place: SecretPlace,
        key: &ClientKey,
    ) -> Result<Option<Credentials>, VaultError> {
        if place == SecretPlace::File {
            return self.files.credentials(name, key);
        }
        let Some(bytes) = system::read(&self.user(name)).map_err(failed)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).map_err(failed)?;
        pair::read(text, key).map(Some).map_err(failed)
    }

    /// Forgets the secret of a profile, wherever it is.
    pub fn remove(&self, name: &ProfileName, place: SecretPlace) -> Result<(), VaultError> {
        self.files.remove(name)?;
        match place {
            SecretPlace::File => Ok(()),
            SecretPlace::System(_) => system::remove(&self.user(name)).map_err(failed),
        }
    }

    /// Forgets the secret where it was before, if it is elsewhere now.
    pub fn remove_old(
        &self,
        name: &ProfileName,
        before: Option<SecretPlace>,
        now: SecretPlace,
    ) -> Result<(), VaultError> {
        match (before, now) {
            (_, SecretPlace::System(_)) => self.files.remove(name),
            (Some(SecretPlace::System(_)), SecretPlace::File) => {
                system::remove(&self.user(name)).map_err(failed)
            }
            _ => Ok(()),
        }
    }

    /// The store is the user's, the profile's name only this folder's.
    fn user(&self, name: &ProfileName) -> String {
        format!("{name} in {}", self.folder.display())
    }
}

fn failed(error: impl Into<Box<dyn Error>>) -> VaultError {
    VaultError { place: SYSTEM.to_owned(), what: error.into().to_string() }
}
