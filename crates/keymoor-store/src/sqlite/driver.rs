use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    Connection, SqlitePool, Transaction,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::engine::migrations::{self, MIGRATIONS};
use crate::{Opening, StoreError, commit_clock::CommitClock, unsynced};

pub(super) type Database = sqlx::Sqlite;
pub(super) type DbRow = sqlx::sqlite::SqliteRow;
pub(super) type DbConnection = sqlx::SqliteConnection;
pub(super) type Handle = SqliteStore;

/// The database is in this process's hands alone.
pub(super) const IS_SHARED: bool = false;
/// Nobody else has to hear of a change.
pub(super) const ANNOUNCE: Option<&str> = None;
/// Every column of every table of Keymoor's, both by name.
pub(super) const TABLES: &str = "SELECT t.name AS name, c.name AS column_name, \
    LOWER(c.type) AS kind FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' \
    AND t.name <> '_sqlx_migrations' ORDER BY t.name, c.name";
/// Whether anything was ever migrated here.
pub(super) const HAS_MIGRATIONS: &str =
    "SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'";
/// There is one clock.
pub(super) const TIME: Option<&str> = None;

/// SQLite before this could corrupt a database when it reset the write-ahead log.
const OLDEST: (u32, u32, u32) = (3, 51, 3);
/// How long a connection waits for another one's lock.
const BUSY: Duration = Duration::from_secs(5);
const READERS: u32 = 3;
/// Bytes of the write-ahead log that are read at once.
const PIECE: usize = 1 << 20;
/// Bytes that the write-ahead log shrinks to once it has been taken into the database. It grows while
/// somebody reads for long, as a backup does.
const LOG_LIMIT: &str = "67108864";

/// How to open a database.
#[derive(Clone, Copy, Debug, Default)]
pub struct SqliteOptions {
    /// Pages of 4 KiB beyond which the file does not grow, to see what a full disk does; no
    /// limit if `None`.
    pub max_pages: Option<u32>,
    /// What opening it may do to it.
    pub opening: Opening,
}

/// A store in one SQLite file. One process at a time has it open; the caller sees to that.
pub struct SqliteStore {
    pub(super) writer: SqlitePool,
    pub(super) readers: SqlitePool,
    pub(super) clock: Arc<CommitClock>,
}

impl SqliteStore {
    /// Opens the database at `path`, makes it (0600) if it is missing, and brings its schema up
    /// to date, unless [`SqliteOptions::opening`] says otherwise.
    pub async fn open(path: &Path, options: SqliteOptions) -> Result<Self, StoreError> {
        make_private(path)?;
        write_log_again(path)?;
        let connect = connect_options(path, options);
        let writer = pool(1).idle_timeout(None);
        let writer = writer.connect_lazy_with(connect.clone());
        check_version(&writer).await?;
        if migrations::are_due(&writer, options.opening, MIGRATIONS).await? {
            migrations::run(&writer, MIGRATIONS).await?;
        }
        let readers = pool(READERS);
        let readers = readers.connect_lazy_with(connect);
        Ok(Self { writer, readers, clock: Arc::default() })
    }
}

impl SqliteStore {
    pub(super) async fn let_go(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Nobody else changes anything.
    pub(super) async fn hear_of_changes(&self) {
        std::future::pending::<()>().await;
    }

    /// Begins to write; nobody else does until this ends.
    pub(super) async fn begin_writing(&self) -> Result<Transaction<'static, Database>, StoreError> {
        unsynced::check()?;
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Begins to write what can wait.
    pub(super) async fn begin_yielding(
        &self,
    ) -> Result<Transaction<'static, Database>, StoreError> {
        self.begin_writing().await
    }

    /// Begins to read what is there at one moment.
    pub(super) async fn begin_reading(&self) -> Result<Transaction<'static, Database>, StoreError> {
        Ok(self.readers.begin().await?)
    }
}

/// A transaction here has all the time there is.
#[expect(clippy::unused_async, reason = "the other engine asks its database")]
pub(super) async fn take_time(_: &mut DbConnection) -> Result<(), StoreError> {
    Ok(())
}

/// Rows may come before those that they refer to, until the transaction ends.
pub(super) async fn put_off_references(connection: &mut DbConnection) -> Result<(), StoreError> {
    sqlx::query("PRAGMA defer_foreign_keys = ON").execute(connection).await?;
    Ok(())
}

/// The commit looks whether every reference leads somewhere.
#[expect(clippy::unused_async, reason = "the other engine asks its database")]
pub(super) async fn check_references(_: &mut DbConnection) -> Result<(), StoreError> {
    Ok(())
}

/// What every connection is set to: an acknowledged change has reached the disk (s83).
fn connect_options(path: &Path, options: SqliteOptions) -> SqliteConnectOptions {
    let connect = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("journal_size_limit", LOG_LIMIT);
    match options.max_pages {
        Some(pages) => connect.pragma("max_page_count", pages.to_string()),
        None => connect,
    }
}

/// Without connections that SQLite ended a transaction of when the disk failed: the driver goes on to
/// count it as begun, and could never begin another one.
fn pool(most: u32) -> SqlitePoolOptions {
    let options = SqlitePoolOptions::new().max_connections(most);
    options.before_acquire(|connection, _| {
        let is_free = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_free) })
    })
}

/// A process that crashed may have left in the write-ahead log what the disk did not take (s84): the
/// system would then read it from its memory until it forgets it, and what is written after it would be
/// lost with it. Written once more, it is on the disk before anything builds on it. A log that was
/// closed in good order is not there any more.
pub(super) fn write_log_again(path: &Path) -> Result<(), StoreError> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let log = Path::new(&log);
    match OpenOptions::new().read(true).write(true).open(log) {
        Ok(file) => write_again(&file).map_err(|error| unavailable(log, &error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(unavailable(log, &error)),
    }
}

/// Piece by piece: it may be larger than the memory.
fn write_again(file: &File) -> io::Result<()> {
    let (mut piece, mut offset) = (vec![0; PIECE], 0);
    loop {
        let read = file.read_at(&mut piece, offset)?;
        if read == 0 {
            return file.sync_all();
        }
        file.write_all_at(&piece[..read], offset)?;
        offset += read as u64;
    }
}

fn unavailable(path: &Path, error: &io::Error) -> StoreError {
    StoreError::Unavailable(format!("{}: {error}", path.display()))
}

/// SQLite gives the files beside the database the same mode.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    file.map(drop).map_err(|error| unavailable(path, &error))
}

async fn check_version(pool: &SqlitePool) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(pool).await?;
    if is_new_enough(&version) {
        Ok(())
    } else {
        Err(StoreError::Unavailable(format!(
            "SQLite {version} is linked, but Keymoor needs 3.51.3 or newer"
        )))
    }
}

pub(super) fn is_new_enough(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    let mut next = || parts.next().unwrap_or_default();
    (next(), next(), next()) >= OLDEST
}
