use async_trait::async_trait;
use keymoor_core::{
    AccountId, ApplicationId,
    delegation::{ApplicationFacts, DelegationFacts, Rights},
    facts::StoredSecret,
};
use serde_json::{Value, json};

use super::{
    super::{
        accounts,
        activity::{self, Happened},
        driver::{DbConnection, Handle},
        writing::{Told, Writing},
    },
    rows,
};
use crate::{
    ActivityKind, Application, ApplicationChange, Applications, ChangeKind, MAX_APPLICATIONS,
    NewApplication, Removal, Stamp, StoreError, error::taken, sql, text::encode,
};

const NONE: StoreError = StoreError::NotFound("application");

#[async_trait]
impl Applications for Handle {
    async fn create_application(
        &self,
        new: &NewApplication,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("create application", self.insert_application(new, stamp))
    }

    async fn application(&self, id: ApplicationId) -> Result<Option<Application>, StoreError> {
        one!(self, sqlx::query(sql::APPLICATION).bind(id.to_string()), rows::application)
    }

    async fn applications(&self) -> Result<Vec<Application>, StoreError> {
        all!(self, sqlx::query(sql::APPLICATIONS), rows::application)
    }

    async fn applications_of(&self, owner: AccountId) -> Result<Vec<Application>, StoreError> {
        all!(self, sqlx::query(sql::APPLICATIONS_OF).bind(owner.to_string()), rows::application)
    }

    async fn delegation_facts(
        &self,
        application: ApplicationId,
        account: AccountId,
    ) -> Result<Option<DelegationFacts>, StoreError> {
        self.read_delegation(application, account).await
    }

    async fn change_application(
        &self,
        owner: AccountId,
        id: ApplicationId,
        change: &ApplicationChange,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!("change application", self.set_application(owner, id, change, stamp))
    }

    async fn replace_application_secret(
        &self,
        owner: AccountId,
        id: ApplicationId,
        secret: &StoredSecret,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        transaction!(
            "replace application's secret",
            self.set_application_secret(owner, id, secret, stamp)
        )
    }

    async fn remove_application(
        &self,
        owner: AccountId,
        id: ApplicationId,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError> {
        transaction!("remove application", self.mark_application_removed(owner, id, reason, stamp))
    }
}

impl Handle {
    async fn insert_application(
        &self,
        new: &NewApplication,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        accounts::check_exists(writing.connection(), new.owner).await?;
        let query = sqlx::query_scalar(sql::APPLICATIONS_COUNT).bind(new.owner.to_string());
        let count: i64 = query.fetch_one(writing.connection()).await?;
        if usize::try_from(count).is_ok_and(|count| count >= MAX_APPLICATIONS) {
            return Err(StoreError::Conflict("the account has 100 applications already"));
        }
        insert(&mut writing, new, stamp).await?;
        let (kind, name) = (ActivityKind::ApplicationCreated, new.settings.name.as_str());
        note(&mut writing, new.owner, new.id, kind, name, stamp).await?;
        let (kind, subject) = (ChangeKind::ApplicationCreated, new.id.to_string());
        let detail = detail(new.owner, &new.settings, new.secret.is_some());
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    async fn set_application(
        &self,
        owner: AccountId,
        id: ApplicationId,
        change: &ApplicationChange,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let before = active(writing.connection(), owner, id).await?;
        let organizations = change.organizations.as_ref().map(rows::written).transpose()?;
        sqlx::query(sql::CHANGE_APPLICATION)
            .bind(change.name.as_str())
            .bind(rows::written(&change.redirect_uris)?)
            .bind(change.rights.authorization_code)
            .bind(change.rights.device)
            .bind(change.rights.refresh_tokens)
            .bind(organizations)
            .bind(id.to_string())
            .execute(writing.connection())
            .await?;
        let (kind, name) = (ActivityKind::ApplicationChanged, change.name.as_str());
        note(&mut writing, owner, id, kind, name, stamp).await?;
        let kind = if is_narrower(&before.facts, change) {
            ChangeKind::ApplicationNarrowed
        } else {
            ChangeKind::ApplicationChanged
        };
        let detail = detail(owner, change, before.facts.secret.is_some());
        writing.finish(Told { kind, subject: id.to_string(), detail }, stamp).await
    }

    async fn set_application_secret(
        &self,
        owner: AccountId,
        id: ApplicationId,
        secret: &StoredSecret,
        stamp: Stamp,
    ) -> Result<(), StoreError> {
        let mut writing = self.begin().await?;
        let before = active(writing.connection(), owner, id).await?;
        let Some(replaced) = before.facts.secret else {
            return Err(StoreError::Conflict("the application is a public client"));
        };
        let (pepper, mac) = secret.digest.parts();
        sqlx::query(sql::REPLACE_APPLICATION_SECRET)
            .bind(secret.id.to_string())
            .bind(pepper)
            .bind(encode(mac))
            .bind(id.to_string())
            .execute(writing.connection())
            .await?;
        let (kind, name) = (ActivityKind::ApplicationSecretReplaced, before.name.as_str());
        note(&mut writing, owner, id, kind, name, stamp).await?;
        let subject = format!("{id}/{}", replaced.id);
        let detail = json!({ "account": owner, "secret_id": secret.id });
        let kind = ChangeKind::ApplicationSecretReplaced;
        writing.finish(Told { kind, subject, detail }, stamp).await
    }

    async fn mark_application_removed(
        &self,
        owner: AccountId,
        id: ApplicationId,
        reason: Option<&str>,
        stamp: Stamp,
    ) -> Result<Removal, StoreError> {
        let mut writing = self.begin().await?;
        let before = owned(writing.connection(), owner, id).await?;
        if before.removal.is_some() {
            return Err(StoreError::Conflict("the application was removed before"));
        }
        let reason = reason.map(str::to_owned);
        let removal = Removal { at: stamp.at, by: stamp.by.to_string(), reason };
        sqlx::query(sql::REMOVE_APPLICATION)
            .bind(removal.at.seconds())
            .bind(&removal.by)
            .bind(&removal.reason)
            .bind(id.to_string())
            .execute(writing.connection())
            .await?;
        let (kind, name) = (ActivityKind::ApplicationRemoved, before.name.as_str());
        note(&mut writing, owner, id, kind, name, stamp).await?;
        let detail = json!({ "account": owner, "reason": removal.reason });
        let (kind, subject) = (ChangeKind::ApplicationRemoved, id.to_string());
        writing.finish(Told { kind, subject, detail }, stamp).await?;
        Ok(removal)
    }
}

/// Tells guards of the applications of an account that is disabled: their access tokens are other
/// people's.
pub(in super::super) async fn suspend_all(
    writing: &mut Writing,
    owner: &str,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let query = sqlx::query_scalar(sql::APPLICATION_IDS).bind(owner);
    let ids: Vec<String> = query.fetch_all(writing.connection()).await?;
    for subject in ids {
        let (kind, detail) = (ChangeKind::ApplicationOwnerDisabled, json!({ "account": owner }));
        writing.also(Told { kind, subject, detail }, stamp).await?;
    }
    Ok(())
}

/// Whether something is taken away that access tokens of now were issued by.
fn is_narrower(before: &ApplicationFacts, change: &ApplicationChange) -> bool {
    let each = |rights: Rights| [rights.authorization_code, rights.device, rights.refresh_tokens];
    let mut rights = each(before.rights).into_iter().zip(each(change.rights));
    let organizations = match (&before.organizations, &change.organizations) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => before.iter().any(|one| !after.contains(one)),
    };
    organizations || rights.any(|(before, after)| before && !after)
}

fn detail(owner: AccountId, settings: &ApplicationChange, confidential: bool) -> Value {
    let Rights { authorization_code, device, refresh_tokens } = settings.rights;
    json!({
        "account": owner,
        "name": settings.name,
        "redirect_uris": settings.redirect_uris,
        "confidential": confidential,
        "authorization_code": authorization_code,
        "device": device,
        "refresh_tokens": refresh_tokens,
        "organizations": settings.organizations,
    })
}

async fn insert(
    writing: &mut Writing,
    new: &NewApplication,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let settings = &new.settings;
    let digest = new.secret.as_ref().map(|secret| secret.digest.parts());
    sqlx::query(sql::INSERT_APPLICATION)
        .bind(new.id.to_string())
        .bind(new.owner.to_string())
        .bind(settings.name.as_str())
        .bind(new.secret.as_ref().map(|secret| secret.id.to_string()))
        .bind(digest.map(|(pepper, _)| pepper))
        .bind(digest.map(|(_, mac)| encode(mac)))
        .bind(rows::written(&settings.redirect_uris)?)
        .bind(settings.rights.authorization_code)
        .bind(settings.rights.device)
        .bind(settings.rights.refresh_tokens)
        .bind(settings.organizations.as_ref().map(rows::written).transpose()?)
        .bind(writing.number)
        .bind(stamp.at.seconds())
        .execute(writing.connection())
        .await
        .map_err(taken("an application with this id exists already"))?;
    Ok(())
}

async fn note(
    writing: &mut Writing,
    account: AccountId,
    id: ApplicationId,
    kind: ActivityKind,
    label: &str,
    stamp: Stamp,
) -> Result<(), StoreError> {
    let happened = Happened { account, kind, subject: id.to_string(), label };
    activity::note(writing.connection(), &happened, stamp).await
}

async fn active(
    connection: &mut DbConnection,
    owner: AccountId,
    id: ApplicationId,
) -> Result<Application, StoreError> {
    let found = owned(connection, owner, id).await?;
    if found.removal.is_none() { Ok(found) } else { Err(NONE) }
}

async fn owned(
    connection: &mut DbConnection,
    owner: AccountId,
    id: ApplicationId,
) -> Result<Application, StoreError> {
    let query = sqlx::query(sql::APPLICATION).bind(id.to_string());
    let row = query.fetch_optional(connection).await?.ok_or(NONE)?;
    let found = rows::application(&row)?;
    if found.owner == owner { Ok(found) } else { Err(NONE) }
}
