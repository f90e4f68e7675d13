use std::sync::Arc;

use serde_json::Value;
use sqlx::Transaction;

use super::{
    audit::FROM,
    driver::{ANNOUNCE, Database, DbConnection, Handle},
};
use crate::{ChangeKind, Stamp, StoreError, commit_clock::CommitClock, error::in_doubt, sql};

/// A write transaction. It commits only together with its change number and its audit row; if it
/// is dropped before, nothing has happened.
pub(in super::super) struct Writing {
    transaction: Transaction<'static, Database>,
    /// The change's number, counted without gaps in the order of commits: the counter's row is
    /// locked until then.
    pub(super) number: i64,
    clock: Arc<CommitClock>,
}

/// What a change was, for the audit and the removal feed.
pub(super) struct Told {
    pub(super) kind: ChangeKind,
    pub(super) subject: String,
    /// More about it, for people. Never a secret.
    pub(super) detail: Value,
}

impl Handle {
    /// Begins a change. Nobody else changes anything until it ends: the counter's row is locked.
    pub(in super::super) async fn begin(&self) -> Result<Writing, StoreError> {
        let mut transaction = self.begin_writing().await?;
        let number = next_number(&mut transaction, "changes").await?;
        Ok(Writing { transaction, number, clock: self.clock.clone() })
    }
}

impl Writing {
    pub(super) fn connection(&mut self) -> &mut DbConnection {
        &mut self.transaction
    }

    /// The next integer id of the counter `name`.
    pub(super) async fn next_number(&mut self, name: &'static str) -> Result<i64, StoreError> {
        next_number(&mut self.transaction, name).await
    }

    /// Writes what was done and commits; on disk when this returns.
    pub(super) async fn finish(mut self, told: Told, stamp: Stamp) -> Result<(), StoreError> {
        self.tell(told, stamp).await?;
        self.transaction.commit().await.map_err(in_doubt)
    }

    /// Writes one of several changes that are one: all of them commit, or none.
    pub(super) async fn also(&mut self, told: Told, stamp: Stamp) -> Result<(), StoreError> {
        self.tell(told, stamp).await?;
        self.number = self.next_number("changes").await?;
        Ok(())
    }

    /// The change is told as of now: it has waited for whatever it had to wait for.
    async fn tell(&mut self, mut told: Told, stamp: Stamp) -> Result<(), StoreError> {
        let at = self.clock.now(stamp.at);
        if let (Some(detail), Some(from)) = (told.detail.as_object_mut(), stamp.from) {
            detail.insert(FROM.to_owned(), from.to_string().into());
        }
        sqlx::query(sql::INSERT_CHANGE)
            .bind(self.number)
            .bind(told.kind.name())
            .bind(&told.subject)
            .execute(self.connection())
            .await?;
        sqlx::query(sql::INSERT_AUDIT)
            .bind(self.number)
            .bind(at.seconds())
            .bind(stamp.by.to_string())
            .bind(told.kind.name())
            .bind(&told.subject)
            .bind(told.detail.to_string())
            .execute(self.connection())
            .await?;
        if let Some(query) = ANNOUNCE {
            sqlx::query(query).execute(self.connection()).await?;
        }
        Ok(())
    }
}

async fn next_number(connection: &mut DbConnection, name: &'static str) -> Result<i64, StoreError> {
    let query = sqlx::query_scalar(sql::NEXT_NUMBER).bind(name);
    query.fetch_optional(connection).await?.ok_or_else(gone)
}

/// The installation was moved away, or another one was put in its place ([`crate::Copying`]).
fn gone() -> StoreError {
    StoreError::Unavailable("nothing is changed in it any more: start the server again".to_owned())
}

#[cfg(test)]
impl Writing {
    /// Ends a change that a test began and did nothing in.
    pub(in super::super) async fn tell_for_test(self, stamp: Stamp) -> Result<(), StoreError> {
        let (kind, subject) = (ChangeKind::AccountCreated, String::new());
        self.finish(Told { kind, subject, detail: Value::Null }, stamp).await
    }
}
