use std::sync::Arc;

use keymoor_core::{
    AccountId, ApiKey, ApiSecret, SecretId, TokenId, facts::Limits, name::Label, token::TOKEN_LIFE,
};
use keymoor_store::{Actor, NewApiSecret, NewApiToken, Removal, StoreError};

use super::{Author, OperationError};
use crate::{App, random};

/// An API token to be made.
#[derive(Clone, Debug)]
pub struct ApiTokenOrder {
    /// Who will own it.
    pub account: AccountId,
    /// What its owner calls it.
    pub label: String,
    /// What narrows it. One that is made by another takes that one's limits instead.
    pub limits: Limits,
    /// The API token whose bearer makes it.
    pub parent: Option<ApiKey>,
    /// The API token of another account whose bearer makes it: recorded as the one that it was made
    /// by. Whoever orders sees to it that `limits` lie within that one's.
    pub asked_by: Option<ApiKey>,
    /// The API Key that it gets; a fresh one if `None`. A form that is sent twice so makes one.
    pub api_key: Option<ApiKey>,
}

/// A new API token: the only moment at which its secret is known.
#[derive(Debug)]
pub struct CreatedApiToken {
    /// The API Key.
    pub api_key: ApiKey,
    /// The API Secret, to be shown once.
    pub secret: ApiSecret,
}

/// A new API Secret: the only moment at which it is known.
#[derive(Debug)]
pub struct CreatedSecret {
    /// Its id, by which it is closed.
    pub id: SecretId,
    /// The API Secret, to be shown once.
    pub secret: ApiSecret,
}

impl App {
    /// Makes an API token with its first secret.
    pub async fn create_api_token(
        self: &Arc<Self>,
        order: ApiTokenOrder,
        by: impl Into<Author>,
    ) -> Result<CreatedApiToken, OperationError> {
        let label = Label::parse(&order.label).map_err(|e| OperationError::invalid("label", &e))?;
        check_limits(&order.limits)?;
        let limits = match order.parent {
            Some(parent) => self.limits_of(order.account, parent).await?,
            None => order.limits,
        };
        let limits = self.narrowed(order.account, limits).await?;
        let api_key = order.api_key.unwrap_or_else(|| ApiKey::from_random(random()));
        let secret = ApiSecret::generate(random());
        let new = NewApiToken {
            api_key,
            account: order.account,
            label,
            limits,
            parent: order.parent.or(order.asked_by),
            secret: SecretId::from_random(random()),
            digest: self.pepper.digest(&secret),
        };
        self.carry_out(by, move |app, stamp| async move {
            app.store.create_api_token(&new, stamp).await
        })
        .await?;
        Ok(CreatedApiToken { api_key, secret })
    }

    /// Adds an API Secret beside the one that an API token has, to replace it without a gap.
    pub async fn add_api_secret(
        self: &Arc<Self>,
        api_key: ApiKey,
        by: impl Into<Author>,
    ) -> Result<CreatedSecret, OperationError> {
        let (id, secret) = (SecretId::from_random(random()), ApiSecret::generate(random()));
        let new = NewApiSecret { api_key, secret: id, digest: self.pepper.digest(&secret) };
        self.carry_out(
            by,
            move |app, stamp| async move { app.store.add_api_secret(&new, stamp).await },
        )
        .await?;
        Ok(CreatedSecret { id, secret })
    }

    /// Closes an API Secret: it is refused from now on, and the access tokens that it was
    /// exchanged for are too. The others of the API token work on.
    pub async fn close_api_secret(
        self: &Arc<Self>,
        key: ApiKey,
        secret: SecretId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.close_api_secret(key, secret, stamp).await
        })
        .await
    }

    /// Ends one access token of an API token before its time.
    pub async fn revoke_access_token(
        self: &Arc<Self>,
        key: ApiKey,
        token: TokenId,
    ) -> Result<(), OperationError> {
        self.carry_out(Actor::ApiToken(key), move |app, stamp| async move {
            app.store.revoke_access_token(key, token, stamp).await
        })
        .await
        .map(drop)
    }

    /// Gives an API token another label.
    pub async fn rename_api_token(
        self: &Arc<Self>,
        account: AccountId,
        key: ApiKey,
        label: &str,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        let label = Label::parse(label).map_err(|e| OperationError::invalid("label", &e))?;
        self.carry_out(by, move |app, stamp| async move {
            app.store.rename_api_token(account, key, &label, stamp).await
        })
        .await
    }

    /// What belongs to an organization opens that one alone.
    async fn narrowed(&self, account: AccountId, limits: Limits) -> Result<Limits, OperationError> {
        let Some(found) = self.store.service_account(account).await? else {
            return Ok(limits);
        };
        if !limits.allow_organization(found.organization) {
            let problem = "must be the one that the service account belongs to";
            return Err(OperationError::invalid("organizations", &problem));
        }
        Ok(Limits { organizations: Some(vec![found.organization]), ..limits })
    }

    /// What a token made by `parent` must not exceed: the parent's own limits.
    async fn limits_of(
        &self,
        account: AccountId,
        parent: ApiKey,
    ) -> Result<Limits, OperationError> {
        let parent = self.store.api_token(account, parent).await?;
        Ok(parent.ok_or(StoreError::NotFound("API token"))?.limits)
    }

    /// Removes an API token. When this returns, no access token is issued for it any more, and
    /// the server's own guard refuses those that live.
    pub async fn remove_api_token(
        self: &Arc<Self>,
        account: AccountId,
        key: ApiKey,
        reason: Option<&str>,
        by: impl Into<Author>,
    ) -> Result<Removal, OperationError> {
        let reason = reason
            .map(|reason| Label::parse(reason).map_err(|e| OperationError::invalid("reason", &e)))
            .transpose()?;
        self.carry_out(by, move |app, stamp| async move {
            let reason = reason.as_ref().map(Label::as_str);
            app.store.remove_api_token(account, key, reason, stamp).await
        })
        .await
    }
}

fn check_limits(limits: &Limits) -> Result<(), OperationError> {
    if limits.token_life.is_some_and(|life| !(1..=TOKEN_LIFE).contains(&life)) {
        return Err(OperationError::invalid("token_life", &"must be 1 to 300 seconds"));
    }
    if limits.organizations.as_ref().is_some_and(|only| only.len() > 32) {
        return Err(OperationError::invalid("organizations", &"at most 32 can be named"));
    }
    Ok(())
}
