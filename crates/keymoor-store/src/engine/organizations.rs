use keymoor_core::{AccountId, OrganizationId};
use serde_json::json;
use sqlx::Row;

use super::{
    accounts,
    driver::{DbConnection, Handle},
    rows,
    writing::{Told, Writing},
};
use crate::{Attestation, ChangeKind, NewOrganization, Stamp, StoreError, error::taken, sql};

impl Handle {
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
        let kind = if new.federated {
            ChangeKind::FederatedOrganizationCreated
        } else {
            ChangeKind::OrganizationCreated
        };
        let told = Told { kind, subject: new.id.to_string(), detail };
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

    pub(super) async fn delete_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_membership(writing.connection(), organization, account).await?;
        if state(writing.connection(), organization).await?.owner == account {
            return Err(StoreError::Conflict("the owner stays a member"));
        }
        for statement in [sql::DELETE_SIGN_INS, sql::DELETE_MEMBERSHIP] {
            sqlx::query(statement)
                .bind(organization.to_string())
                .bind(account.to_string())
                .execute(writing.connection())
                .await?;
        }
        let subject = format!("{organization}/{account}");
        let told = Told { kind: ChangeKind::MemberRemoved, subject, detail: json!({}) };
        writing.finish(told, stamp).await
    }

    pub(super) async fn mark_organization(
        &self,
        organization: OrganizationId,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let before = state(writing.connection(), organization).await?.disabled;
        let kind = match (before, disabled) {
            (false, true) => ChangeKind::OrganizationDisabled,
            (true, false) => ChangeKind::OrganizationEnabled,
            (true, true) => {
                return Err(StoreError::Conflict("the organization is disabled already"));
            }
            (false, false) => return Err(StoreError::Conflict("the organization is not disabled")),
        };
        sqlx::query(sql::SET_ORGANIZATION_DISABLED_AT)
            .bind(disabled.then_some(stamp.at.seconds()))
            .bind(organization.to_string())
            .execute(writing.connection())
            .await?;
        let told = Told { kind, subject: organization.to_string(), detail: json!({}) };
        writing.finish(told, stamp).await
    }

    pub(super) async fn set_federated(
        &self,
        organization: OrganizationId,
        federated: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let before = state(writing.connection(), organization).await?.federated;
        let kind = match (before, federated) {
            (false, true) => ChangeKind::OrganizationFederated,
            (true, false) => ChangeKind::OrganizationUnfederated,
            (true, true) => {
                return Err(StoreError::Conflict("the organization is federated already"));
            }
            (false, false) => {
                return Err(StoreError::Conflict("the organization is not federated"));
            }
        };
        sqlx::query(sql::SET_ORGANIZATION_FEDERATED)
            .bind(federated)
            .bind(organization.to_string())
            .execute(writing.connection())
            .await?;
        let told = Told { kind, subject: organization.to_string(), detail: json!({}) };
        writing.finish(told, stamp).await
    }

    pub(super) async fn insert_sign_in(
        &self,
        new: &Attestation,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_membership(writing.connection(), new.organization, new.account).await?;
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
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::ORGANIZATION_EXISTS).bind(organization.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count == 1 { Ok(()) } else { Err(StoreError::NotFound("organization")) }
}

async fn check_membership(
    connection: &mut DbConnection,
    organization: OrganizationId,
    account: AccountId,
) -> Result<(), StoreError> {
    let count: i64 = sqlx::query_scalar(sql::MEMBERSHIP_EXISTS)
        .bind(organization.to_string())
        .bind(account.to_string())
        .fetch_one(connection)
        .await?;
    if count == 1 { Ok(()) } else { Err(StoreError::NotFound("membership")) }
}

/// What is so of an organization before a change.
struct State {
    owner: AccountId,
    federated: bool,
    disabled: bool,
}

async fn state(
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<State, StoreError> {
    let query = sqlx::query(sql::ORGANIZATION_STATE).bind(organization.to_string());
    let row = query.fetch_optional(connection).await?;
    let row = row.ok_or(StoreError::NotFound("organization"))?;
    Ok(State {
        owner: rows::id(&row, "owner")?,
        federated: row.try_get("federated")?,
        disabled: rows::optional_time(&row, "disabled_at")?.is_some(),
    })
}
