use keymoor_core::{
    RoleId,
    permission::{Permission, Permissions},
};
use serde_json::json;
use sqlx::Row;

use super::{
    driver::{DbRow, Handle},
    organizations, rows, seats,
    writing::{Told, Writing},
};
use crate::{ChangeKind, NewRole, Role, RoleChange, Stamp, StoreError, error::taken, sql};

const TAKEN: &str = "the organization has a role of this name already";

impl Handle {
    pub(super) async fn insert_role(&self, new: &NewRole, stamp: Stamp) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        organizations::check_exists(writing.connection(), new.organization).await?;
        sqlx::query(sql::INSERT_ROLE)
            .bind(new.id.to_string())
            .bind(new.organization.to_string())
            .bind(new.role.name.as_str())
            .bind(&new.role.description)
            .bind(text(&new.role.permissions))
            .bind(stamp.at.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken(TAKEN))?;
        let subject = format!("{}/{}", new.organization, new.id);
        let (kind, detail) = (ChangeKind::RoleCreated, detail(&new.role));
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    pub(super) async fn update_role(
        &self,
        id: RoleId,
        change: &RoleChange,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query_scalar(sql::CHANGE_ROLE)
            .bind(change.name.as_str())
            .bind(&change.description)
            .bind(text(&change.permissions))
            .bind(stamp.at.seconds())
            .bind(id.to_string());
        let found: Option<String> =
            query.fetch_optional(writing.connection()).await.map_err(taken(TAKEN))?;
        let organization = found.ok_or(StoreError::NotFound("role"))?;
        let (kind, detail) = (ChangeKind::RoleChanged, detail(change));
        writing.finish(Told { kind, subject: format!("{organization}/{id}"), detail }, stamp).await
    }

    pub(super) async fn erase_role(&self, id: RoleId, stamp: Stamp) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        for statement in [sql::TAKE_ROLE_FROM_MEMBERS, sql::TAKE_ROLE_FROM_INVITATIONS] {
            sqlx::query(statement).bind(id.to_string()).execute(writing.connection()).await?;
        }
        let organization = erase(&mut writing, sql::DELETE_ROLE, id.to_string(), "role").await?;
        let (kind, detail) = (ChangeKind::RoleDeleted, json!({}));
        writing.finish(Told { kind, subject: format!("{organization}/{id}"), detail }, stamp).await
    }
}

/// Deletes the row of that id by `statement`, which gives the organization that it was of.
pub(super) async fn erase(
    writing: &mut Writing,
    statement: &'static str,
    id: String,
    what: &'static str,
) -> Result<String, StoreError> {
    let query = sqlx::query_scalar(statement).bind(id);
    query.fetch_optional(writing.connection()).await?.ok_or(StoreError::NotFound(what))
}

fn names(permissions: &Permissions) -> Vec<&'static str> {
    permissions.iter().copied().map(Permission::name).collect()
}

fn text(permissions: &Permissions) -> String {
    json!(names(permissions)).to_string()
}

fn detail(role: &RoleChange) -> serde_json::Value {
    json!({ "name": role.name, "permissions": names(&role.permissions) })
}

pub(super) fn role(row: &DbRow) -> Result<Role, StoreError> {
    Ok(Role {
        id: rows::id(row, "id")?,
        organization: rows::id(row, "organization")?,
        name: rows::label(row, "name")?,
        description: row.try_get("description")?,
        permissions: seats::permissions(row)?,
        edited_at: rows::time(row, "edited_at")?,
    })
}
