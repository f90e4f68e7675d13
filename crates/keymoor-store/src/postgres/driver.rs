use std::{sync::Arc, time::Duration};

use sqlx::{
    AssertSqlSafe, PgPool, Row, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions, PgSslMode},
};

use super::{
    engine::migrations::{self, MIGRATIONS, MigrationError, Step},
    notices::Notices,
    parameters,
};
use crate::{Opening, StoreError, commit_clock::CommitClock};

pub(super) type Database = sqlx::Postgres;
pub(super) type DbRow = sqlx::postgres::PgRow;
pub(super) type DbConnection = sqlx::PgConnection;
pub(super) type Handle = PostgresStore;

/// Others may change the database too.
pub(super) const IS_SHARED: bool = true;
/// Said with the commit to all who listen: [`Notices`].
pub(super) const ANNOUNCE: Option<&str> =
    Some("SELECT pg_notify('keymoor_changes', current_schema())");
/// Every column of every table of Keymoor's, both by name.
pub(super) const TABLES: &str = "SELECT table_name::TEXT AS name, \
    column_name::TEXT AS column_name, data_type::TEXT AS kind FROM information_schema.columns \
    WHERE table_schema = current_schema() AND table_name <> '_sqlx_migrations' \
    ORDER BY table_name::TEXT COLLATE \"C\", column_name::TEXT COLLATE \"C\"";
/// Whether anything was ever migrated here.
pub(super) const HAS_MIGRATIONS: &str = "SELECT COUNT(*) FROM information_schema.tables \
    WHERE table_schema = current_schema() AND table_name = '_sqlx_migrations'";
/// Every reference from one table to another.
const REFERENCES: &str = "SELECT conrelid::regclass::TEXT AS name, conname::TEXT AS reference \
    FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace";
/// In whole seconds.
pub(super) const TIME: Option<&str> =
    Some("SELECT floor(extract(epoch FROM clock_timestamp()))::BIGINT");

/// How long to wait for a connection before the database counts as unavailable.
const PATIENCE: Duration = Duration::from_secs(3);
/// What every connection of the pool is set to. An acknowledged change has reached the disk (s83), and nothing
/// waits for ever: not a statement, not a lock, not a transaction that somebody forgot.
const SETTINGS: [(&str, &str); 5] = [
    ("synchronous_commit", "on"),
    ("statement_timeout", "10s"),
    ("lock_timeout", "5s"),
    ("idle_in_transaction_session_timeout", "15s"),
    ("timezone", "UTC"),
];

/// How often a migration tries to lock what it changes, a second each time, and how long it steps aside.
const ATTEMPTS: u32 = 300;
const ASIDE: Duration = Duration::from_millis(500);

/// What a transaction that can wait is set to, far below [`SETTINGS`].
const YIELDING: &str = "SET LOCAL lock_timeout = '1s'; SET LOCAL statement_timeout = '2s'; \
    SET LOCAL idle_in_transaction_session_timeout = '2s'";

/// What a transaction is set to that reads or writes everything, which takes the time that it takes.
const UNHURRIED: &str = "SET LOCAL statement_timeout = 0; \
    SET LOCAL idle_in_transaction_session_timeout = '10min'";

/// The text is no URL of a PostgreSQL database. The text is not repeated: it may hold a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidUrl {
    /// Not a URL of such a database.
    #[error("not a URL such as postgres://user@host/database?sslmode=verify-full")]
    Form,
    /// A parameter that other programs know.
    #[error("a URL with the parameter {0}, which Keymoor does not know")]
    Parameter(&'static str),
    /// A parameter that nobody knows: it may be a part of a password that is not percent-encoded.
    #[error("a URL with an unknown parameter after the question mark")]
    UnknownParameter,
}

/// Where a database is and how it is reached. No `Debug`: it may hold a password.
#[derive(Clone)]
pub struct PostgresOptions {
    pub(super) connect: PgConnectOptions,
    connections: u32,
    opening: Opening,
}

impl PostgresOptions {
    /// The most connections of one process, unless [`PostgresOptions::connections`] says otherwise.
    pub const CONNECTIONS: u32 = 10;

    /// Reads `postgres://user@host:port/database?parameters`, with libpq's parameters, environment
    /// (`PGPASSWORD`, …) and password file. A host that can only be reached over a network must
    /// prove who it is (`sslmode=verify-full`) unless the URL says otherwise.
    pub fn parse(url: &str) -> Result<Self, InvalidUrl> {
        let named = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
        if !named {
            return Err(InvalidUrl::Form);
        }
        parameters::check(url)?;
        let connect: PgConnectOptions = url.parse().map_err(|_| InvalidUrl::Form)?;
        let says = url.contains("sslmode=") || std::env::var_os("PGSSLMODE").is_some();
        let connect = match connect.get_host() {
            _ if says || connect.get_socket().is_some() => connect,
            "localhost" | "127.0.0.1" | "::1" | "[::1]" => connect,
            path if path.starts_with('/') => connect,
            _ => connect.ssl_mode(PgSslMode::VerifyFull),
        };
        let connect = connect.application_name("keymoor");
        let opening = Opening::default();
        Ok(Self { connect, connections: Self::CONNECTIONS, opening })
    }

    /// The most connections of this process.
    #[must_use]
    pub fn connections(mut self, most: u32) -> Self {
        self.connections = most;
        self
    }

    /// What opening the database may do to it.
    #[must_use]
    pub fn opening(mut self, opening: Opening) -> Self {
        self.opening = opening;
        self
    }

    /// Where the database is, without whatever gives access to it.
    pub fn place(&self) -> String {
        let (host, port) = (self.connect.get_host(), self.connect.get_port());
        let host = match self.connect.get_socket() {
            Some(folder) => folder.display().to_string(),
            None => format!("{host}:{port}"),
        };
        format!("the PostgreSQL database {} at {host}", self.connect.get_database().unwrap_or("?"))
    }

    #[cfg(test)]
    pub(super) fn ssl_mode(&self) -> PgSslMode {
        self.connect.get_ssl_mode()
    }

    /// Keeps everything in the schema of that name, so that several installations can share a
    /// database.
    #[must_use]
    pub fn schema(mut self, name: &str) -> Self {
        self.connect = self.connect.options([("search_path", name)]);
        self
    }
}

/// A store in a PostgreSQL database, which other processes may use too.
pub struct PostgresStore {
    pub(super) readers: PgPool,
    pub(super) clock: Arc<CommitClock>,
    notices: Notices,
}

impl PostgresStore {
    /// Connects, and brings the schema up to date, unless [`PostgresOptions::opening`] says
    /// otherwise. Several processes may do so at once.
    pub async fn open(options: PostgresOptions) -> Result<Self, StoreError> {
        Self::open_with(options, MIGRATIONS).await
    }

    /// The same for a Keymoor that knows these migrations.
    pub(super) async fn open_with(
        options: PostgresOptions,
        known: &[Step],
    ) -> Result<Self, StoreError> {
        let PostgresOptions { connect, connections, opening } = options;
        migrate(&connect, opening, known).await?;
        let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(PATIENCE);
        let notices = Notices::new(connect.clone());
        let readers = pool.connect_with(connect.options(SETTINGS)).await?;
        Ok(Self { readers, clock: Arc::default(), notices })
    }

    pub(super) async fn let_go(&self) {
        self.readers.close().await;
    }

    /// Waits for a change of another process, or of this one.
    pub(super) async fn hear_of_changes(&self) {
        self.notices.next().await;
    }

    /// Begins to write. Changes then lock the row of their counter, so that one ends before the
    /// next goes on and what it reads is what the one before left.
    pub(super) async fn begin_writing(&self) -> Result<Transaction<'static, Database>, StoreError> {
        Ok(self.readers.begin().await?)
    }

    /// Begins to write what can wait: if something stands in its way, or it stands still, it gives
    /// up before those do who wait for it.
    pub(super) async fn begin_yielding(
        &self,
    ) -> Result<Transaction<'static, Database>, StoreError> {
        let mut transaction = self.begin_writing().await?;
        sqlx::raw_sql(YIELDING).execute(&mut *transaction).await?;
        Ok(transaction)
    }

    /// Begins to read what is there at one moment.
    pub(super) async fn begin_reading(&self) -> Result<Transaction<'static, Database>, StoreError> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(self.readers.begin_with(begin).await?)
    }
}

/// Brings the schema up to date. A migration may take longer than a statement. It waits for who holds a table
/// (`admin backup` reads all of them) or migrates it, but everybody who comes later waits behind it: so it
/// steps aside again and again.
async fn migrate(
    connect: &PgConnectOptions,
    opening: Opening,
    known: &[Step],
) -> Result<(), StoreError> {
    for _ in 0..ATTEMPTS {
        let alone = PgPoolOptions::new().max_connections(1).acquire_timeout(PATIENCE);
        let connect = connect.clone().options([("lock_timeout", "1s")]);
        let alone = alone.connect_with(connect).await?;
        let outcome = match migrations::are_due(&alone, opening, known).await {
            Ok(true) => migrations::run(&alone, known).await,
            Ok(false) => Ok(()),
            Err(error) => Err(MigrationError::Failed(error)),
        };
        alone.close().await;
        match outcome {
            Err(MigrationError::Locked) => tokio::time::sleep(ASIDE).await,
            outcome => return Ok(outcome?),
        }
    }
    Err(MigrationError::Locked.into())
}

/// Gives a transaction the time to read or to write everything.
pub(super) async fn take_time(connection: &mut DbConnection) -> Result<(), StoreError> {
    sqlx::raw_sql(UNHURRIED).execute(connection).await?;
    Ok(())
}

/// Rows may come before those that they refer to, until [`check_references`].
pub(super) async fn put_off_references(connection: &mut DbConnection) -> Result<(), StoreError> {
    set_references(connection, "DEFERRABLE INITIALLY DEFERRED").await
}

/// Looks whether every reference leads somewhere.
pub(super) async fn check_references(connection: &mut DbConnection) -> Result<(), StoreError> {
    sqlx::raw_sql("SET CONSTRAINTS ALL IMMEDIATE").execute(&mut *connection).await?;
    set_references(connection, "NOT DEFERRABLE").await
}

async fn set_references(connection: &mut DbConnection, how: &str) -> Result<(), StoreError> {
    for row in sqlx::query(REFERENCES).fetch_all(&mut *connection).await? {
        let (table, name): (String, String) = (row.try_get("name")?, row.try_get("reference")?);
        let text = format!("ALTER TABLE {table} ALTER CONSTRAINT \"{name}\" {how}");
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut *connection).await?;
    }
    Ok(())
}
