//! Which database, and how it is opened.

use std::{convert::Infallible, ffi::OsString, fmt, str::FromStr, sync::Arc};

use keymoor_store::{
    Store,
    postgres::{PostgresOptions, PostgresStore},
    sqlite::{SqliteOptions, SqliteStore},
};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{data_dir::DataDir, error::Error, options::ServeOptions};

/// The URL of a PostgreSQL database. It may hold a password, so it does not show, and it is not
/// parsed before it is used: the command line's parser repeats what it cannot take.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct DatabaseUrl(Zeroizing<String>);

impl FromStr for DatabaseUrl {
    type Err = Infallible;

    fn from_str(url: &str) -> Result<Self, Infallible> {
        Ok(Self(Zeroizing::new(url.to_owned())))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseUrl(..)")
    }
}

/// Refuses a password among the arguments, where every user of the machine can read it.
pub(crate) fn check_arguments(arguments: impl Iterator<Item = OsString>) -> Result<(), Error> {
    for argument in arguments {
        let text = argument.to_string_lossy();
        let url = text.strip_prefix("--database=").unwrap_or(&text);
        if url.starts_with("postgres") && has_password(url) {
            return Err(Error::refused(
                "the URL of the database holds a password, which every user of this machine can \
                 read on the command line. Put the URL into KEYMOOR_DATABASE or the file given by \
                 --config, or the password into PGPASSWORD or a password file (~/.pgpass).",
            ));
        }
    }
    Ok(())
}

fn has_password(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.is_some_and(|user| user.contains(':')) || url.contains("password=")
}

/// Opens the store that `options` name: PostgreSQL, or SQLite in the data directory.
pub(crate) async fn open(data: &DataDir, options: &ServeOptions) -> Result<Arc<dyn Store>, Error> {
    if let Some(DatabaseUrl(url)) = &options.database {
        let database = PostgresOptions::parse(url)
            .map_err(|error| Error::refused(format!("the URL of the database is {error}")))?;
        let most = options.database_connections.unwrap_or(PostgresOptions::CONNECTIONS);
        let store = PostgresStore::open(database.connections(most)).await;
        return Ok(Arc::new(store.map_err(Error::unavailable)?));
    }
    let store = SqliteStore::open(&data.database(), SqliteOptions::default()).await;
    Ok(Arc::new(store.map_err(Error::unavailable)?))
}
