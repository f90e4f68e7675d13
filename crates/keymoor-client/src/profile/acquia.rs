use std::{
    collections::BTreeMap,
    error::Error,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, de::IgnoredAny};
use zeroize::Zeroizing;

use super::store::ProfileError;
use crate::{
    credentials::{ClientKey, Credentials},
    endpoints::{EndpointError, Endpoints},
};

/// What acquia/cli stored by its `auth:login`: `cloud_api.conf`.
#[derive(Debug)]
pub struct AcquiaStore {
    /// The file.
    pub path: PathBuf,
    /// The keys in it, the one in use first.
    pub keys: Vec<AcquiaKey>,
    /// Whether the first is in use: acquia/cli is logged in with it.
    pub logged_in: bool,
    /// Whether it is logged in by a device code: with tokens for Acquia, and no key.
    pub device: bool,
}

/// A key of acquia/cli's store.
#[derive(Debug)]
pub struct AcquiaKey {
    /// What it is called, the account's address mostly.
    pub label: Option<String>,
    /// Key and secret.
    pub credentials: Credentials,
    /// The server that they are for: Acquia's, unless the store says otherwise.
    pub endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Document {
    acli_key: Option<String>,
    #[serde(default)]
    keys: BTreeMap<String, Record>,
    device_token: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Record {
    label: Option<String>,
    secret: Zeroizing<String>,
    cloud_api_base_uri: Option<String>,
    accounts_uri: Option<String>,
}

impl Record {
    fn endpoints(&self) -> Result<Endpoints, EndpointError> {
        let standard = Endpoints::acquia();
        let given = |text: &'_ Option<String>| text.clone().filter(|text| !text.is_empty());
        let token = given(&self.accounts_uri).unwrap_or_else(|| standard.token_url().to_string());
        let api = given(&self.cloud_api_base_uri);
        Endpoints::new(&token, &api.unwrap_or_else(|| standard.api_base().to_string()))
    }
}

impl AcquiaStore {
    /// The store of this user: in `~/.acquia` if that folder exists, else in
    /// `$XDG_CONFIG_HOME/acquia`. `None` if there is no file.
    pub fn find(variable: impl Fn(&str) -> Option<OsString>) -> Result<Option<Self>, ProfileError> {
        let Some(path) = place(variable).filter(|path| path.exists()) else { return Ok(None) };
        let text = fs::read_to_string(&path).map(Zeroizing::new);
        let text = text.map_err(|error| failed(&path, error))?;
        Self::read(path, &text).map(Some)
    }

    /// Reads the text of the file at `path`.
    pub fn read(path: PathBuf, text: &str) -> Result<Self, ProfileError> {
        // The parser's own words might repeat a part of the secret.
        let document: Document = serde_json::from_str(text)
            .map_err(|_| failed(&path, "it is not the JSON that acquia/cli writes"))?;
        let mut keys = Vec::new();
        for (key, record) in &document.keys {
            let credentials =
                Credentials::new(key, &record.secret).map_err(|error| failed(&path, error))?;
            let endpoints = record.endpoints().map_err(|error| failed(&path, error))?;
            keys.push(AcquiaKey { label: record.label.clone(), credentials, endpoints });
        }
        let in_use = document.acli_key.and_then(|key| ClientKey::parse(&key).ok());
        let is_used = |key: &AcquiaKey| Some(&key.credentials.key) == in_use.as_ref();
        keys.sort_by_key(|key| !is_used(key));
        let logged_in = keys.first().is_some_and(is_used);
        Ok(Self { path, keys, logged_in, device: document.device_token.is_some() })
    }
}

impl AcquiaStore {
    /// The key that acquia/cli uses, if it is logged in.
    pub fn in_use(self) -> Option<AcquiaKey> {
        self.keys.into_iter().next().filter(|_| self.logged_in)
    }
}

fn place(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let home = variable("HOME").map(PathBuf::from);
    let own = home.as_ref().map(|home| home.join(".acquia")).filter(|folder| folder.is_dir());
    let standard =
        variable("XDG_CONFIG_HOME").map(PathBuf::from).or(home.map(|h| h.join(".config")));
    own.or(standard.map(|folder| folder.join("acquia"))).map(|folder| folder.join("cloud_api.conf"))
}

fn failed(path: &Path, error: impl Into<Box<dyn Error>>) -> ProfileError {
    ProfileError { path: path.to_owned(), what: error.into().to_string() }
}
