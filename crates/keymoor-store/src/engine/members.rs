use keymoor_core::{AccountId, OrganizationId};
use serde_json::json;

use super::{
    accounts,
    activity::{self, Happened},
    driver::{DbConnection, Handle},
    organizations,
    writing::{Told, Writing},
};
use crate::{
    ActivityKind, Attestation, ChangeKind, Stamp, StoreError, error::taken, sql, text::parse,
};

/// What hangs on a membership, in the order in which it can go.
const FORGET: [&str; 8] = [
    sql::LEAVE_PROVISIONING,
    sql::TAKE_ROLES_OF_MEMBER,
    sql::LEAVE_TEAMS,
    sql::DELETE_SIGN_INS,
    sql::DELETE_SIGN_INS_THROUGH,
    sql::DELETE_LEAVERS_SESSION_SIGN_INS,
    sql::DELETE_LEAVERS_SESSIONS,
    sql::DELETE_MEMBERSHIP,
];

impl Handle {
    pub(super) async fn insert_member(
        &self,
        organization: OrganizationId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        accounts::check_exists(writing.connection(), account).await?;
        organizations::check_exists(writing.connection(), organization).await?;
        check_person(
            writing.connection(),
            account,
            "a service account belongs to its own organization alone",
        )
        .await?;
        insert_membership(&mut writing, organization, account, stamp).await?;
        note(&mut writing, organization, account, ActivityKind::MemberAdded, stamp).await?;
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
        if owner(writing.connection(), organization).await? == account {
            return Err(StoreError::Conflict("the owner stays a member"));
        }
        check_person(
            writing.connection(),
            account,
            "a service account does not leave its organization: delete the service account instead",
        )
        .await?;
        note(&mut writing, organization, account, ActivityKind::MemberRemoved, stamp).await?;
        forget(writing.connection(), organization, account).await?;
        let subject = format!("{organization}/{account}");
        let told = Told { kind: ChangeKind::MemberRemoved, subject, detail: json!({}) };
        writing.finish(told, stamp).await
    }

    pub(super) async fn write_admin(
        &self,
        organization: OrganizationId,
        account: AccountId,
        admin: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_membership(writing.connection(), organization, account).await?;
        if owner(writing.connection(), organization).await? == account {
            return Err(StoreError::Conflict("the owner stays an administrator"));
        }
        let query = sqlx::query_scalar(sql::IS_ADMINISTRATOR).bind(organization.to_string());
        let query = query.bind(account.to_string());
        let before: bool = query.fetch_one(writing.connection()).await?;
        let kind = turned(before, admin)?;
        check_person(
            writing.connection(),
            account,
            "a service account cannot be an administrator: give it roles in a team instead",
        )
        .await?;
        let activity = if admin {
            ActivityKind::AdministratorAppointed
        } else {
            ActivityKind::AdministratorDismissed
        };
        note(&mut writing, organization, account, activity, stamp).await?;
        write_admin(writing.connection(), organization, account, admin).await?;
        let subject = format!("{organization}/{account}");
        writing.finish(Told { kind, subject, detail: json!({}) }, stamp).await
    }

    pub(super) async fn insert_sign_in(
        &self,
        new: &Attestation,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        check_membership(writing.connection(), new.organization, new.account).await?;
        check_person(
            writing.connection(),
            new.account,
            "a service account has no sign-in to attest: an administrator of its organization renews \
             the service account",
        )
        .await?;
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

/// Ends a membership with what hangs on it.
pub(super) async fn forget(
    connection: &mut DbConnection,
    organization: OrganizationId,
    account: AccountId,
) -> Result<(), StoreError> {
    for statement in FORGET {
        let query = sqlx::query(statement).bind(organization.to_string());
        query.bind(account.to_string()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Refuses for a service account, for that reason.
async fn check_person(
    connection: &mut DbConnection,
    account: AccountId,
    why: &'static str,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::IS_SERVICE_ACCOUNT).bind(account.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count == 0 { Ok(()) } else { Err(StoreError::Conflict(why)) }
}

/// Notes what happened to a member, for that member.
pub(super) async fn note(
    writing: &mut Writing,
    organization: OrganizationId,
    account: AccountId,
    kind: ActivityKind,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let name = organizations::name(writing.connection(), organization).await?;
    let happened = Happened { account, kind, subject: organization.to_string(), label: &name };
    activity::note(writing.connection(), &happened, stamp).await
}

pub(super) async fn insert_membership(
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

pub(super) async fn check_membership(
    connection: &mut DbConnection,
    organization: OrganizationId,
    account: AccountId,
) -> Result<(), StoreError> {
    let found = is_member(connection, organization, account).await?;
    if found { Ok(()) } else { Err(StoreError::NotFound("membership")) }
}

pub(super) async fn is_member(
    connection: &mut DbConnection,
    organization: OrganizationId,
    account: AccountId,
) -> Result<bool, StoreError> {
    let query = sqlx::query_scalar(sql::MEMBERSHIP_EXISTS).bind(organization.to_string());
    let count: i64 = query.bind(account.to_string()).fetch_one(connection).await?;
    Ok(count == 1)
}

pub(super) async fn owner(
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<AccountId, StoreError> {
    let query = sqlx::query_scalar(sql::ORGANIZATION_OWNER).bind(organization.to_string());
    let owner: String = query.fetch_one(connection).await?;
    parse(&owner, "owner")
}

fn turned(before: bool, admin: bool) -> Result<ChangeKind, StoreError> {
    match (before, admin) {
        (false, true) => Ok(ChangeKind::AdministratorAppointed),
        (true, false) => Ok(ChangeKind::AdministratorDismissed),
        (true, true) => Err(StoreError::Conflict("the member is an administrator already")),
        (false, false) => Err(StoreError::Conflict("the member is no administrator")),
    }
}

pub(super) async fn write_admin(
    connection: &mut DbConnection,
    organization: OrganizationId,
    account: AccountId,
    admin: bool,
) -> Result<(), StoreError> {
    sqlx::query(sql::SET_ADMINISTRATOR)
        .bind(organization.to_string())
        .bind(account.to_string())
        .bind(admin)
        .execute(connection)
        .await?;
    Ok(())
}
