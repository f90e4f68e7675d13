use keymoor_core::{ApiKey, SecretId, digest::SecretDigest};
use serde_json::json;

use super::{
    activity,
    driver::{DbConnection, Handle},
    rows,
    writing::{Told, Writing},
};
use crate::{
    ActivityKind, ApiSecretRecord, ChangeKind, MAX_SECRETS, NewApiSecret, Stamp, StoreError,
    error::taken, sql, text::encode,
};

impl Handle {
    pub(super) async fn append_secret(
        &self,
        new: &NewApiSecret,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_active(writing.connection(), new.api_key).await?;
        if open_secrets(writing.connection(), new.api_key).await?.len() >= MAX_SECRETS {
            return Err(StoreError::Conflict(
                "the API token has two open secrets already: close one first",
            ));
        }
        insert(&mut writing, new.api_key, new.secret, &new.digest, stamp).await?;
        let subject = format!("{}/{}", new.api_key, new.secret);
        let kind = ActivityKind::ApiSecretAdded;
        activity::note_of_token(writing.connection(), new.api_key, kind, stamp).await?;
        let told = Told { kind: ChangeKind::ApiSecretAdded, subject, detail: json!({}) };
        writing.finish(told, stamp).await
    }

    pub(super) async fn close_secret(
        &self,
        key: ApiKey,
        secret: SecretId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let all = secrets(writing.connection(), key).await?;
        let found = all.iter().find(|one| one.id == secret);
        if found.ok_or(StoreError::NotFound("API Secret"))?.closed_at.is_some() {
            return Err(StoreError::Conflict("the API Secret was closed before"));
        }
        if all.iter().filter(|one| one.closed_at.is_none()).count() == 1 {
            return Err(StoreError::Conflict(
                "it is the only open secret: remove the API token instead, or add a secret first",
            ));
        }
        sqlx::query(sql::CLOSE_API_SECRET)
            .bind(stamp.at.seconds())
            .bind(secret.to_string())
            .execute(writing.connection())
            .await?;
        let subject = format!("{key}/{secret}");
        let kind = ActivityKind::ApiSecretClosed;
        activity::note_of_token(writing.connection(), key, kind, stamp).await?;
        let told = Told { kind: ChangeKind::ApiSecretClosed, subject, detail: json!({}) };
        writing.finish(told, stamp).await
    }
}

pub(super) async fn insert(
    writing: &mut Writing,
    key: ApiKey,
    secret: SecretId,
    digest: &SecretDigest,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let (pepper, mac) = digest.parts();
    sqlx::query(sql::INSERT_API_SECRET)
        .bind(secret.to_string())
        .bind(key.to_string())
        .bind(pepper)
        .bind(encode(mac))
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("an API Secret with this id exists already"))?;
    Ok(())
}

async fn check_active(connection: &mut DbConnection, key: ApiKey) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::API_TOKEN_STATE).bind(key.to_string());
    let found: Option<Option<i64>> = query.fetch_optional(connection).await?;
    match found {
        None => Err(StoreError::NotFound("API token")),
        Some(None) => Ok(()),
        Some(Some(_)) => Err(StoreError::Conflict("the API token was removed")),
    }
}

async fn secrets(
    connection: &mut DbConnection,
    key: ApiKey,
) -> Result<Vec<ApiSecretRecord>, StoreError> {
    let query = sqlx::query(sql::API_SECRETS).bind(key.to_string());
    query.fetch_all(connection).await?.iter().map(rows::api_secret).collect()
}

async fn open_secrets(
    connection: &mut DbConnection,
    key: ApiKey,
) -> Result<Vec<ApiSecretRecord>, StoreError> {
    let all = secrets(connection, key).await?;
    Ok(all.into_iter().filter(|one| one.closed_at.is_none()).collect())
}
