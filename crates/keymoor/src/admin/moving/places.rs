use std::{path::Path, sync::Arc};

use keymoor_store::{Opening, Store};

use super::restore::alone;
use crate::{
    data_dir::{DataDir, Lock},
    database,
    error::Error,
    options::ServeOptions,
    secret_url::SecretUrl,
    serve,
};

/// A database that is held for this process, if it is in a data directory.
pub(super) struct Place {
    pub(super) store: Arc<dyn Store>,
    /// What people call it.
    pub(super) name: String,
    /// Where its SQLite is, if it is one.
    folder: Option<DataDir>,
    _lock: Option<Lock>,
}

/// The installation that is moved: `from`, or what the server uses.
pub(super) async fn source(place: &ServeOptions, from: Option<&SecretUrl>) -> Result<Place, Error> {
    let stop = "stop it first: what it would write meanwhile would be lost";
    if let Some(url) = from.filter(|from| is_url(from)) {
        let lock = match &place.data {
            Some(path) => Some(alone(&DataDir::existing(path)?, stop)?),
            None => None,
        };
        return in_postgresql(url, lock).await;
    }
    let data = match from {
        Some(folder) => DataDir::existing(Path::new(folder.expose()))?,
        None => serve::open_data(place.data.as_deref())?,
    };
    let lock = alone(&data, stop)?;
    match &place.database {
        Some(url) if from.is_none() => in_postgresql(url, Some(lock)).await,
        _ => {
            serve::check_there(&data, &ServeOptions::default())?;
            in_folder(data, lock).await
        }
    }
}

/// The new database.
pub(super) async fn target(from: &Place, to: &SecretUrl) -> Result<Place, Error> {
    if is_url(to) {
        return in_postgresql(to, None).await;
    }
    let target = DataDir::open(Path::new(to.expose()))?;
    if from.folder.as_ref().is_some_and(|folder| folder.path() == target.path()) {
        return Err(Error::refused("--to is the data directory itself: name a new one"));
    }
    let lock = alone(&target, "name a new directory")?;
    in_folder(target, lock).await
}

pub(super) async fn in_postgresql(url: &SecretUrl, lock: Option<Lock>) -> Result<Place, Error> {
    let store = database::open_url(url, None, Opening::Current).await?;
    Ok(Place { store, name: database::place(url)?, folder: None, _lock: lock })
}

pub(super) async fn in_folder(folder: DataDir, lock: Lock) -> Result<Place, Error> {
    let store = database::open_in(&folder, Opening::Current).await?;
    let name = format!("the data directory {}", folder.path().display());
    Ok(Place { store, name, folder: Some(folder), _lock: Some(lock) })
}

fn is_url(text: &SecretUrl) -> bool {
    text.expose().contains("://")
}
