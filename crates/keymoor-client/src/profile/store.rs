use std::{
    collections::BTreeMap,
    error::Error,
    ffi::OsString,
    fs::File,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{Profile, ProfileName, lock, record::Record};
use crate::vault::{self, Vault};

/// The most bytes of the file of profiles.
const MOST: u64 = 1024 * 1024;

/// Profiles cannot be read or kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {what}", path.display())]
pub struct ProfileError {
    /// The file.
    pub path: PathBuf,
    /// Why.
    pub what: String,
}

/// All profiles, and which of them is used if none is named.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    /// The profile that is used if none is named.
    pub default: Option<ProfileName>,
    /// Each by its name.
    pub named: BTreeMap<ProfileName, Profile>,
}

/// The file as it stands: JSON.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    default: Option<ProfileName>,
    #[serde(default)]
    profiles: BTreeMap<ProfileName, Record>,
}

/// The user's file of profiles, 0600: `profiles.json` in the folder for configuration.
#[derive(Clone, Debug)]
pub struct ProfileStore {
    folder: PathBuf,
}

impl ProfileStore {
    /// The store in that folder, which need not exist yet.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The file.
    pub fn path(&self) -> PathBuf {
        self.folder.join("profiles.json")
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the secrets of these profiles are.
    pub fn vault(&self) -> Vault {
        Vault::in_folder(&self.folder)
    }

    /// All profiles; none if there is no file.
    pub fn read(&self) -> Result<Profiles, ProfileError> {
        let text = match vault::read_private(&self.path(), MOST) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Profiles::default()),
            Err(error) => return Err(self.failed(error)),
        };
        let document: Document = serde_json::from_str(&text).map_err(|e| self.failed(e))?;
        let mut named = BTreeMap::new();
        for (name, record) in document.profiles {
            let profile = record.profile();
            let profile = profile.map_err(|error| self.failed(format!("{name}: {error}")))?;
            named.insert(name, profile);
        }
        Ok(Profiles { default: document.default, named })
    }

    /// The right to change them, which one process has at a time. It waits for it, for a limited
    /// time.
    pub fn lock(&self) -> Result<ProfilesLock, ProfileError> {
        let path = self.folder.join("profiles.lock");
        let locked = vault::make_folder(&self.folder).and_then(|()| lock::take(&path));
        let file = locked.map_err(|error| self.failed(error))?;
        Ok(ProfilesLock { store: self.clone(), _file: file })
    }

    fn failed(&self, error: impl Into<Box<dyn Error>>) -> ProfileError {
        ProfileError { path: self.path(), what: error.into().to_string() }
    }
}

/// The right to change the profiles, until it is dropped. What is read under it is what is there
/// when it is written.
#[derive(Debug)]
pub struct ProfilesLock {
    store: ProfileStore,
    _file: File,
}

impl ProfilesLock {
    /// All profiles, as nobody else changes them meanwhile.
    pub fn read(&self) -> Result<Profiles, ProfileError> {
        self.store.read()
    }

    /// Replaces the file, as a whole.
    pub fn write(&self, profiles: &Profiles) -> Result<(), ProfileError> {
        let failed = |error: Box<dyn Error>| self.store.failed(error);
        let records = profiles.named.iter().map(|(name, one)| (name.clone(), Record::of(one)));
        let document = Document { default: profiles.default.clone(), profiles: records.collect() };
        let mut text = serde_json::to_string_pretty(&document).map_err(|e| failed(e.into()))?;
        text.push('\n');
        let written = vault::write_private(&self.store.path(), text.as_bytes());
        written.map_err(|error| failed(error.into()))
    }
}

impl Profiles {
    /// The profile that is used: the one that is named, else the default one.
    pub fn pick(&self, name: Option<&ProfileName>) -> Option<(&ProfileName, &Profile)> {
        let name = name.or(self.default.as_ref())?;
        self.named.get_key_value(name)
    }
}

/// The user's folder for configuration of Keymoor: `$KEYMOOR_CONFIG_DIR`, else
/// `$XDG_CONFIG_HOME/keymoor`, else `~/.config/keymoor`; on Windows `%APPDATA%\keymoor`. `variable`
/// reads an environment variable. `None` if the user has none.
pub fn configuration_folder(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let own = absolute("KEYMOOR_CONFIG_DIR");
    let standard = || absolute("XDG_CONFIG_HOME").map(|folder| folder.join("keymoor"));
    let windows = || absolute("APPDATA").filter(|_| cfg!(windows)).map(|dir| dir.join("keymoor"));
    let home = || absolute("HOME").map(|home| home.join(".config").join("keymoor"));
    own.or_else(standard).or_else(windows).or_else(home)
}
