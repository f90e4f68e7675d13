//! Which database, and how it is opened.

use std::{ffi::OsString, fmt, str::FromStr, sync::Arc};

use keymoor_store::{
    Store,
    postgres::{InvalidUrl, PostgresOptions, PostgresStore},
    sqlite::{SqliteOptions, SqliteStore},
};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{data_dir::DataDir, error::Error, options::ServeOptions};

/// The URL of a PostgreSQL database. It may hold a password, so it does not show.
#[derive(Clone)]
pub(crate) struct DatabaseUrl(PostgresOptions);

impl FromStr for DatabaseUrl {
    type Err = InvalidUrl;

    fn from_str(url: &str) -> Result<Self, InvalidUrl> {
        PostgresOptions::parse(url).map(Self)
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
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
    match &options.database {
        Some(DatabaseUrl(database)) => {
            let most = options.database_connections.unwrap_or(PostgresOptions::CONNECTIONS);
            let store = PostgresStore::open(database.clone().connections(most)).await;
            Ok(Arc::new(store.map_err(Error::unavailable)?))
        }
        None => {
            let store = SqliteStore::open(&data.database(), SqliteOptions::default()).await;
            Ok(Arc::new(store.map_err(Error::unavailable)?))
        }
    }
}
