use serde_json::Value;
use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::SqliteStore;
use crate::{ChangeKind, Stamp, StoreError, sql};

/// A write transaction. It commits only together with its change number and its audit row; if it
/// is dropped before, nothing has happened.
pub(super) struct Writing {
    transaction: Transaction<'static, Sqlite>,
    /// The change's number, counted without gaps in the order of commits: the counter's row is
    /// locked until then.
    pub(super) number: i64,
}

/// What a change was, for the audit and the removal feed.
pub(super) struct Told {
    pub(super) kind: ChangeKind,
    pub(super) subject: String,
    /// More about it, for people. Never a secret.
    pub(super) detail: Value,
}

impl SqliteStore {
    /// Begins a change: nobody else writes until it ends.
    pub(super) async fn begin(&self) -> Result<Writing, StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        let number = next_number(&mut transaction, "changes").await?;
        Ok(Writing { transaction, number })
    }
}

impl Writing {
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }

    /// The next integer id of the counter `name`.
    pub(super) async fn next_number(&mut self, name: &'static str) -> Result<i64, StoreError> {
        next_number(&mut self.transaction, name).await
    }

    /// Writes what was done and commits; on disk when this returns.
    pub(super) async fn finish(mut self, told: Told, stamp: Stamp) -> Result<(), StoreError> {
        sqlx::query(sql::INSERT_CHANGE)
            .bind(self.number)
            .bind(told.kind.name())
            .bind(&told.subject)
            .execute(self.connection())
            .await?;
        sqlx::query(sql::INSERT_AUDIT)
            .bind(self.number)
            .bind(stamp.at.seconds())
            .bind(stamp.by.to_string())
            .bind(told.kind.name())
            .bind(&told.subject)
            .bind(told.detail.to_string())
            .execute(self.connection())
            .await?;
        Ok(self.transaction.commit().await?)
    }
}

async fn next_number(
    connection: &mut SqliteConnection,
    name: &'static str,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(sql::NEXT_NUMBER).bind(name).fetch_one(connection).await?)
}
