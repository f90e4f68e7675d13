use keymoor_core::{AccountId, OrganizationId, name::Label};
use serde_json::json;

use super::{
    accounts,
    driver::{DbConnection, Handle},
    members, service_accounts,
    writing::{Told, Writing},
};
use crate::{ActivityKind, ChangeKind, NewOrganization, Stamp, StoreError, error::taken, sql};

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

    pub(super) async fn write_name(
        &self,
        organization: OrganizationId,
        name: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let subject = organization.to_string();
        let query = sqlx::query(sql::RENAME_ORGANIZATION).bind(name.as_str()).bind(&subject);
        if query.execute(writing.connection()).await?.rows_affected() == 0 {
            return Err(StoreError::NotFound("organization"));
        }
        let (kind, detail) = (ChangeKind::OrganizationRenamed, json!({ "name": name }));
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    pub(super) async fn mark_deleted(
        &self,
        organization: OrganizationId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let subject = organization.to_string();
        let query = sqlx::query(sql::MARK_ORGANIZATION_DELETED).bind(stamp.at.seconds());
        let marked = query.bind(&subject).execute(writing.connection()).await?;
        if marked.rows_affected() == 0 {
            return Err(StoreError::NotFound("organization"));
        }
        service_accounts::erase_all(&mut writing, organization, stamp).await?;
        for statement in FORGET {
            sqlx::query(statement).bind(&subject).execute(writing.connection()).await?;
        }
        let (kind, detail) = (ChangeKind::OrganizationDeleted, json!({}));
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    pub(super) async fn write_owner(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        members::check_membership(writing.connection(), organization, account).await?;
        let before = members::owner(writing.connection(), organization).await?;
        if before == account {
            return Err(StoreError::Conflict("the member is the owner already"));
        }
        check_signs_in(writing.connection(), account).await?;
        members::write_admin(writing.connection(), organization, before, true).await?;
        sqlx::query(sql::SET_OWNER)
            .bind(account.to_string())
            .bind(organization.to_string())
            .execute(writing.connection())
            .await?;
        for whose in [account, before] {
            members::note(&mut writing, organization, whose, ActivityKind::OwnerChanged, stamp)
                .await?;
        }
        let subject = format!("{organization}/{account}");
        let (kind, detail) = (ChangeKind::OwnerChanged, json!({ "before": before }));
        writing.finish(Told { kind, subject, detail }, stamp).await
    }
}

/// What hangs on an organization, in the order in which it can go.
const FORGET: [&str; 20] = [
    sql::CLOSE_SERVICE_ACCOUNTS,
    sql::FORGET_SERVICE_ACCOUNTS,
    sql::FORGET_DOMAINS,
    sql::FORGET_SCIM_SECRETS,
    sql::FORGET_SCIM_USERS,
    sql::FORGET_INVITATION_ROLES,
    sql::FORGET_INVITATIONS,
    sql::FORGET_TEAM_ROLES,
    sql::FORGET_TEAM_MEMBERS,
    sql::FORGET_TEAMS,
    sql::FORGET_ROLES,
    sql::FORGET_SIGN_INS,
    sql::FORGET_SESSION_SIGN_INS,
    sql::FORGET_ORGANIZATION_SESSIONS,
    sql::FORGET_PROVIDER_SIGN_INS,
    sql::FORGET_PROVIDER_SIGN_ONS,
    sql::FORGET_PROVIDER_LINKS,
    sql::FORGET_PROVIDERS,
    sql::FORGET_WATCHED,
    sql::FORGET_MEMBERSHIPS,
];

/// An organization's owner is somebody who can sign in.
async fn check_signs_in(
    connection: &mut DbConnection,
    account: AccountId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::SIGNS_IN).bind(account.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count == 1 { Ok(()) } else { Err(StoreError::Conflict("the member cannot sign in")) }
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

/// What an organization is called.
pub(super) async fn name(
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<String, StoreError> {
    let query = sqlx::query_scalar(sql::ORGANIZATION_NAME).bind(organization.to_string());
    query.fetch_optional(connection).await?.ok_or(StoreError::NotFound("organization"))
}

pub(super) async fn check_exists(
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::ORGANIZATION_EXISTS).bind(organization.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count == 1 { Ok(()) } else { Err(StoreError::NotFound("organization")) }
}
