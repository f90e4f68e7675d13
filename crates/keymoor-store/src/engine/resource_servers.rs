use keymoor_core::ResourceServerId;
use serde_json::json;

use super::{
    driver::{DbConnection, Handle},
    writing::{Told, Writing},
};
use crate::{ChangeKind, ResourceServer, Stamp, StoreError, error::taken, sql, text::encode};

impl Handle {
    pub(super) async fn insert_resource_server(
        &self,
        new: &ResourceServer,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        insert(&mut writing, new, stamp).await?;
        let audience = new.audience.as_str();
        let detail = json!({ "audience": audience, "name": new.name, "scopes": new.scopes });
        let (kind, subject) = (ChangeKind::ResourceServerCreated, new.id.to_string());
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    pub(super) async fn mark_resource_server_removed(
        &self,
        id: ResourceServerId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_active(writing.connection(), id).await?;
        sqlx::query(sql::REMOVE_RESOURCE_SERVER)
            .bind(stamp.at.seconds())
            .bind(stamp.by.to_string())
            .bind(id.to_string())
            .execute(writing.connection())
            .await?;
        let kind = ChangeKind::ResourceServerRemoved;
        writing.finish(Told { kind, subject: id.to_string(), detail: json!({}) }, stamp).await
    }
}

async fn insert(
    writing: &mut Writing,
    new: &ResourceServer,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let scopes = serde_json::to_string(&new.scopes).map_err(|_| StoreError::Corrupt("scopes"))?;
    let (pepper, mac) = new.secret.digest.parts();
    sqlx::query(sql::INSERT_RESOURCE_SERVER)
        .bind(new.id.to_string())
        .bind(new.audience.as_str())
        .bind(new.name.as_str())
        .bind(scopes)
        .bind(new.secret.id.to_string())
        .bind(pepper)
        .bind(encode(mac))
        .bind(writing.number)
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("there is a resource server for this audience already"))?;
    Ok(())
}

async fn check_active(
    connection: &mut DbConnection,
    id: ResourceServerId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::RESOURCE_SERVER_STATE).bind(id.to_string());
    let found: Option<Option<i64>> = query.fetch_optional(connection).await?;
    match found {
        Some(None) => Ok(()),
        _ => Err(StoreError::NotFound("resource server")),
    }
}
