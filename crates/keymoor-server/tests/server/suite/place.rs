use std::{fs, sync::Arc};

use keymoor_store::{
    Store,
    postgres::{PostgresOptions, PostgresStore},
    sqlite::{SqliteOptions, SqliteStore},
};
use keymoor_testkit::{Postgres, postgres};
use tempfile::TempDir;

/// An empty database of the engine that this copy of the suite is for.
pub(crate) enum Place {
    Folder(TempDir),
    Schema(&'static Postgres, String),
}

impl Place {
    pub(crate) fn new() -> Self {
        if module_path!().contains("::postgres::") {
            Self::Schema(postgres(), postgres().schema())
        } else {
            Self::Folder(tempfile::tempdir().unwrap())
        }
    }

    /// Opens the database, as a start of the server does.
    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        match self {
            Self::Folder(folder) => {
                let path = folder.path().join("keymoor.sqlite");
                Arc::new(SqliteStore::open(&path, SqliteOptions::default()).await.unwrap())
            }
            Self::Schema(server, schema) => {
                let options = PostgresOptions::parse(&server.url()).unwrap();
                let options = options.schema(schema).connections(4);
                Arc::new(PostgresStore::open(options).await.unwrap())
            }
        }
    }

    /// Everything that is stored, to be searched or compared: the files, or the rows with the
    /// transaction that wrote them.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Folder(folder) => {
                let entries = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap());
                let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
                paths.retain(|path| !path.ends_with("keymoor.sqlite-shm"));
                paths.sort();
                paths.iter().flat_map(|path| fs::read(path).unwrap()).collect()
            }
            Self::Schema(server, schema) => server.rows(schema).into_bytes(),
        }
    }
}
