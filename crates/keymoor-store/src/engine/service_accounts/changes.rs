use keymoor_core::{AccountId, OrganizationId, UnixTime, name::Email, name::Label};
use serde_json::json;
use sqlx::Row;

use super::super::{
    accounts,
    activity::{self, BATCH, DAY},
    driver::{DbConnection, Handle},
    members, organizations, rows,
    writing::{Told, Writing},
};
use super::{
    Own,
    reading::{check_room, find, is_federated},
};
use crate::{
    AccountKind, ActivityKind, Actor, ChangeKind, NewAccount, NewServiceAccount, Stamp, StoreError,
    error::taken, sql,
};

const TAKEN: &str = "the organization has a service account of this name already";
const NOT_VOUCHED: &str = "your own sign-in through the organization's identity provider is missing \
    or too old, so you cannot vouch for a service account: sign in through the organization, then \
    try again";
const NOT_LATER: &str = "this sign-in of yours, or a later one, counts for the service account \
    already: sign in through the organization anew, then renew";

impl Handle {
    pub(super) async fn insert_service_account(
        &self,
        new: &NewServiceAccount,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        organizations::check_exists(writing.connection(), new.organization).await?;
        check_room(writing.connection(), new.organization).await?;
        accounts::insert(&mut writing, &account_of(new)?, stamp).await?;
        sqlx::query(sql::INSERT_SERVICE_ACCOUNT)
            .bind(new.id.to_string())
            .bind(new.organization.to_string())
            .bind(new.name.as_str())
            .bind(stamp.at.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken(TAKEN))?;
        members::insert_membership(&mut writing, new.organization, new.id, stamp).await?;
        let own = (new.organization, new.id);
        let vouched = vouch(writing.connection(), own, new.by, stamp).await?;
        if vouched.is_none() && is_federated(writing.connection(), new.organization).await? {
            return Err(StoreError::Conflict(NOT_VOUCHED));
        }
        let detail = json!({ "name": new.name, "vouched_from": vouched });
        tell(writing, own, new.name.as_str(), Kinds::CREATED, detail, stamp).await
    }

    pub(super) async fn write_service_name(
        &self,
        own: Own,
        name: &Label,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let before = find(writing.connection(), own).await?.name;
        let rename = sqlx::query(sql::RENAME_SERVICE_ACCOUNT).bind(name.as_str());
        let rename = rename.bind(own.1.to_string()).execute(writing.connection()).await;
        rename.map_err(taken(TAKEN))?;
        let detail = json!({ "name": name, "before": before });
        tell(writing, own, name.as_str(), Kinds::RENAMED, detail, stamp).await
    }

    pub(super) async fn renew(
        &self,
        own: Own,
        by: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let found = find(writing.connection(), own).await?;
        let vouched = vouch(writing.connection(), own, by, stamp).await?;
        let (signed_in_at, written) = vouched.ok_or(StoreError::Conflict(NOT_VOUCHED))?;
        if !written {
            return Err(StoreError::Conflict(NOT_LATER));
        }
        let detail = json!({ "by": by, "vouched_from": signed_in_at });
        tell(writing, own, found.name.as_str(), Kinds::RENEWED, detail, stamp).await
    }

    pub(super) async fn turn_service_account(
        &self,
        own: Own,
        disabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let found = find(writing.connection(), own).await?;
        match (found.disabled_at.is_some(), disabled) {
            (true, true) => return Err(StoreError::Conflict("the account is disabled already")),
            (false, false) => return Err(StoreError::Conflict("the account is not disabled")),
            (true, false) if found.disabled_by_operator => {
                return Err(StoreError::Conflict(
                    "an operator disabled the service account: only an operator enables it again",
                ));
            }
            _ => {}
        }
        set_disabled(writing.connection(), own.1, disabled, stamp).await?;
        sqlx::query(sql::DISABLE_SERVICE_ACCOUNT)
            .bind(disabled.then_some(stamp.at.seconds()))
            .bind(own.1.to_string())
            .execute(writing.connection())
            .await?;
        let (kind, activity) = if disabled {
            (ChangeKind::AccountDisabled, ActivityKind::ServiceAccountDisabled)
        } else {
            (ChangeKind::AccountEnabled, ActivityKind::ServiceAccountEnabled)
        };
        let name = found.name.as_str();
        let connection = writing.connection();
        activity::note_of_service_account(connection, own, name, activity, stamp).await?;
        let (subject, detail) = (own.1.to_string(), json!({ "organization": own.0 }));
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    pub(super) async fn erase_service_account(
        &self,
        own: Own,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let told = erase(&mut writing, own, stamp).await?;
        writing.finish(told, stamp).await
    }

    pub(super) async fn write_renewals(
        &self,
        days: u16,
        now: UnixTime,
    ) -> Result<usize, StoreError> {
        let mut transaction = self.begin_yielding().await?;
        let found = sqlx::query(sql::RENEWALS_DUE)
            .bind(now.seconds())
            .bind(now.plus(i64::from(days) * DAY).seconds())
            .bind(i64::from(days))
            .bind(BATCH)
            .bind(i64::from(days) * DAY)
            .fetch_all(&mut *transaction)
            .await?;
        let stamp = Stamp { at: now, by: Actor::Nobody, from: None };
        for row in &found {
            let own: Own = (rows::id(row, "organization")?, rows::id(row, "account")?);
            let query = sqlx::query(sql::TELL_RENEWAL).bind(i64::from(days));
            let told = query.bind(own.1.to_string()).execute(&mut *transaction).await?;
            if told.rows_affected() == 1 {
                let (name, kind) = (rows::text(row, "name")?, ActivityKind::RenewalSoon);
                activity::note_of_service_account(&mut transaction, own, &name, kind, stamp)
                    .await?;
            }
        }
        transaction.commit().await?;
        Ok(found.len())
    }
}

/// Deletes each service account of the organization by itself, so that guards hear of each.
pub(in super::super) async fn erase_all(
    writing: &mut Writing,
    organization: OrganizationId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let query = sqlx::query(sql::SERVICE_ACCOUNTS).bind(organization.to_string());
    for row in query.fetch_all(writing.connection()).await? {
        let told = erase(writing, (organization, rows::id(&row, "account")?), stamp).await?;
        writing.also(told, stamp).await?;
    }
    Ok(())
}

async fn erase(writing: &mut Writing, own: Own, stamp: Stamp) -> Result<Told, StoreError> {
    let found = find(writing.connection(), own).await?;
    if found.disabled_at.is_none() {
        set_disabled(writing.connection(), own.1, true, stamp).await?;
    }
    sqlx::query(sql::REMOVE_API_TOKENS_OF)
        .bind(stamp.at.seconds())
        .bind(stamp.by.to_string())
        .bind("The service account was deleted.")
        .bind(own.1.to_string())
        .execute(writing.connection())
        .await?;
    members::forget(writing.connection(), own.0, own.1).await?;
    let delete = sqlx::query(sql::DELETE_SERVICE_ACCOUNT).bind(own.1.to_string());
    delete.execute(writing.connection()).await?;
    let detail = json!({ "name": found.name });
    told(writing, own, found.name.as_str(), Kinds::DELETED, detail, stamp).await
}

/// What a change is called for guards, and for people.
struct Kinds(ChangeKind, ActivityKind);

impl Kinds {
    const CREATED: Self =
        Self(ChangeKind::ServiceAccountCreated, ActivityKind::ServiceAccountCreated);
    const RENAMED: Self =
        Self(ChangeKind::ServiceAccountRenamed, ActivityKind::ServiceAccountRenamed);
    const RENEWED: Self =
        Self(ChangeKind::ServiceAccountRenewed, ActivityKind::ServiceAccountRenewed);
    const DELETED: Self =
        Self(ChangeKind::ServiceAccountDeleted, ActivityKind::ServiceAccountDeleted);
}

/// Notes the change and commits it.
async fn tell(
    mut writing: Writing,
    own: Own,
    name: &str,
    kinds: Kinds,
    detail: serde_json::Value,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let told = told(&mut writing, own, name, kinds, detail, stamp).await?;
    writing.finish(told, stamp).await
}

/// Notes the change for people, and says what guards are told.
async fn told(
    writing: &mut Writing,
    own: Own,
    name: &str,
    Kinds(kind, activity): Kinds,
    detail: serde_json::Value,
    stamp: Stamp,
) -> Result<Told, StoreError> {
    activity::note_of_service_account(writing.connection(), own, name, activity, stamp).await?;
    let subject = format!("{}/{}", own.0, own.1);
    Ok(Told { kind, subject, detail })
}

/// The account behind a service account. Its address is one that no mail goes to (RFC 6761 §6.4).
fn account_of(new: &NewServiceAccount) -> Result<NewAccount, StoreError> {
    let address = format!("{}@{}", new.id, crate::Account::NO_MAIL);
    let email = Email::parse(&address).map_err(|_| StoreError::Corrupt("e-mail address"))?;
    let kind = AccountKind::Service;
    Ok(NewAccount { id: new.id, kind, email, password_hash: None, operator: false })
}

/// Lets the last sign-in of `by` count for the service account, if it counts at all: when that was,
/// and whether it is later than what counted before.
async fn vouch(
    connection: &mut DbConnection,
    (organization, id): Own,
    by: AccountId,
    stamp: Stamp,
) -> Result<Option<(i64, bool)>, StoreError> {
    let query = sqlx::query(sql::LATEST_SIGN_IN).bind(organization.to_string());
    let query = query.bind(by.to_string()).bind(stamp.at.seconds());
    let Some(row) = query.fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let (provider, signed_in_at) = (rows::text(&row, "provider")?, row.try_get("signed_in_at")?);
    let written = sqlx::query(sql::VOUCH_FOR_SERVICE_ACCOUNT)
        .bind(by.to_string())
        .bind(provider)
        .bind(signed_in_at)
        .bind(stamp.at.seconds())
        .bind(id.to_string())
        .execute(connection)
        .await?;
    Ok(Some((signed_in_at, written.rows_affected() == 1)))
}

async fn set_disabled(
    connection: &mut DbConnection,
    id: AccountId,
    disabled: bool,
    stamp: Stamp,
) -> Result<(), StoreError> {
    sqlx::query(sql::SET_ACCOUNT_DISABLED)
        .bind(disabled)
        .bind(id.to_string())
        .bind(stamp.at.seconds())
        .execute(connection)
        .await?;
    Ok(())
}
