use keymoor_core::{AccountId, ApiKey};
use serde_json::json;
use sqlx::SqliteConnection;

use super::{
    SqliteStore, accounts,
    connection::taken,
    writing::{Told, Writing},
};
use crate::{ChangeKind, NewApiToken, Removal, Stamp, StoreError, Use, sql, text::encode};

impl SqliteStore {
    pub(super) async fn insert_api_token(
        &self,
        new: &NewApiToken,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        accounts::check_exists(writing.connection(), new.account).await?;
        if let Some(parent) = new.parent {
            check_active(writing.connection(), new.account, parent).await?;
        }
        insert(&mut writing, new, stamp).await?;
        insert_secret(&mut writing, new, stamp).await?;
        let told = Told {
            kind: ChangeKind::ApiTokenCreated,
            subject: new.api_key.to_string(),
            detail: json!({ "account": new.account, "label": new.label, "parent": new.parent }),
        };
        writing.finish(told, stamp).await
    }

    pub(super) async fn mark_removed(
        &self,
        account: AccountId,
        key: ApiKey,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError> {
        let mut writing = self.begin().await?;
        if removed_at(writing.connection(), account, key).await?.is_some() {
            return Err(StoreError::Conflict("the API token was removed before"));
        }
        let reason = reason.map(str::to_owned);
        let removal = Removal { at: stamp.at, by: stamp.by.to_string(), reason };
        sqlx::query(sql::REMOVE_API_TOKEN)
            .bind(removal.at.seconds())
            .bind(&removal.by)
            .bind(&removal.reason)
            .bind(key.to_string())
            .execute(writing.connection())
            .await?;
        let detail = json!({ "account": account, "reason": removal.reason });
        let told = Told { kind: ChangeKind::ApiTokenRemoved, subject: key.to_string(), detail };
        writing.finish(told, stamp).await?;
        Ok(removal)
    }

    /// Not a change anybody made: no audit row, no number.
    pub(super) async fn write_uses(&self, uses: &[Use]) -> Result<(), StoreError> {
        let mut transaction = self.writer.begin_with("BEGIN IMMEDIATE").await?;
        for used in uses {
            let (key, secret) = (used.api_key.to_string(), used.secret.to_string());
            for (statement, id) in [(sql::RECORD_TOKEN_USE, key), (sql::RECORD_SECRET_USE, secret)]
            {
                sqlx::query(statement)
                    .bind(used.last.at.seconds())
                    .bind(used.last.address.to_string())
                    .bind(id)
                    .execute(&mut *transaction)
                    .await?;
            }
        }
        Ok(transaction.commit().await?)
    }
}

async fn insert(writing: &mut Writing, new: &NewApiToken, stamp: Stamp) -> Result<(), StoreError> {
    let limits = serde_json::to_string(&new.limits).map_err(|_| StoreError::Corrupt("limits"))?;
    sqlx::query(sql::INSERT_API_TOKEN)
        .bind(new.api_key.to_string())
        .bind(new.account.to_string())
        .bind(new.label.as_str())
        .bind(limits)
        .bind(new.parent.map(|key| key.to_string()))
        .bind(writing.number)
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("an API token with this key exists already"))?;
    Ok(())
}

async fn insert_secret(
    writing: &mut Writing,
    new: &NewApiToken,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let (pepper, mac) = new.digest.parts();
    sqlx::query(sql::INSERT_API_SECRET)
        .bind(new.secret.to_string())
        .bind(new.api_key.to_string())
        .bind(pepper)
        .bind(encode(mac))
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("an API Secret with this id exists already"))?;
    Ok(())
}

/// When the token was removed; not found if it is not the account's.
async fn removed_at(
    connection: &mut SqliteConnection,
    account: AccountId,
    key: ApiKey,
) -> Result<Option<i64>, StoreError> {
    let query = sqlx::query_scalar(sql::API_TOKEN_REMOVED_AT)
        .bind(account.to_string())
        .bind(key.to_string());
    let found: Option<Option<i64>> = query.fetch_optional(connection).await?;
    found.ok_or(StoreError::NotFound("API token"))
}

async fn check_active(
    connection: &mut SqliteConnection,
    account: AccountId,
    parent: ApiKey,
) -> Result<(), StoreError> {
    match removed_at(connection, account, parent).await? {
        None => Ok(()),
        Some(_) => Err(StoreError::Conflict("the API token that asks was removed")),
    }
}
