//! From rows to the model; what Keymoor did not write so is damage, not a default.

use keymoor_core::{
    UnixTime,
    attempts::Attempts,
    digest::SecretDigest,
    facts::{Limits, StoredSecret},
    jwt::Algorithm,
    name::{Email, Label},
    seal::Sealed,
};
use sqlx::Row;

use super::driver::DbRow;
use crate::{
    Account, AccountKind, AccountRow, Activity, ActivityKind, ApiSecretRecord, ApiToken, Ceremony,
    Change, ChangeKind, LastUse, Link, LinkKind, Organization, Passkey, Removal, ResourceServer,
    Session, StoreError, StoredPepper, StoredSigningKey, Totp,
    text::{decode, parse},
};

pub(super) fn time(row: &DbRow, column: &str) -> Result<UnixTime, StoreError> {
    Ok(UnixTime::from_seconds(row.try_get(column)?))
}

pub(super) fn optional_time(row: &DbRow, column: &str) -> Result<Option<UnixTime>, StoreError> {
    let seconds: Option<i64> = row.try_get(column)?;
    Ok(seconds.map(UnixTime::from_seconds))
}

/// Until when a sign-in counts: one through the provider, one that an operator vouched for, or that
/// of the administrator who vouched for a service account.
pub(super) fn latest(row: &DbRow) -> Result<Option<UnixTime>, StoreError> {
    let through = optional_time(row, "signed_in_until")?;
    let renewed = optional_time(row, "renewed_until")?;
    Ok(through.max(renewed).max(optional_time(row, "vouched_until")?))
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
        operator: row.try_get("operator")?,
        signed_in_at: optional_time(row, "signed_in_at")?,
    })
}

pub(super) fn email(row: &DbRow, column: &str) -> Result<Email, StoreError> {
    Email::parse(row.try_get(column)?).map_err(|_| StoreError::Corrupt("e-mail address"))
}

/// What a service account is called; nothing for people.
pub(super) fn service_name(row: &DbRow) -> Result<Option<Label>, StoreError> {
    let name: Option<&str> = row.try_get("service_name")?;
    name.map(|name| Label::parse(name).map_err(|_| StoreError::Corrupt("name"))).transpose()
}

pub(super) fn label(row: &DbRow, column: &str) -> Result<Label, StoreError> {
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
        admins: row.try_get("admins")?,
        teams: row.try_get("teams")?,
        roles: row.try_get("roles")?,
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

pub(super) fn last_use(row: &DbRow) -> Result<Option<LastUse>, StoreError> {
    let address: Option<&str> = row.try_get("last_used_address")?;
    let address = address.map(|text| parse(text, "address")).transpose()?;
    let at = optional_time(row, "last_used_at")?;
    Ok(at.zip(address).map(|(at, address)| LastUse { at, address }))
}

pub(super) fn removal(row: &DbRow) -> Result<Option<Removal>, StoreError> {
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

pub(super) fn sealed(row: &DbRow) -> Result<Sealed, StoreError> {
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

pub(super) fn text(row: &DbRow, column: &str) -> Result<String, StoreError> {
    Ok(row.try_get(column)?)
}

pub(super) fn optional_text(row: &DbRow, column: &str) -> Result<Option<String>, StoreError> {
    Ok(row.try_get(column)?)
}

pub(super) fn integer(row: &DbRow, column: &str) -> Result<i64, StoreError> {
    Ok(row.try_get(column)?)
}

pub(super) fn account_row(row: &DbRow) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        account: account(row)?,
        has_password: row.try_get("has_password")?,
        api_tokens: row.try_get("api_tokens")?,
    })
}

const LINKS: [(LinkKind, &str); 2] = [(LinkKind::Setup, "setup"), (LinkKind::Password, "password")];

pub(super) fn link_name(kind: LinkKind) -> &'static str {
    LINKS.iter().find(|(known, _)| *known == kind).map_or("", |(_, name)| name)
}

pub(super) fn link(row: &DbRow) -> Result<Link, StoreError> {
    let name: &str = row.try_get("kind")?;
    let kind = LINKS.iter().find(|(_, known)| *known == name).map(|(kind, _)| *kind);
    let account: Option<&str> = row.try_get("account")?;
    Ok(Link {
        kind: kind.ok_or(StoreError::Corrupt("kind of link"))?,
        account: account.map(|account| parse(account, "account")).transpose()?,
        expires_at: time(row, "expires_at")?,
    })
}

pub(super) fn session(row: &DbRow) -> Result<Session, StoreError> {
    let organization: Option<&str> = row.try_get("organization")?;
    Ok(Session {
        id: id(row, "session")?,
        started_at: time(row, "started_at")?,
        seen_at: time(row, "seen_at")?,
        confirmed_at: time(row, "confirmed_at")?,
        address: id(row, "address")?,
        device: row.try_get("device")?,
        organization: organization.map(|id| parse(id, "organization")).transpose()?,
    })
}

pub(super) fn ceremony(row: &DbRow) -> Result<Ceremony, StoreError> {
    Ok(Ceremony {
        account: id(row, "account")?,
        state: row.try_get("state")?,
        credentials: row.try_get("credentials")?,
        expires_at: time(row, "expires_at")?,
    })
}

pub(super) fn attempts(row: &DbRow) -> Result<Attempts, StoreError> {
    let failures: i64 = row.try_get("failures")?;
    Ok(Attempts {
        failures: u32::try_from(failures).map_err(|_| StoreError::Corrupt("count of attempts"))?,
        last_at: time(row, "last_at")?,
        blocked_until: time(row, "blocked_until")?,
    })
}

pub(super) fn totp(row: &DbRow) -> Result<Totp, StoreError> {
    Ok(Totp {
        sealed: sealed(row)?,
        last_step: row.try_get("last_step")?,
        created_at: time(row, "created_at")?,
    })
}

pub(super) fn passkey(row: &DbRow) -> Result<Passkey, StoreError> {
    Ok(Passkey {
        id: row.try_get("id")?,
        label: label(row, "label")?,
        credential: row.try_get("credential")?,
        created_at: time(row, "created_at")?,
        last_used_at: optional_time(row, "last_used_at")?,
    })
}

pub(super) fn activity(row: &DbRow) -> Result<Activity, StoreError> {
    let kind = ActivityKind::from_name(row.try_get("kind")?);
    let address: Option<&str> = row.try_get("address")?;
    Ok(Activity {
        number: row.try_get("number")?,
        account: id(row, "account")?,
        at: time(row, "at")?,
        kind: kind.ok_or(StoreError::Corrupt("kind of activity"))?,
        subject: row.try_get("subject")?,
        label: row.try_get("label")?,
        actor: row.try_get("actor")?,
        address: address.map(|text| parse(text, "address")).transpose()?,
        times: row.try_get("times")?,
        mail_due_at: optional_time(row, "mail_due_at")?,
    })
}
