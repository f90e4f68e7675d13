use keymoor_core::{AccountId, OrganizationId, UnixTime};
use sqlx::Row;

use super::super::{
    driver::{DbConnection, DbRow},
    rows,
};
use super::Own;
use crate::{ServiceAccount, StoreError, Vouched, Vouching, sql};

const FULL: &str = "the organization has 500 service accounts already: delete one that is not used";
const NONE: StoreError = StoreError::NotFound("service account");

pub(super) async fn find(
    connection: &mut DbConnection,
    (organization, id): Own,
) -> Result<ServiceAccount, StoreError> {
    let query = sqlx::query(sql::SERVICE_ACCOUNT).bind(id.to_string());
    let row = query.fetch_optional(connection).await?.ok_or(NONE)?;
    let found = service_account(&row)?;
    if found.organization == organization { Ok(found) } else { Err(NONE) }
}

/// Refuses one more than an organization may have.
pub(super) async fn check_room(
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::COUNT_SERVICE_ACCOUNTS).bind(organization.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count < ServiceAccount::MOST { Ok(()) } else { Err(StoreError::Conflict(FULL)) }
}

pub(super) async fn is_federated(
    connection: &mut DbConnection,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    let query = sqlx::query_scalar(sql::ORGANIZATION_IS_FEDERATED).bind(organization.to_string());
    Ok(query.fetch_one(connection).await?)
}

pub(super) fn service_account(row: &DbRow) -> Result<ServiceAccount, StoreError> {
    let disabled_at = rows::optional_time(row, "disabled_at")?;
    Ok(ServiceAccount {
        id: rows::id(row, "account")?,
        organization: rows::id(row, "organization")?,
        name: rows::label(row, "name")?,
        created_at: rows::time(row, "created_at")?,
        disabled_at,
        // The two are set at once where the organization did it.
        disabled_by_operator: disabled_at != rows::optional_time(row, "disabled_here_at")?
            && disabled_at.is_some(),
        vouching: vouching(row)?,
        api_tokens: row.try_get("api_tokens")?,
        teams: Vec::new(),
    })
}

fn vouching(row: &DbRow) -> Result<Option<Vouching>, StoreError> {
    if rows::optional_text(row, "vouched_by")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Vouching {
        by: rows::id(row, "vouched_by")?,
        email: rows::email(row, "vouched_by_email")?,
        at: rows::time(row, "vouched_at")?,
        signed_in_at: rows::time(row, "signed_in_at")?,
        until: rows::time(row, "vouched_until")?,
        provider_enabled: rows::optional_time(row, "provider_enabled_at")?.is_some(),
    }))
}

type Times = (UnixTime, Option<UnixTime>);

pub(super) fn through_provider(row: &DbRow) -> Result<(AccountId, Times), StoreError> {
    let times = (rows::time(row, "signed_in_at")?, rows::optional_time(row, "valid_until")?);
    Ok((rows::id(row, "account")?, times))
}

pub(super) fn attestation(row: &DbRow) -> Result<(AccountId, Vouched), StoreError> {
    let vouched = Vouched {
        by: rows::text(row, "actor")?,
        reason: rows::label(row, "reason")?,
        until: rows::time(row, "valid_until")?,
    };
    Ok((rows::id(row, "account")?, vouched))
}
