use keymoor_core::{ApiKey, TokenId, UnixTime, removals::MEMORY, token::TOKEN_LIFE};
use serde_json::json;

use super::{
    driver::{DbConnection, Handle},
    rows,
    writing::Told,
};
use crate::{ChangeKind, MAX_REVOKED, RemovalBasis, Stamp, StoreError, sql};

impl Handle {
    /// Inserts the `jti`, and forgets those of tokens that have expired since.
    pub(super) async fn insert_revoked(
        &self,
        key: ApiKey,
        token: TokenId,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query_scalar(sql::REVOKED_TOKEN_EXISTS).bind(token.to_string());
        let count: i64 = query.fetch_one(writing.connection()).await?;
        if count > 0 {
            return Ok(false);
        }
        sqlx::query(sql::FORGET_REVOKED_TOKENS)
            .bind(stamp.at.plus(-i64::from(MEMORY)).seconds())
            .execute(writing.connection())
            .await?;
        check_revoked(writing.connection(), key, stamp.at).await?;
        sqlx::query(sql::INSERT_REVOKED_TOKEN)
            .bind(token.to_string())
            .bind(key.to_string())
            .bind(stamp.at.seconds())
            .execute(writing.connection())
            .await?;
        let (kind, detail) = (ChangeKind::AccessTokenRevoked, json!({ "api_key": key }));
        writing.finish(Told { kind, subject: token.to_string(), detail }, stamp).await?;
        Ok(true)
    }

    pub(super) async fn read_basis(&self, since: UnixTime) -> Result<RemovalBasis, StoreError> {
        let mut reading = self.begin_reading().await?;
        let number = sqlx::query_scalar(sql::LAST_CHANGE).fetch_one(&mut *reading).await?;
        let federated = ids(&mut reading, sql::FEDERATED_ORGANIZATIONS).await?;
        let disabled = ids(&mut reading, sql::DISABLED_ORGANIZATIONS).await?;
        let recent = sqlx::query(sql::CHANGES_SINCE).bind(since.seconds());
        let recent = recent.fetch_all(&mut *reading).await?;
        let recent = recent.iter().map(rows::change).collect::<Result<_, _>>()?;
        Ok(RemovalBasis { number, federated, disabled, recent })
    }
}

async fn check_revoked(
    connection: &mut DbConnection,
    key: ApiKey,
    now: UnixTime,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::REVOKED_TOKENS_COUNT)
        .bind(key.to_string())
        .bind(now.plus(-i64::from(TOKEN_LIFE)).seconds());
    let count: i64 = query.fetch_one(connection).await?;
    if count >= i64::from(MAX_REVOKED) {
        return Err(StoreError::Conflict("too many access tokens of the API token were ended"));
    }
    Ok(())
}

async fn ids<T: std::str::FromStr>(
    reading: &mut DbConnection,
    statement: &'static str,
) -> Result<Vec<T>, StoreError> {
    let found = sqlx::query(statement).fetch_all(reading).await?;
    found.iter().map(|row| rows::id(row, "id")).collect()
}
