//! Which database, and how it is opened.

use std::sync::Arc;

use keymoor_store::{
    Opening, Store,
    postgres::{PostgresOptions, PostgresStore},
    sqlite::{SqliteOptions, SqliteStore},
};

use crate::{data_dir::DataDir, error::Error, options::ServeOptions, secret_url::SecretUrl};

/// Opens the store that `options` name: PostgreSQL, or SQLite in the data directory.
pub(crate) async fn open(
    data: &DataDir,
    options: &ServeOptions,
    opening: Opening,
) -> Result<Arc<dyn Store>, Error> {
    match &options.database {
        Some(url) => open_url(url, options.database_connections, opening).await,
        None => open_in(data, opening).await,
    }
}

/// Opens the PostgreSQL database at `url`.
pub(crate) async fn open_url(
    url: &SecretUrl,
    most: Option<u32>,
    opening: Opening,
) -> Result<Arc<dyn Store>, Error> {
    let most = most.unwrap_or(PostgresOptions::CONNECTIONS);
    let options = parse(url)?.connections(most).opening(opening);
    Ok(Arc::new(PostgresStore::open(options).await.map_err(Error::unavailable)?))
}

/// Opens SQLite in the data directory.
pub(crate) async fn open_in(data: &DataDir, opening: Opening) -> Result<Arc<dyn Store>, Error> {
    let options = SqliteOptions { opening, ..SqliteOptions::default() };
    let store = SqliteStore::open(&data.database(), options).await;
    Ok(Arc::new(store.map_err(Error::unavailable)?))
}

/// Where the database at `url` is, for people: nothing of it that is secret.
pub(crate) fn place(url: &SecretUrl) -> Result<String, Error> {
    Ok(parse(url)?.place())
}

fn parse(url: &SecretUrl) -> Result<PostgresOptions, Error> {
    PostgresOptions::parse(url.expose())
        .map_err(|error| Error::refused(format!("the URL of the database is {error}")))
}
