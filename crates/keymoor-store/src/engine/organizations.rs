use keymoor_core::OrganizationId;
use serde_json::json;

use super::{
    accounts,
    driver::{DbConnection, Handle},
    members,
    writing::{Told, Writing},
};
use crate::{ChangeKind, NewOrganization, Stamp, StoreError, error::taken, sql};

impl Handle {
    pub(super) async fn insert_organization(
        &self,
        new: &NewOrganization,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        accounts::check_exists(writing.connection(), new.owner).await?;
        insert(&mut writing, new, stamp).await?;
        members::insert_membership(&mut writing, new.id, new.owner, stamp).await?;
        let detail = json!({ "name": new.name, "owner": new.owner, "federated": new.federated });
        let kind = if new.federated {
            ChangeKind::FederatedOrganizationCreated
        } else {
            ChangeKind::OrganizationCreated
        };
        let told = Told { kind, subject: new.id.to_string(), detail };
        writing.finish(told, stamp).await
    }
}

async fn insert(
    writing: &mut Writing,
    new: &NewOrganization,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let number = writing.next_number("organizations").await?;
    sqlx::query(sql::INSERT_ORGANIZATION)
        .bind(new.id.to_string())
        .bind(number)
        .bind(new.name.as_str())
        .bind(new.owner.to_string())
        .bind(new.federated)
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("an organization with this id exists already"))?;
    Ok(())
}

pub(super) async fn check_exists(
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::ORGANIZATION_EXISTS).bind(organization.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count == 1 { Ok(()) } else { Err(StoreError::NotFound("organization")) }
}
