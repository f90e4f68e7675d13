//! What provisioning says of people, and what becomes of their memberships.

use keymoor_core::{AccountId, OrganizationId, ScimUserId, scim::User};
use serde_json::{Value, json};
use sqlx::Row;

use super::{
    driver::{DbConnection, DbRow, Handle},
    members, organizations, rows,
    writing::{Told, Writing},
};
use crate::{
    ActivityKind, ChangeKind, IdentityProvider, MAX_SCIM_USERS, OWNER_IS_NOT_PROVISIONED, ScimUser,
    Stamp, StoreError, error::taken, sql,
};

const TAKEN: &str = "the userName, the externalId or the member belongs to another user";

pub(super) fn user(row: &DbRow) -> Result<ScimUser, StoreError> {
    let damaged = StoreError::Corrupt("provisioned user");
    let text: &str = row.try_get("resource")?;
    let resource: Value = serde_json::from_str(text).map_err(|_| damaged)?;
    let user = User::read(&resource).map_err(|_| StoreError::Corrupt("provisioned user"))?;
    let account = rows::optional_text(row, "account")?;
    Ok(ScimUser {
        id: rows::id(row, "id")?,
        organization: rows::id(row, "organization")?,
        user: User { active: row.try_get("active")?, ..user },
        account: account.map(|id| crate::text::parse(&id, "account")).transpose()?,
        created_at: rows::time(row, "created_at")?,
        updated_at: rows::time(row, "updated_at")?,
    })
}

/// Who a person of the provider is by provisioning.
pub(super) async fn of_person(
    connection: &mut DbConnection,
    provider: &IdentityProvider,
    subject: &str,
    email: Option<&str>,
) -> Result<Option<ScimUser>, StoreError> {
    let query = sqlx::query(sql::PROVISIONED)
        .bind(provider.organization.to_string())
        .bind(subject)
        .bind(email.map(str::to_lowercase))
        .bind(provider.id.to_string());
    query.fetch_optional(connection).await?.as_ref().map(user).transpose()
}

/// Says whose account it is.
pub(super) async fn set_account(
    connection: &mut DbConnection,
    id: ScimUserId,
    account: AccountId,
) -> Result<(), StoreError> {
    let query = sqlx::query(sql::SET_SCIM_USER_ACCOUNT).bind(account.to_string());
    query.bind(id.to_string()).execute(connection).await.map_err(taken(TAKEN))?;
    Ok(())
}

/// Whose account it is, and whether provisioning ended the membership.
#[derive(Clone, Copy, Default)]
struct State {
    account: Option<AccountId>,
    ended: bool,
}

impl Handle {
    pub(super) async fn insert_scim_user(
        &self,
        new: &ScimUser,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        organizations::check_exists(writing.connection(), new.organization).await?;
        let query = sqlx::query_scalar(sql::SCIM_USERS_OF).bind(new.organization.to_string());
        let count: i64 = query.fetch_one(writing.connection()).await?;
        if count >= MAX_SCIM_USERS {
            return Err(StoreError::Conflict("there are 200000 users, the most there can be"));
        }
        let (state, kind) = settle(&mut writing, new, State::default(), stamp).await?;
        sqlx::query(sql::INSERT_SCIM_USER)
            .bind(new.id.to_string())
            .bind(new.organization.to_string())
            .bind(new.user.user_name.to_lowercase())
            .bind(&new.user.external_id)
            .bind(new.user.address().map(str::to_lowercase))
            .bind(new.user.active)
            .bind(Value::Object(new.user.write()).to_string())
            .bind(state.account.map(|account| account.to_string()))
            .bind(state.ended)
            .bind(stamp.at.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken(TAKEN))?;
        let kind = kind.unwrap_or(ChangeKind::ScimUserCreated);
        writing.finish(told(kind, new, state), stamp).await
    }

    pub(super) async fn update_scim_user(
        &self,
        before: &User,
        changed: &ScimUser,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        let mut writing = self.begin().await?;
        let found = stored(writing.connection(), changed.organization, changed.id).await?;
        if found.user != *before {
            return Ok(false);
        }
        let before = state(writing.connection(), changed.organization, changed.id).await?;
        let (state, kind) = settle(&mut writing, changed, before, stamp).await?;
        sqlx::query(sql::CHANGE_SCIM_USER)
            .bind(changed.user.user_name.to_lowercase())
            .bind(&changed.user.external_id)
            .bind(changed.user.address().map(str::to_lowercase))
            .bind(changed.user.active)
            .bind(Value::Object(changed.user.write()).to_string())
            .bind(state.account.map(|account| account.to_string()))
            .bind(state.ended)
            .bind(stamp.at.seconds())
            .bind(changed.id.to_string())
            .execute(writing.connection())
            .await
            .map_err(taken(TAKEN))?;
        let kind = kind.unwrap_or(ChangeKind::ScimUserChanged);
        writing.finish(told(kind, changed, state), stamp).await?;
        Ok(true)
    }

    pub(super) async fn erase_scim_user(
        &self,
        organization: OrganizationId,
        id: ScimUserId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let mut found = stored(writing.connection(), organization, id).await?;
        found.user.active = false;
        let before = state(writing.connection(), organization, id).await?;
        let (state, kind) = settle(&mut writing, &found, before, stamp).await?;
        let query = sqlx::query(sql::DELETE_SCIM_USER).bind(organization.to_string());
        query.bind(id.to_string()).execute(writing.connection()).await?;
        let kind = kind.unwrap_or(ChangeKind::ScimUserDeleted);
        writing.finish(told(kind, &found, state), stamp).await
    }
}

/// What is said of a person at present.
async fn stored(
    connection: &mut DbConnection,
    organization: OrganizationId,
    id: ScimUserId,
) -> Result<ScimUser, StoreError> {
    let query = sqlx::query(sql::SCIM_USER).bind(organization.to_string());
    let row = query.bind(id.to_string()).fetch_optional(connection).await?;
    user(&row.ok_or(StoreError::NotFound("user"))?)
}

async fn state(
    connection: &mut DbConnection,
    organization: OrganizationId,
    id: ScimUserId,
) -> Result<State, StoreError> {
    let query = sqlx::query(sql::SCIM_USER_STATE).bind(organization.to_string());
    let row = query.bind(id.to_string()).fetch_optional(connection).await?;
    let row = row.ok_or(StoreError::NotFound("user"))?;
    let account = rows::optional_text(&row, "account")?;
    let account = account.map(|id| crate::text::parse(&id, "account")).transpose()?;
    Ok(State { account, ended: row.try_get("ended")? })
}

/// Carries out what is said of a person: ends the membership of who is not active, and brings back what
/// was ended so. What became of the membership, if anything.
async fn settle(
    writing: &mut Writing,
    said: &ScimUser,
    before: State,
    stamp: Stamp,
) -> Result<(State, Option<ChangeKind>), StoreError> {
    let organization = said.organization;
    let account = match before.account {
        Some(account) => Some(account),
        None => linked(writing.connection(), said).await?,
    };
    let Some(person) = account else {
        return Ok((State::default(), None));
    };
    let member = members::is_member(writing.connection(), organization, person).await?;
    if !said.user.active && member {
        if members::owner(writing.connection(), organization).await? == person {
            return Err(StoreError::Conflict(OWNER_IS_NOT_PROVISIONED));
        }
        members::note(writing, organization, person, ActivityKind::MemberRemoved, stamp).await?;
        members::forget(writing.connection(), organization, person).await?;
        return Ok((State { account, ended: true }, Some(ChangeKind::MemberRemoved)));
    }
    if said.user.active && !member && before.ended {
        members::insert_membership(writing, organization, person, stamp).await?;
        members::note(writing, organization, person, ActivityKind::MemberAdded, stamp).await?;
        return Ok((State { account, ended: false }, Some(ChangeKind::MemberAdded)));
    }
    Ok((State { account, ended: before.ended && !said.user.active }, None))
}

/// The account that is linked to whom the provider calls like the `externalId`.
async fn linked(
    connection: &mut DbConnection,
    said: &ScimUser,
) -> Result<Option<AccountId>, StoreError> {
    let Some(external_id) = &said.user.external_id else {
        return Ok(None);
    };
    let query = sqlx::query_scalar(sql::LINK_OF_ORGANIZATION).bind(said.organization.to_string());
    let found: Option<String> = query.bind(external_id).fetch_optional(connection).await?;
    found.map(|id| crate::text::parse(&id, "account")).transpose()
}

/// A change of a membership is told of the member, so that guards hear of it.
fn told(kind: ChangeKind, of: &ScimUser, state: State) -> Told {
    let subject = match (kind, state.account) {
        (ChangeKind::MemberAdded | ChangeKind::MemberRemoved, Some(account)) => {
            format!("{}/{account}", of.organization)
        }
        _ => format!("{}/{}", of.organization, of.id),
    };
    let detail = json!({
        "scim_user": of.id, "user_name": of.user.user_name, "active": of.user.active,
    });
    Told { kind, subject, detail }
}
