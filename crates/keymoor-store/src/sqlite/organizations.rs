use keymoor_core::{AccountId, OrganizationId};
use serde_json::json;
use sqlx::SqliteConnection;

use super::{
    SqliteStore, accounts,
    connection::taken,
    writing::{Told, Writing},
};
use crate::{Attestation, ChangeKind, NewOrganization, Stamp, StoreError, sql};

impl SqliteStore {
    pub(super) async fn insert_organization(
        &self,
        new: &NewOrganization,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        accounts::check_exists(writing.connection(), new.owner).await?;
        insert(&mut writing, new, stamp).await?;
        insert_membership(&mut writing, new.id, new.owner, stamp).await?;
        let detail = json!({ "name": new.name, "owner": new.owner, "federated": new.federated });
        let told =
            Told { kind: ChangeKind::OrganizationCreated, subject: new.id.to_string(), detail };
        writing.finish(told, stamp).await
    }

    pub(super) async fn insert_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        accounts::check_exists(writing.connection(), account).await?;
        check_exists(writing.connection(), organization).await?;
        insert_membership(&mut writing, organization, account, stamp).await?;
        let told = Told {
            kind: ChangeKind::MemberAdded,
            subject: format!("{organization}/{account}"),
            detail: json!({}),
        };
        writing.finish(told, stamp).await
    }

    pub(super) async fn insert_sign_in(
        &self,
        new: &Attestation,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_membership(writing.connection(), new).await?;
        sqlx::query(sql::INSERT_SIGN_IN)
            .bind(writing.number)
            .bind(new.organization.to_string())
            .bind(new.account.to_string())
            .bind("vouched")
            .bind(stamp.at.seconds())
            .bind(new.until.seconds())
            .bind(new.reason.as_str())
            .execute(writing.connection())
            .await?;
        let told = Told {
            kind: ChangeKind::SignInAttested,
            subject: format!("{}/{}", new.organization, new.account),
            detail: json!({ "until": new.until, "reason": new.reason }),
        };
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

async fn insert_membership(
    writing: &mut Writing,
    organization: OrganizationId,
    account: AccountId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    sqlx::query(sql::INSERT_MEMBERSHIP)
        .bind(organization.to_string())
        .bind(account.to_string())
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("the account is a member already"))?;
    Ok(())
}

async fn check_exists(
    connection: &mut SqliteConnection,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::ORGANIZATION_EXISTS).bind(organization.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count == 1 { Ok(()) } else { Err(StoreError::NotFound("organization")) }
}

async fn check_membership(
    connection: &mut SqliteConnection,
    new: &Attestation,
) -> Result<(), StoreError> {
    let count: i64 = sqlx::query_scalar(sql::MEMBERSHIP_EXISTS)
        .bind(new.organization.to_string())
        .bind(new.account.to_string())
        .fetch_one(connection)
        .await?;
    if count == 1 { Ok(()) } else { Err(StoreError::NotFound("membership")) }
}
