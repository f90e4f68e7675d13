//! Which database, and how it is opened.

use std::sync::Arc;

use keymoor_store::{
    Store,
    postgres::{PostgresOptions, PostgresStore},
    sqlite::{SqliteOptions, SqliteStore},
};

use crate::{data_dir::DataDir, error::Error, options::ServeOptions, secret_url::SecretUrl};

/// Opens the store that `options` name: PostgreSQL, or SQLite in the data directory.
pub(crate) async fn open(data: &DataDir, options: &ServeOptions) -> Result<Arc<dyn Store>, Error> {
    if let Some(url) = options.database.as_ref().map(SecretUrl::expose) {
        let database = PostgresOptions::parse(url)
            .map_err(|error| Error::refused(format!("the URL of the database is {error}")))?;
        let most = options.database_connections.unwrap_or(PostgresOptions::CONNECTIONS);
        let store = PostgresStore::open(database.connections(most)).await;
        return Ok(Arc::new(store.map_err(Error::unavailable)?));
    }
    let store = SqliteStore::open(&data.database(), SqliteOptions::default()).await;
    Ok(Arc::new(store.map_err(Error::unavailable)?))
}
