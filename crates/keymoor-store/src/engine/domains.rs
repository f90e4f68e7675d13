use async_trait::async_trait;
use keymoor_core::{AccountId, IdentityProviderId, OrganizationId, domain::Domain};
use serde_json::json;
use sqlx::Row;

use super::{
    accounts,
    activity::{self, Happened},
    driver::{DbConnection, DbRow, Handle},
    members, organizations, providers, rows, scim_users,
    switches::JUST_IN_TIME,
    writing::Told,
};
use crate::{
    ActivityKind, ChangeKind, Domains, IdentityProvider, MAX_DOMAINS, MAX_NEWCOMERS, Newcomer,
    OrganizationDomain, Stamp, StoreError, TOO_MANY_NEWCOMERS, VerifiedBy, error::taken, sql,
};

/// Seconds of a day.
const DAY: i64 = 86_400;

const NAMES: [(VerifiedBy, &str); 2] =
    [(VerifiedBy::Record, "record"), (VerifiedBy::Operator, "operator")];

#[async_trait]
impl Domains for Handle {
    async fn domains(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<OrganizationDomain>, StoreError> {
        all!(self, sqlx::query(sql::DOMAINS).bind(organization.to_string()), domain)
    }

    async fn add_domain(&self, new: &OrganizationDomain, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("add domain", async {
            let mut writing = self.begin().await?;
            organizations::check_exists(writing.connection(), new.organization).await?;
            insert(writing.connection(), new, stamp).await?;
            writing.finish(told(ChangeKind::DomainAdded, new, json!({})), stamp).await
        })
    }

    async fn verify_domain(
        &self,
        found: &OrganizationDomain,
        by: VerifiedBy,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("verify domain", self.write_verified(found, by, stamp))
    }

    async fn remove_domain(
        &self,
        organization: OrganizationId,
        name: &Domain,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("remove domain", async {
            let mut writing = self.begin().await?;
            let query = sqlx::query(sql::DELETE_DOMAIN).bind(organization.to_string());
            let gone = query.bind(name.as_str()).execute(writing.connection()).await?;
            if gone.rows_affected() == 0 {
                return Err(StoreError::NotFound("domain"));
            }
            let subject = format!("{organization}/{name}");
            let told = Told { kind: ChangeKind::DomainRemoved, subject, detail: json!({}) };
            writing.finish(told, stamp).await
        })
    }

    async fn organization_of_domain(
        &self,
        name: &Domain,
    ) -> Result<Option<OrganizationId>, StoreError> {
        let query = sqlx::query(sql::ORGANIZATION_OF_DOMAIN).bind(name.as_str());
        one!(self, query, |row| rows::id(row, "organization"))
    }

    async fn makes_accounts(&self, organization: OrganizationId) -> Result<bool, StoreError> {
        let query = sqlx::query_scalar(sql::JUST_IN_TIME).bind(organization.to_string());
        let found: Option<bool> = query.fetch_optional(&self.readers).await?;
        Ok(found.unwrap_or(false))
    }

    async fn set_makes_accounts(
        &self,
        organization: OrganizationId,
        makes: bool,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let id = organization.to_string();
        transaction!("make accounts", self.turn(&JUST_IN_TIME, id.clone(), makes, stamp))
    }

    async fn welcome_newcomer(&self, new: &Newcomer, stamp: Stamp) -> Result<(), StoreError> {
        transaction!("welcome newcomer", self.insert_newcomer(new, stamp))
    }

    async fn take_up(
        &self,
        provider: IdentityProviderId,
        subject: &str,
        email: Option<&str>,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        transaction!("take up", self.write_taken_up(provider, subject, email, account, stamp))
    }
}

impl Handle {
    async fn write_verified(
        &self,
        found: &OrganizationDomain,
        by: VerifiedBy,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let (organization, name) = (found.organization.to_string(), found.name.as_str());
        let query = sqlx::query_scalar(sql::DOMAIN_VERIFIED_AT).bind(&organization).bind(name);
        let before: Option<Option<i64>> = query.fetch_optional(writing.connection()).await?;
        match (before, by) {
            (Some(Some(_)), _) => {
                return Err(StoreError::Conflict("the domain is verified already"));
            }
            (Some(None), _) => {}
            (None, VerifiedBy::Operator) => {
                organizations::check_exists(writing.connection(), found.organization).await?;
                insert(writing.connection(), found, stamp).await?;
            }
            (None, VerifiedBy::Record) => return Err(StoreError::NotFound("domain")),
        }
        let taken_from = free(writing.connection(), found, by).await?;
        let by = NAMES.iter().find(|(known, _)| *known == by).map_or("", |(_, name)| name);
        sqlx::query(sql::VERIFY_DOMAIN)
            .bind(stamp.at.seconds())
            .bind(by)
            .bind(&organization)
            .bind(name)
            .execute(writing.connection())
            .await
            .map_err(taken("the domain is verified for another organization"))?;
        let detail = match taken_from {
            Some(former) => json!({ "by": by, "taken_from": former }),
            None => json!({ "by": by }),
        };
        writing.finish(told(ChangeKind::DomainVerified, found, detail), stamp).await
    }

    async fn insert_newcomer(&self, new: &Newcomer, stamp: Stamp) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let provider = providers::read(writing.connection(), new.provider).await?;
        let record = check_newcomer(writing.connection(), &provider, new).await?;
        let (account, organization) = (new.account.id, provider.organization);
        accounts::insert(&mut writing, &new.account, stamp).await?;
        let happened = Happened::to(account, ActivityKind::AccountCreated);
        activity::note(writing.connection(), &happened, stamp).await?;
        members::insert_membership(&mut writing, organization, account, stamp).await?;
        members::note(&mut writing, organization, account, ActivityKind::MemberAdded, stamp)
            .await?;
        providers::insert_link(&mut writing, &provider, &new.subject, account, stamp).await?;
        match record {
            Some(record) => {
                scim_users::set_account(writing.connection(), record.id, account).await?;
            }
            None => count_newcomer(writing.connection(), organization, stamp).await?,
        }
        let detail = json!({
            "email": new.account.email, "provider": new.provider, "subject": new.subject,
        });
        let subject = format!("{organization}/{account}");
        let kind = ChangeKind::NewcomerWelcomed;
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    async fn write_taken_up(
        &self,
        provider: IdentityProviderId,
        subject: &str,
        email: Option<&str>,
        account: AccountId,
        stamp: Stamp,
    ) -> Result<bool, StoreError> {
        let mut writing = self.begin().await?;
        let provider = providers::read(writing.connection(), provider).await?;
        let organization = provider.organization;
        check_open(writing.connection(), &provider).await?;
        let found = scim_users::of_person(writing.connection(), &provider, subject, email).await?;
        let theirs = |found: &crate::ScimUser| found.account.is_none_or(|known| known == account);
        let Some(found) = found.filter(theirs) else {
            return Ok(false);
        };
        if members::owner(writing.connection(), organization).await? == account {
            return Ok(false);
        }
        if !found.user.active {
            return Err(StoreError::Conflict(crate::scim::ENDED));
        }
        let member = members::is_member(writing.connection(), organization, account).await?;
        if member && found.account.is_some() {
            return Ok(false);
        }
        if !member {
            members::insert_membership(&mut writing, organization, account, stamp).await?;
            members::note(&mut writing, organization, account, ActivityKind::MemberAdded, stamp)
                .await?;
        }
        scim_users::set_account(writing.connection(), found.id, account).await?;
        let kind = if member { ChangeKind::ScimUserTakenUp } else { ChangeKind::MemberAdded };
        let detail = json!({ "scim_user": found.id, "provider": provider.id });
        let subject = format!("{organization}/{account}");
        writing.finish(Told { kind, subject, detail }, stamp).await?;
        Ok(!member)
    }
}

/// Whether who comes through the provider comes in at all: it may have been disabled on their way, or the
/// organization.
async fn check_open(
    connection: &mut DbConnection,
    provider: &IdentityProvider,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::ORGANIZATION_IS_OPEN);
    let query = query.bind(provider.organization.to_string());
    let count: i64 = query.fetch_one(connection).await?;
    if count == 1 && provider.enabled_at.is_some() {
        return Ok(());
    }
    Err(StoreError::NotFound("enabled identity provider"))
}

/// Counts an account that was made for somebody whom provisioning did not tell of.
async fn count_newcomer(
    connection: &mut DbConnection,
    organization: OrganizationId,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::COUNT_NEWCOMER).bind(stamp.at.seconds().div_euclid(DAY));
    let count: i64 = query.bind(organization.to_string()).fetch_one(connection).await?;
    if count > MAX_NEWCOMERS { Err(StoreError::Conflict(TOO_MANY_NEWCOMERS)) } else { Ok(()) }
}

/// Whether a newcomer may have an account, and what provisioning said of them.
async fn check_newcomer(
    connection: &mut DbConnection,
    provider: &IdentityProvider,
    new: &Newcomer,
) -> Result<Option<crate::ScimUser>, StoreError> {
    check_open(connection, provider).await?;
    let organization = provider.organization.to_string();
    let domain = Domain::of(&new.account.email).ok_or(StoreError::NotFound("domain"))?;
    let query = sqlx::query_scalar(sql::ORGANIZATION_OF_DOMAIN).bind(domain.as_str());
    let holder: Option<String> = query.fetch_optional(&mut *connection).await?;
    if holder.as_ref() != Some(&organization) {
        return Err(StoreError::NotFound("verified domain"));
    }
    let email = Some(new.account.email.as_str());
    let found = scim_users::of_person(connection, provider, &new.subject, email).await?;
    match &found {
        Some(found) if !found.user.active => Err(StoreError::Conflict(crate::scim::ENDED)),
        Some(found) if found.account.is_some() => {
            Err(StoreError::Conflict("the person has an account already"))
        }
        Some(_) => Ok(found),
        None => {
            let query = sqlx::query_scalar(sql::JUST_IN_TIME).bind(&organization);
            let makes: Option<bool> = query.fetch_optional(connection).await?;
            if makes == Some(true) { Ok(None) } else { Err(StoreError::NotFound("invitation")) }
        }
    }
}

/// Takes a domain from the organization that it was verified for: the operator says whose it is, and a
/// record of today wins over an organization that is disabled. From whom, if from any.
async fn free(
    connection: &mut DbConnection,
    found: &OrganizationDomain,
    by: VerifiedBy,
) -> Result<Option<String>, StoreError> {
    let query = sqlx::query(sql::OTHER_HOLDER_OF_DOMAIN).bind(found.name.as_str());
    let query = query.bind(found.organization.to_string());
    let Some(row) = query.fetch_optional(&mut *connection).await? else {
        return Ok(None);
    };
    let (holder, disabled): (String, bool) =
        (rows::text(&row, "organization")?, row.try_get("disabled")?);
    if by != VerifiedBy::Operator && !disabled {
        return Err(StoreError::Conflict("the domain is verified for another organization"));
    }
    let query = sqlx::query(sql::UNVERIFY_DOMAIN).bind(&holder);
    query.bind(found.name.as_str()).execute(connection).await?;
    Ok(Some(holder))
}

async fn insert(
    connection: &mut DbConnection,
    new: &OrganizationDomain,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::DOMAINS_COUNT).bind(new.organization.to_string());
    let count: i64 = query.fetch_one(&mut *connection).await?;
    if usize::try_from(count).is_ok_and(|count| count >= MAX_DOMAINS) {
        return Err(StoreError::Conflict("the organization has 50 domains, the most there can be"));
    }
    sqlx::query(sql::INSERT_DOMAIN)
        .bind(new.organization.to_string())
        .bind(new.name.as_str())
        .bind(&new.token)
        .bind(stamp.at.seconds())
        .execute(connection)
        .await
        .map_err(taken("the domain is added already"))?;
    Ok(())
}

fn told(kind: ChangeKind, of: &OrganizationDomain, detail: serde_json::Value) -> Told {
    Told { kind, subject: format!("{}/{}", of.organization, of.name), detail }
}

fn domain(row: &DbRow) -> Result<OrganizationDomain, StoreError> {
    let at = rows::optional_time(row, "verified_at")?;
    let by = rows::optional_text(row, "verified_by")?;
    let by = by.map(|by| NAMES.iter().find(|(_, name)| *name == by).map(|(known, _)| *known));
    let by = by.map(|by| by.ok_or(StoreError::Corrupt("kind of proof"))).transpose()?;
    Ok(OrganizationDomain {
        organization: rows::id(row, "organization")?,
        name: rows::id(row, "name")?,
        token: rows::text(row, "token")?,
        created_at: rows::time(row, "created_at")?,
        verified: at.zip(by),
    })
}
