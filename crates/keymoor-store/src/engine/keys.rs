use serde_json::json;

use super::{
    driver::{DbConnection, Handle},
    writing::Told,
};
use crate::{
    ChangeKind, Stamp, StoreError, StoredPepper, StoredSigningKey, error::taken, sql, text::encode,
};

impl Handle {
    pub(super) async fn insert_signing_key(
        &self,
        key: &StoredSigningKey,
        youngest: Option<&str>,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_youngest(writing.connection(), youngest).await?;
        sqlx::query(sql::INSERT_SIGNING_KEY)
            .bind(&key.kid)
            .bind(key.algorithm.name())
            .bind(encode(&key.sealed.0))
            .bind(writing.number)
            .bind(key.created_at.seconds())
            .bind(key.signs_from.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken("a signing key with this kid exists already"))?;
        let detail = json!({ "algorithm": key.algorithm.name(), "signs_from": key.signs_from });
        let told = Told { kind: ChangeKind::SigningKeyAdded, subject: key.kid.clone(), detail };
        writing.finish(told, stamp).await
    }

    pub(super) async fn mark_withdrawn(&self, kid: &str, stamp: Stamp) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query_scalar(sql::SIGNING_KEY_WITHDRAWN_AT).bind(kid);
        let found: Option<Option<i64>> = query.fetch_optional(writing.connection()).await?;
        if found.ok_or(StoreError::NotFound("signing key"))?.is_some() {
            return Err(StoreError::Conflict("the signing key was withdrawn before"));
        }
        sqlx::query(sql::WITHDRAW_SIGNING_KEY)
            .bind(stamp.at.seconds())
            .bind(kid)
            .execute(writing.connection())
            .await?;
        let subject = kid.to_owned();
        let told = Told { kind: ChangeKind::SigningKeyWithdrawn, subject, detail: json!({}) };
        writing.finish(told, stamp).await
    }

    pub(super) async fn insert_pepper(
        &self,
        pepper: &StoredPepper,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        sqlx::query(sql::INSERT_PEPPER)
            .bind(pepper.id)
            .bind(encode(&pepper.sealed.0))
            .bind(pepper.created_at.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken("a pepper with this id exists already"))?;
        let kind = ChangeKind::PepperAdded;
        let told = Told { kind, subject: pepper.id.to_string(), detail: json!({}) };
        writing.finish(told, stamp).await
    }
}

async fn check_youngest(
    connection: &mut DbConnection,
    expected: Option<&str>,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::YOUNGEST_SIGNING_KEY);
    let youngest: Option<String> = query.fetch_optional(connection).await?;
    if youngest.as_deref() == expected {
        Ok(())
    } else {
        Err(StoreError::Conflict("another signing key was made meanwhile"))
    }
}
