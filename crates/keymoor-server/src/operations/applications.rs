use std::sync::Arc;

use keymoor_core::{
    AccountId, ApiSecret, ApplicationId, OrganizationId, SecretId, delegation::Rights,
    facts::StoredSecret, name::Label, wire::RedirectUri,
};
use keymoor_store::{ApplicationChange, NewApplication, Removal};

use super::{Author, OperationError};
use crate::{App, random};

/// The most redirect URIs of one application.
const MAX_REDIRECT_URIS: usize = 20;

/// What an application is to be.
#[derive(Clone, Debug)]
pub struct ApplicationOrder {
    /// What people call it.
    pub name: String,
    /// Where browsers may be sent back to.
    pub redirect_uris: Vec<String>,
    /// What it may do.
    pub rights: Rights,
    /// The only organizations that it may reach, if there are to be such.
    pub organizations: Option<Vec<OrganizationId>>,
}

impl ApplicationOrder {
    /// The same, if it holds.
    fn check(self) -> Result<ApplicationChange, OperationError> {
        let name = Label::parse(&self.name).map_err(|e| OperationError::invalid("name", &e))?;
        let invalid = |problem: &str| OperationError::invalid("redirect_uris", &problem);
        for text in &self.redirect_uris {
            RedirectUri::parse(text).map_err(|error| {
                let shown: String = text.chars().take(80).collect();
                OperationError::invalid(
                    "redirect_uris",
                    &format!("The redirect URI {shown} {error}"),
                )
            })?;
        }
        if self.redirect_uris.len() > MAX_REDIRECT_URIS {
            return Err(invalid("can hold at most 20"));
        }
        let Rights { authorization_code, device, .. } = self.rights;
        if authorization_code && self.redirect_uris.is_empty() {
            return Err(invalid("must name one at least, for answers in a browser to go to"));
        }
        if !authorization_code && !device {
            return Err(OperationError::invalid("rights", &"Choose at least one way to ask."));
        }
        if self.organizations.as_ref().is_some_and(|only| only.len() > 32) {
            return Err(OperationError::invalid("organizations", &"at most 32 can be named"));
        }
        let Self { redirect_uris, rights, organizations, .. } = self;
        Ok(ApplicationChange { name, redirect_uris, rights, organizations })
    }
}

impl App {
    /// Registers an application. A confidential one gets a secret: this is the only moment at which
    /// it is known.
    pub async fn create_application(
        self: &Arc<Self>,
        owner: AccountId,
        id: ApplicationId,
        order: ApplicationOrder,
        confidential: bool,
        by: impl Into<Author>,
    ) -> Result<Option<ApiSecret>, OperationError> {
        let settings = order.check()?;
        let secret = confidential.then(|| ApiSecret::generate(random()));
        let stored = secret.as_ref().map(|secret| StoredSecret {
            id: SecretId::from_random(random()),
            digest: self.pepper.digest(secret),
        });
        let new = NewApplication { id, owner, settings, secret: stored };
        self.carry_out(by, move |app, stamp| async move {
            app.store.create_application(&new, stamp).await
        })
        .await?;
        Ok(secret)
    }

    /// Changes what an application is called and may do.
    pub async fn change_application(
        self: &Arc<Self>,
        owner: AccountId,
        id: ApplicationId,
        order: ApplicationOrder,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let change = order.check()?;
        self.carry_out(by, move |app, stamp| async move {
            app.store.change_application(owner, id, &change, stamp).await
        })
        .await
    }

    /// Gives a confidential application another secret under that id. The one before works no more.
    pub async fn replace_application_secret(
        self: &Arc<Self>,
        owner: AccountId,
        id: ApplicationId,
        secret_id: SecretId,
        by: impl Into<Author>,
    ) -> Result<ApiSecret, OperationError> {
        let secret = ApiSecret::generate(random());
        let stored = StoredSecret { id: secret_id, digest: self.pepper.digest(&secret) };
        self.carry_out(by, move |app, stamp| async move {
            app.store.replace_application_secret(owner, id, &stored, stamp).await
        })
        .await?;
        Ok(secret)
    }

    /// Removes an application with everything that people allowed it.
    pub async fn remove_application(
        self: &Arc<Self>,
        owner: AccountId,
        id: ApplicationId,
        reason: Option<&str>,
        by: impl Into<Author>,
    ) -> Result<Removal, OperationError> {
        let reason = reason
            .map(|reason| Label::parse(reason).map_err(|e| OperationError::invalid("reason", &e)))
            .transpose()?;
        self.carry_out(by, move |app, stamp| async move {
            let reason = reason.as_ref().map(Label::as_str);
            app.store.remove_application(owner, id, reason, stamp).await
        })
        .await
    }
}
