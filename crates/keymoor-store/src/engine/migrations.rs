use sqlx::{
    AssertSqlSafe, Pool, SqlSafeStr,
    error::DatabaseError,
    migrate::{MigrateError, Migration, MigrationType, Migrator},
};

use super::driver::{Database, HAS_MIGRATIONS};
use crate::{Opening, StoreError, sql};

/// Its number, its name and its text.
pub(in super::super) type Step = (i64, &'static str, &'static str);

/// Every migration in order. A released one is never changed: a database remembers its text. A new one
/// only adds (docs/upgrade.md), since servers of the version before go on meanwhile (s89).
pub(in super::super) const MIGRATIONS: &[Step] = &[
    (1, "first", include_str!("../../migrations/0001_first.sql")),
    (2, "removals", include_str!("../../migrations/0002_removals.sql")),
    (3, "portal", include_str!("../../migrations/0003_portal.sql")),
    (4, "organizations", include_str!("../../migrations/0004_organizations.sql")),
    (5, "sign on", include_str!("../../migrations/0005_sign_on.sql")),
    (6, "portal again", include_str!("../../migrations/0006_portal_again.sql")),
    (7, "revocations", include_str!("../../migrations/0007_revocations.sql")),
    (8, "service accounts", include_str!("../../migrations/0008_service_accounts.sql")),
    (9, "domains", include_str!("../../migrations/0009_domains.sql")),
    (10, "scim", include_str!("../../migrations/0010_scim.sql")),
    (11, "proofs", include_str!("../../migrations/0011_proofs.sql")),
    (12, "newcomers", include_str!("../../migrations/0012_newcomers.sql")),
    (13, "refused calls", include_str!("../../migrations/0013_refused_calls.sql")),
    (14, "grants", include_str!("../../migrations/0014_grants.sql")),
    (15, "newest API tokens", include_str!("../../migrations/0015_newest_api_tokens.sql")),
    (
        16,
        "refresh token generations",
        include_str!("../../migrations/0016_refresh_token_generations.sql"),
    ),
    (17, "found by index", include_str!("../../migrations/0017_found_by_index.sql")),
];

/// Why a database is not of the schema that it should be of.
#[derive(Debug)]
pub(in super::super) enum MigrationError {
    /// Somebody else used a table for longer than a migration waits.
    Locked,
    /// Anything else.
    Failed(StoreError),
}

impl From<MigrationError> for StoreError {
    fn from(error: MigrationError) -> Self {
        match error {
            MigrationError::Locked => Self::Unavailable(String::from(IN_USE)),
            MigrationError::Failed(error) => error,
        }
    }
}

const IN_USE: &str = "its schema cannot be brought up to date, since something has been using a table for \
    minutes, such as a backup. Start the server again when that is over";

/// Of PostgreSQL: a lock was not there in time (`lock_not_available`).
const NO_LOCK: &str = "55P03";

/// Whether `migrations` are to be applied to the database, as `opening` has it.
pub(in super::super) async fn are_due(
    pool: &Pool<Database>,
    opening: Opening,
    migrations: &[Step],
) -> Result<bool, StoreError> {
    let tables: i64 = sqlx::query_scalar(HAS_MIGRATIONS).fetch_one(pool).await?;
    let found: Option<i64> = match tables {
        0 => None,
        _ => sqlx::query_scalar(sql::SCHEMA).fetch_one(pool).await?,
    };
    let known = migrations.last().map_or(0, |&(version, ..)| version);
    opening.migrates(found, known)
}

/// Applies what is missing of `migrations`. A database that knows others, which a newer or another
/// Keymoor made, is left as it is.
pub(in super::super) async fn run(
    pool: &Pool<Database>,
    migrations: &[Step],
) -> Result<(), MigrationError> {
    let migrations = migrations.iter().map(|&(version, name, sql)| {
        let sql = AssertSqlSafe(sql).into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, sql, false)
    });
    let migrator = Migrator::with_migrations(migrations.collect());
    migrator.run(pool).await.map_err(explain)
}

fn explain(error: MigrateError) -> MigrationError {
    let (MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) = &error else {
        return MigrationError::Failed(StoreError::Unavailable(told(error)));
    };
    let database = cause.as_database_error().and_then(DatabaseError::code);
    if database.as_deref() == Some(NO_LOCK) {
        return MigrationError::Locked;
    }
    MigrationError::Failed(StoreError::Unavailable(error.to_string()))
}

fn told(error: MigrateError) -> String {
    match error {
        MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => {
            format!(
                "it was made by a newer Keymoor (schema {version}). Run that one, or restore a \
                 backup from before the upgrade"
            )
        }
        MigrateError::VersionMismatch(version) => {
            format!("schema {version} is not the one that this Keymoor knows")
        }
        other => other.to_string(),
    }
}
