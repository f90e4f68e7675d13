use keymoor_core::{
    Scopes,
    delegation::{ApplicationFacts, Consent, Rights},
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::Row;

use super::super::{driver::DbRow, rows};
use crate::{Application, Grant, LastUse, StoreError};

pub(super) fn application(row: &DbRow) -> Result<Application, StoreError> {
    let secret: Option<&str> = row.try_get("secret")?;
    let organizations: Option<&str> = row.try_get("organizations")?;
    let facts = ApplicationFacts {
        id: rows::id(row, "id")?,
        removed_at: rows::optional_time(row, "removed_at")?,
        owner_disabled_at: rows::optional_time(row, "owner_disabled_at")?,
        secret: secret.map(|_| rows::secret(row, "secret")).transpose()?,
        rights: Rights {
            authorization_code: row.try_get("authorization_code")?,
            device: row.try_get("device")?,
            refresh_tokens: row.try_get("refresh_tokens")?,
        },
        organizations: organizations.map(read).transpose()?,
    };
    Ok(Application {
        facts,
        owner: rows::id(row, "owner")?,
        owner_email: rows::email(row, "owner_email")?,
        name: rows::label(row, "name")?,
        redirect_uris: read(row.try_get("redirect_uris")?)?,
        created_at: rows::time(row, "created_at")?,
        removal: rows::removal(row)?,
    })
}

pub(super) fn consent(row: &DbRow) -> Result<Consent, StoreError> {
    Ok(Consent {
        application: rows::id(row, "application")?,
        account: rows::id(row, "account")?,
        scopes: scopes(row)?,
        audience: row.try_get("audience")?,
        limits: rows::limits(row)?,
    })
}

pub(super) fn grant(row: &DbRow) -> Result<Grant, StoreError> {
    let at = rows::time(row, "last_used_at")?;
    Ok(Grant {
        id: rows::id(row, "id")?,
        consent: consent(row)?,
        account_email: rows::email(row, "account_email")?,
        application_name: rows::label(row, "name")?,
        created_at: rows::time(row, "created_at")?,
        last_use: LastUse { at, address: rows::id(row, "last_used_address")? },
        expires_at: rows::time(row, "expires_at")?,
    })
}

/// No scopes are an empty text.
pub(super) fn scopes(row: &DbRow) -> Result<Scopes, StoreError> {
    let text: &str = row.try_get("scopes")?;
    if text.is_empty() {
        return Ok(Scopes::default());
    }
    Scopes::parse(text).map_err(|_| StoreError::Corrupt("scopes"))
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt("list of an application"))
}

pub(super) fn written<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Corrupt("list of an application"))
}
