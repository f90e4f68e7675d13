use serde_json::json;

use super::{SqliteStore, connection::taken, writing::Told};
use crate::{ChangeKind, Stamp, StoreError, StoredPepper, StoredSigningKey, sql, text::encode};

impl SqliteStore {
    pub(super) async fn insert_signing_key(
        &self,
        key: &StoredSigningKey,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        sqlx::query(sql::INSERT_SIGNING_KEY)
            .bind(&key.kid)
            .bind(key.algorithm.name())
            .bind(encode(&key.sealed.0))
            .bind(writing.number)
            .bind(key.created_at.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken("a signing key with this kid exists already"))?;
        let detail = json!({ "algorithm": key.algorithm.name() });
        let told = Told { kind: ChangeKind::SigningKeyAdded, subject: key.kid.clone(), detail };
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
