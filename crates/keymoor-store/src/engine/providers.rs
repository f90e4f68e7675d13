//! Changes of identity providers.

use keymoor_core::{AccountId, IdentityProviderId, OrganizationId};
use serde_json::json;
use sqlx::Row;

use super::{
    activity::{self, Happened},
    driver::{DbConnection, DbRow, Handle},
    organizations, rows,
    writing::{Told, Writing},
};
use crate::{
    ActivityKind, ChangeKind, FederationPolicy, IdentityProvider, Protocol, Stamp, StoreError,
    error::taken,
    sql,
    text::{decode, encode},
};

const PROTOCOLS: [(Protocol, &str); 2] = [(Protocol::Saml, "saml"), (Protocol::OpenId, "openid")];

fn name(protocol: Protocol) -> &'static str {
    PROTOCOLS.iter().find(|(known, _)| *known == protocol).map_or("", |(_, name)| name)
}

pub(super) fn provider(row: &DbRow) -> Result<IdentityProvider, StoreError> {
    let protocol: &str = row.try_get("protocol")?;
    let protocol = PROTOCOLS.iter().find(|(_, name)| *name == protocol);
    let sealed: Option<&str> = row.try_get("sealed")?;
    let sealed = sealed.map(|text| decode(text, "sealed secret")).transpose()?;
    Ok(IdentityProvider {
        id: rows::id(row, "id")?,
        organization: rows::id(row, "organization")?,
        protocol: protocol.ok_or(StoreError::Corrupt("protocol"))?.0,
        label: rows::label(row, "label")?,
        settings: row.try_get("settings")?,
        secret: sealed.map(keymoor_core::seal::Sealed),
        enabled_at: rows::optional_time(row, "enabled_at")?,
        created_at: rows::time(row, "created_at")?,
        updated_at: rows::time(row, "updated_at")?,
    })
}

pub(super) async fn read(
    connection: &mut DbConnection,
    id: IdentityProviderId,
) -> Result<IdentityProvider, StoreError> {
    let query = sqlx::query(sql::IDENTITY_PROVIDER).bind(id.to_string());
    let row = query.fetch_optional(connection).await?;
    provider(&row.ok_or(StoreError::NotFound("identity provider"))?)
}

/// What is told of a change to a provider: `organization/provider`.
pub(super) fn told(kind: ChangeKind, of: &IdentityProvider) -> Told {
    let subject = format!("{}/{}", of.organization, of.id);
    Told { kind, subject, detail: json!({ "label": of.label, "protocol": name(of.protocol) }) }
}

impl Handle {
    pub(super) async fn insert_provider(
        &self,
        new: &IdentityProvider,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        organizations::check_exists(writing.connection(), new.organization).await?;
        sqlx::query(sql::INSERT_IDENTITY_PROVIDER)
            .bind(new.id.to_string())
            .bind(new.organization.to_string())
            .bind(name(new.protocol))
            .bind(new.label.as_str())
            .bind(&new.settings)
            .bind(new.secret.as_ref().map(|sealed| encode(&sealed.0)))
            .bind(new.enabled_at.map(keymoor_core::UnixTime::seconds))
            .bind(stamp.at.seconds())
            .execute(writing.connection())
            .await
            .map_err(taken("the organization has an identity provider already"))?;
        writing.finish(told(ChangeKind::IdentityProviderCreated, new), stamp).await
    }

    pub(super) async fn update_provider(
        &self,
        changed: &IdentityProvider,
        another: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let before = read(writing.connection(), changed.id).await?;
        if another {
            forget_people(writing.connection(), changed.id).await?;
        }
        sqlx::query(sql::CHANGE_IDENTITY_PROVIDER)
            .bind(name(changed.protocol))
            .bind(changed.label.as_str())
            .bind(&changed.settings)
            .bind(changed.secret.as_ref().map(|sealed| encode(&sealed.0)))
            .bind(stamp.at.seconds())
            .bind(changed.id.to_string())
            .execute(writing.connection())
            .await?;
        let kind = if another {
            ChangeKind::IdentityProviderReplaced
        } else {
            ChangeKind::IdentityProviderChanged
        };
        let told = Told {
            detail: json!({ "label": changed.label, "before": before.settings, "after": changed.settings }),
            ..told(kind, &before)
        };
        writing.finish(told, stamp).await
    }

    pub(super) async fn turn_provider(
        &self,
        id: IdentityProviderId,
        enabled: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let found = read(writing.connection(), id).await?;
        let kind = match (found.enabled_at.is_some(), enabled) {
            (false, true) => ChangeKind::IdentityProviderEnabled,
            (true, false) => ChangeKind::IdentityProviderDisabled,
            (true, true) => return Err(StoreError::Conflict("the provider is enabled already")),
            (false, false) => return Err(StoreError::Conflict("the provider is not enabled")),
        };
        sqlx::query(sql::SET_IDENTITY_PROVIDER_ENABLED)
            .bind(enabled.then_some(stamp.at.seconds()))
            .bind(id.to_string())
            .execute(writing.connection())
            .await?;
        if !enabled {
            end_sessions(writing.connection(), id, "", "").await?;
        }
        writing.finish(told(kind, &found), stamp).await
    }

    pub(super) async fn delete_provider(
        &self,
        id: IdentityProviderId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let found = read(writing.connection(), id).await?;
        forget_people(writing.connection(), id).await?;
        let delete = sqlx::query(sql::DELETE_IDENTITY_PROVIDER).bind(id.to_string());
        delete.execute(writing.connection()).await?;
        writing.finish(told(ChangeKind::IdentityProviderRemoved, &found), stamp).await
    }

    pub(super) async fn insert_account_link(
        &self,
        provider: IdentityProviderId,
        subject: &str,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let found = read(writing.connection(), provider).await?;
        insert_link(&mut writing, &found, subject, account, stamp).await?;
        let detail = json!({ "provider": provider, "subject": subject });
        let subject = member(found.organization, account);
        writing.finish(Told { kind: ChangeKind::AccountLinked, subject, detail }, stamp).await
    }

    pub(super) async fn delete_account_link(
        &self,
        provider: IdentityProviderId,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let found = read(writing.connection(), provider).await?;
        let query = sqlx::query_scalar(sql::DELETE_LINK_TO_PROVIDER).bind(provider.to_string());
        let query = query.bind(account.to_string());
        let subject: Option<String> = query.fetch_optional(writing.connection()).await?;
        let subject = subject.ok_or(StoreError::NotFound("link"))?;
        for statement in [sql::DELETE_SIGN_INS_THROUGH, sql::FORGET_BINDING] {
            sqlx::query(statement)
                .bind(found.organization.to_string())
                .bind(account.to_string())
                .execute(writing.connection())
                .await?;
        }
        end_sessions(writing.connection(), provider, &subject, "").await?;
        note(&mut writing, account, ActivityKind::AccountUnlinked, &found, stamp).await?;
        let detail = json!({ "provider": provider, "subject": subject });
        let subject = member(found.organization, account);
        writing.finish(Told { kind: ChangeKind::AccountUnlinked, subject, detail }, stamp).await
    }

    pub(super) async fn write_policy(
        &self,
        organization: OrganizationId,
        policy: FederationPolicy,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let query = sqlx::query(sql::FEDERATION_POLICY).bind(organization.to_string());
        let before = query.fetch_optional(writing.connection()).await?;
        let before = before.ok_or(StoreError::NotFound("organization"))?;
        let watched: bool = before.try_get("watched")?;
        if policy.watched && !watched {
            let query = sqlx::query(sql::FORGET_WATCHED).bind(organization.to_string());
            query.execute(writing.connection()).await?;
        }
        sqlx::query(sql::SET_FEDERATION_POLICY)
            .bind(i64::from(policy.max_sign_in_age))
            .bind(policy.watched)
            .bind(policy.break_glass)
            .bind(organization.to_string())
            .execute(writing.connection())
            .await?;
        let detail = json!({
            "max_sign_in_age": policy.max_sign_in_age,
            "watched": policy.watched,
            "break_glass": policy.break_glass,
        });
        let (kind, subject) = (ChangeKind::FederationPolicySet, organization.to_string());
        writing.finish(Told { kind, subject, detail }, stamp).await
    }
}

/// Links the provider's name for a person to an account, and notes it for the account's owner.
pub(super) async fn insert_link(
    writing: &mut Writing,
    provider: &IdentityProvider,
    subject: &str,
    account: AccountId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    sqlx::query(sql::INSERT_LINK_TO_PROVIDER)
        .bind(provider.id.to_string())
        .bind(subject)
        .bind(account.to_string())
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("the account or the person is linked already"))?;
    note(writing, account, ActivityKind::AccountLinked, provider, stamp).await
}

fn member(organization: OrganizationId, account: AccountId) -> String {
    format!("{organization}/{account}")
}

async fn note(
    writing: &mut Writing,
    account: AccountId,
    kind: ActivityKind,
    provider: &IdentityProvider,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let (subject, label) = (provider.id.to_string(), provider.label.as_str());
    let happened = Happened { account, kind, subject, label };
    activity::note(writing.connection(), &happened, stamp).await
}

/// Forgets all that the provider has said of people.
async fn forget_people(
    connection: &mut DbConnection,
    provider: IdentityProviderId,
) -> Result<(), StoreError> {
    end_sessions(connection, provider, "", "").await?;
    let all = [
        sql::DELETE_PROVIDER_SIGN_ONS,
        sql::DELETE_PROVIDER_SIGN_INS,
        sql::DELETE_PROVIDER_LINKS,
        sql::UNVOUCH_BY_PROVIDER,
        sql::FORGET_BINDINGS_OF_PROVIDER,
    ];
    for statement in all {
        sqlx::query(statement).bind(provider.to_string()).execute(&mut *connection).await?;
    }
    Ok(())
}

/// Ends what sessions have proved by the provider, and those that it alone started. How many.
pub(super) async fn end_sessions(
    connection: &mut DbConnection,
    provider: IdentityProviderId,
    subject: &str,
    provider_session: &str,
) -> Result<u64, StoreError> {
    let mut ended = 0;
    for statement in [sql::END_PROVIDERS_OWN_SESSIONS, sql::END_PROVIDERS_SIGN_INS] {
        let query = sqlx::query(statement).bind(provider.to_string()).bind(subject);
        let query = query.bind(provider_session);
        ended += query.execute(&mut *connection).await?.rows_affected();
    }
    Ok(ended)
}
