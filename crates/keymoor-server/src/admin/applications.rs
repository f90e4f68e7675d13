//! The operator's commands about applications and about what people allowed them.

use std::sync::Arc;

use keymoor_core::{AccountId, ApplicationId, GrantId};
use keymoor_store::{Application, Grant, GrantEnding, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::{BY, done};
use crate::{App, operations::OperationError, time::rfc3339};

/// About applications.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum ApplicationCommand {
    /// Answers the applications, of one owner if an address is named.
    List { email: Option<String> },
    /// Removes an application; answers `{removed_at}`.
    Remove { id: ApplicationId, reason: Option<String> },
}

/// About what people allowed applications.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum GrantCommand {
    /// Answers the grants that count.
    List(GrantsOf),
    /// Ends one; answers `{}`.
    End { id: GrantId },
    /// Ends all of those that count, and what was allowed and not fetched yet; answers `{ended}`, how
    /// many.
    EndAll(GrantsOf),
}

/// Which grants: those that fit all that is named, of which there has to be one.
#[derive(Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub struct GrantsOf {
    pub email: Option<String>,
    pub application: Option<ApplicationId>,
}

impl ApplicationCommand {
    pub(super) async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::List { email } => {
                let found = match email {
                    Some(email) => {
                        app.store.applications_of(app.account_by_email(&email).await?).await?
                    }
                    None => app.store.applications().await?,
                };
                Ok(found.iter().map(application_row).collect())
            }
            Self::Remove { id, reason } => {
                let owner = existing(app, id).await?.owner;
                let removal = app.remove_application(owner, id, reason.as_deref(), BY).await?;
                Ok(json!({ "removed_at": rfc3339(removal.at) }))
            }
        }
    }
}

impl GrantCommand {
    pub(super) async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::List(of) => Ok(of.find(app).await?.iter().map(grant_row).collect()),
            Self::End { id } => done(app.end_grant(id, GrantEnding::ByOperator, BY).await),
            Self::EndAll(of) => {
                // These first: nothing becomes a grant behind the list's back.
                let (account, application) = of.named(app).await?;
                let mut ended = app.withdraw(account, application, BY).await?;
                for grant in of.find(app).await? {
                    match app.end_grant(grant.id, GrantEnding::ByOperator, BY).await {
                        Ok(()) => ended += 1,
                        // Somebody else was first.
                        Err(OperationError::Store(
                            StoreError::Conflict(_) | StoreError::NotFound(_),
                        )) => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(json!({ "ended": ended }))
            }
        }
    }
}

impl GrantsOf {
    async fn find(&self, app: &Arc<App>) -> Result<Vec<Grant>, OperationError> {
        let (account, application) = self.named(app).await?;
        let Some(account) = account else {
            let id = application.ok_or(StoreError::NotFound("account or application"))?;
            return Ok(app.store.grants_to(id, app.now()).await?);
        };
        let mut found = app.store.grants_of(account, app.now()).await?;
        found.retain(|one| application.is_none_or(|id| one.consent.application == id));
        Ok(found)
    }

    /// What is named, of which there is one at least.
    async fn named(
        &self,
        app: &Arc<App>,
    ) -> Result<(Option<AccountId>, Option<ApplicationId>), OperationError> {
        if let Some(id) = self.application {
            existing(app, id).await?;
        }
        let account = match &self.email {
            Some(email) => Some(app.account_by_email(email).await?),
            None => None,
        };
        if account.is_none() && self.application.is_none() {
            return Err(StoreError::NotFound("account or application").into());
        }
        Ok((account, self.application))
    }
}

async fn existing(app: &App, id: ApplicationId) -> Result<Application, OperationError> {
    Ok(app.store.application(id).await?.ok_or(StoreError::NotFound("application"))?)
}

fn application_row(application: &Application) -> Value {
    let rights = application.facts.rights;
    let named = [
        (rights.authorization_code, "browser"),
        (rights.device, "device"),
        (rights.refresh_tokens, "refresh_tokens"),
    ];
    let rights: Vec<_> = named.into_iter().filter_map(|(on, name)| on.then_some(name)).collect();
    json!({
        "client_id": application.facts.id,
        "name": application.name,
        "owner": application.owner_email.as_str(),
        "confidential": application.facts.secret.is_some(),
        "rights": rights,
        "redirect_uris": application.redirect_uris,
        "organizations": application.facts.organizations,
        "created_at": rfc3339(application.created_at),
    })
}

fn grant_row(grant: &Grant) -> Value {
    let consent = &grant.consent;
    json!({
        "grant_id": grant.id,
        "client_id": consent.application,
        "application": grant.application_name,
        "account": grant.account_email.as_str(),
        "scope": consent.scopes.to_string(),
        "audience": consent.audience,
        "organizations": consent.limits.organizations,
        "created_at": rfc3339(grant.created_at),
        "last_used_at": rfc3339(grant.last_use.at),
        "last_used_from": grant.last_use.address,
        "expires_at": rfc3339(grant.expires_at),
    })
}
