use sqlx::error::DatabaseError;

use crate::unsynced;

/// Why the store did not do what was asked. Nothing has changed then, with one exception:
/// [`StoreError::InDoubt`].
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The named thing does not exist, or not for this account.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// What is there already stands against it.
    #[error("{0}")]
    Conflict(&'static str),
    /// Another transaction stood in the way. Nothing happened; tried again, it may.
    #[error("another change stood in the way")]
    Contended,
    /// The database cannot be used now: locked, full, broken or gone.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database went away while it was told to commit: the change may or may not have been made.
    #[error(
        "the database went away during the change, which may or may not have been made ({0}): look \
         before trying again"
    )]
    InDoubt(String),
    /// A row does not hold what Keymoor wrote.
    #[error("the database holds an invalid {0}")]
    Corrupt(&'static str),
}

/// PostgreSQL's codes of a transaction that was given up because of another one:
/// `serialization_failure`, `deadlock_detected` and `lock_not_available`.
const GIVEN_UP: [&str; 3] = ["40001", "40P01", "55P03"];

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(DatabaseError::code);
        if let Some(code) = &code {
            unsynced::note(code);
        }
        if code.is_some_and(|code| GIVEN_UP.contains(&&*code)) {
            return Self::Contended;
        }
        Self::Unavailable(error.to_string())
    }
}

/// What a commit that failed means.
pub(crate) fn in_doubt(error: sqlx::Error) -> StoreError {
    match error.into() {
        StoreError::Unavailable(why) => StoreError::InDoubt(why),
        other => other,
    }
}

/// What to say instead if `error` is that a key exists already.
pub(crate) fn taken(what: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |error| {
        let unique = error.as_database_error().is_some_and(DatabaseError::is_unique_violation);
        if unique { StoreError::Conflict(what) } else { error.into() }
    }
}
