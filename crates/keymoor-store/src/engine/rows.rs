//! From rows to the model; what Keymoor did not write so is damage, not a default.

use keymoor_core::{
    UnixTime,
    digest::SecretDigest,
    facts::{Limits, StoredSecret},
    jwt::Algorithm,
    name::{Email, Label},
    seal::Sealed,
};
use sqlx::Row;

use super::driver::DbRow;
use crate::{
    Account, AccountKind, ApiSecretRecord, ApiToken, Change, ChangeKind, LastUse, Organization,
    Removal, ResourceServer, StoreError, StoredPepper, StoredSigningKey,
    text::{decode, parse},
};

pub(super) fn time(row: &DbRow, column: &str) -> Result<UnixTime, StoreError> {
    Ok(UnixTime::from_seconds(row.try_get(column)?))
}

pub(super) fn optional_time(row: &DbRow, column: &str) -> Result<Option<UnixTime>, StoreError> {
    let seconds: Option<i64> = row.try_get(column)?;
    Ok(seconds.map(UnixTime::from_seconds))
}

pub(super) fn id<T: std::str::FromStr>(row: &DbRow, column: &'static str) -> Result<T, StoreError> {
    parse(row.try_get(column)?, column)
}

pub(super) fn limits(row: &DbRow) -> Result<Limits, StoreError> {
    let text: &str = row.try_get("limits")?;
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("limits"))
}

pub(super) fn account(row: &DbRow) -> Result<Account, StoreError> {
    let kind = match row.try_get("kind")? {
        "person" => AccountKind::Person,
        "service" => AccountKind::Service,
        _ => return Err(StoreError::Corrupt("kind of account")),
    };
    Ok(Account {
        id: id(row, "id")?,
        number: row.try_get("number")?,
        kind,
        email: email(row, "email")?,
        created_at: time(row, "created_at")?,
        disabled_at: optional_time(row, "disabled_at")?,
    })
}

fn email(row: &DbRow, column: &str) -> Result<Email, StoreError> {
    Email::parse(row.try_get(column)?).map_err(|_| StoreError::Corrupt("e-mail address"))
}

fn label(row: &DbRow, column: &str) -> Result<Label, StoreError> {
    Label::parse(row.try_get(column)?).map_err(|_| StoreError::Corrupt("label"))
}

pub(super) fn organization(row: &DbRow) -> Result<Organization, StoreError> {
    Ok(Organization {
        id: id(row, "id")?,
        number: row.try_get("number")?,
        name: label(row, "name")?,
        owner: id(row, "owner")?,
        owner_email: email(row, "owner_email")?,
        federated: row.try_get("federated")?,
        members: row.try_get("members")?,
        created_at: time(row, "created_at")?,
    })
}

pub(super) fn api_token(row: &DbRow) -> Result<ApiToken, StoreError> {
    let parent: Option<&str> = row.try_get("parent")?;
    Ok(ApiToken {
        api_key: id(row, "api_key")?,
        label: label(row, "label")?,
        created_at: time(row, "created_at")?,
        limits: limits(row)?,
        parent: parent.map(|key| parse(key, "parent")).transpose()?,
        last_use: last_use(row)?,
        removal: removal(row)?,
    })
}

fn last_use(row: &DbRow) -> Result<Option<LastUse>, StoreError> {
    let address: Option<&str> = row.try_get("last_used_address")?;
    let address = address.map(|text| parse(text, "address")).transpose()?;
    let at = optional_time(row, "last_used_at")?;
    Ok(at.zip(address).map(|(at, address)| LastUse { at, address }))
}

fn removal(row: &DbRow) -> Result<Option<Removal>, StoreError> {
    let Some(at) = optional_time(row, "removed_at")? else {
        return Ok(None);
    };
    Ok(Some(Removal { at, by: row.try_get("removed_by")?, reason: row.try_get("removed_reason")? }))
}

pub(super) fn change(row: &DbRow) -> Result<Change, StoreError> {
    let kind = ChangeKind::from_name(row.try_get("kind")?);
    Ok(Change {
        number: row.try_get("number")?,
        kind: kind.ok_or(StoreError::Corrupt("kind of change"))?,
        subject: row.try_get("subject")?,
        at: time(row, "at")?,
    })
}

fn sealed(row: &DbRow) -> Result<Sealed, StoreError> {
    decode(row.try_get("sealed")?, "sealed key").map(Sealed)
}

pub(super) fn signing_key(row: &DbRow) -> Result<StoredSigningKey, StoreError> {
    let algorithm = Algorithm::from_name(row.try_get("algorithm")?);
    Ok(StoredSigningKey {
        kid: row.try_get("kid")?,
        algorithm: algorithm.ok_or(StoreError::Corrupt("algorithm"))?,
        sealed: sealed(row)?,
        created_at: time(row, "created_at")?,
        signs_from: time(row, "signs_from")?,
        withdrawn_at: optional_time(row, "withdrawn_at")?,
    })
}

pub(super) fn api_secret(row: &DbRow) -> Result<ApiSecretRecord, StoreError> {
    Ok(ApiSecretRecord {
        id: id(row, "id")?,
        created_at: time(row, "created_at")?,
        closed_at: optional_time(row, "closed_at")?,
        last_use: last_use(row)?,
    })
}

/// A secret's digest, and its id in the column of that name.
pub(super) fn secret(row: &DbRow, name: &'static str) -> Result<StoredSecret, StoreError> {
    let bytes = decode(row.try_get("digest")?, "digest")?;
    let mac = bytes.try_into().map_err(|_| StoreError::Corrupt("digest"))?;
    let digest = SecretDigest::from_parts(row.try_get("pepper")?, mac);
    Ok(StoredSecret { id: id(row, name)?, digest })
}

pub(super) fn resource_server(row: &DbRow) -> Result<ResourceServer, StoreError> {
    let scopes: &str = row.try_get("scopes")?;
    Ok(ResourceServer {
        id: id(row, "id")?,
        audience: id(row, "audience")?,
        name: label(row, "name")?,
        scopes: serde_json::from_str(scopes).map_err(|_| StoreError::Corrupt("scopes"))?,
        secret: secret(row, "secret")?,
        created_at: time(row, "created_at")?,
    })
}

pub(super) fn pepper(row: &DbRow) -> Result<StoredPepper, StoreError> {
    Ok(StoredPepper {
        id: row.try_get("id")?,
        sealed: sealed(row)?,
        created_at: time(row, "created_at")?,
    })
}
