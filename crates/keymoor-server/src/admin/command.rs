use std::sync::Arc;

use keymoor_core::{ApiKey, OrganizationId, ResourceServerId, SecretId, facts::Limits};
use keymoor_store::{AccountKind, Actor, ApiSecretRecord, ApiToken, ResourceServer, StoreError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::{
    App,
    operations::{
        AccountOrder, ApiTokenOrder, AttestationOrder, OperationError, OrganizationOrder,
        ResourceServerOrder, SigningKeyState,
    },
    time::rfc3339,
};

/// What an operator can tell a server to do, as it goes over the admin socket. No `Debug`: one
/// holds a password.
#[derive(Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum Command {
    /// Makes an account; answers `{uuid}`.
    AccountCreate { email: String, password: Option<Zeroizing<String>>, service: bool },
    /// Disables or enables an account; answers `{}`.
    AccountSetDisabled { email: String, disabled: bool },
    /// Makes an organization; answers `{uuid}`.
    OrganizationCreate { name: String, owner: String, federated: bool },
    /// Makes an account a member; answers `{}`.
    OrganizationAddMember { organization: OrganizationId, email: String },
    /// Ends a membership; answers `{}`.
    OrganizationRemoveMember { organization: OrganizationId, email: String },
    /// Disables or enables an organization; answers `{}`.
    OrganizationSetDisabled { organization: OrganizationId, disabled: bool },
    /// Says whether an organization enforces single sign-on; answers `{}`.
    OrganizationSetFederated { organization: OrganizationId, federated: bool },
    /// Vouches for a sign-in; answers `{until}`.
    OrganizationAttestSignIn {
        organization: OrganizationId,
        email: String,
        reason: String,
        hours: u32,
    },
    /// Makes an API token; answers `{api_key, api_secret}`.
    TokenCreate { email: String, label: String, limits: Limits },
    /// Answers the API tokens of an account.
    TokenList { email: String },
    /// Removes an API token; answers `{removed_at}`.
    TokenRemove { api_key: ApiKey, reason: Option<String> },
    /// Answers the secrets of an API token, without what is secret.
    SecretList { api_key: ApiKey },
    /// Adds an API Secret; answers `{secret_id, api_secret}`.
    SecretAdd { api_key: ApiKey },
    /// Closes an API Secret; answers `{}`.
    SecretClose { api_key: ApiKey, secret: SecretId },
    /// Makes a resource server; answers `{client_id, client_secret}`.
    ResourceServerCreate { audience: String, name: String, scopes: Vec<String> },
    /// Answers the resource servers.
    ResourceServerList,
    /// Removes a resource server; answers `{}`.
    ResourceServerRemove { id: ResourceServerId },
    /// Answers the signing keys.
    SigningKeyList,
    /// Makes the next signing key; answers `{kid, signs_from}`.
    SigningKeyRotate,
    /// Withdraws a signing key; answers `{}`.
    SigningKeyWithdraw { kid: String },
}

impl Command {
    /// Carries the command out.
    pub async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::AccountCreate { email, password, service } => {
                let kind = if service { AccountKind::Service } else { AccountKind::Person };
                let order = AccountOrder { email, kind, password };
                Ok(json!({ "uuid": app.create_account(order, BY).await? }))
            }
            Self::AccountSetDisabled { email, disabled } => {
                let account = app.account_by_email(&email).await?;
                done(app.set_account_disabled(account, disabled, BY).await)
            }
            Self::TokenCreate { email, label, limits } => {
                create_token(app, &email, label, limits).await
            }
            Self::TokenList { email } => {
                let account = app.account_by_email(&email).await?;
                Ok(app.store.api_tokens(account).await?.iter().map(row).collect())
            }
            Self::TokenRemove { api_key, reason } => remove_token(app, api_key, reason).await,
            Self::SecretList { api_key } => {
                Ok(app.store.api_secrets(api_key).await?.iter().map(secret_row).collect())
            }
            Self::SecretAdd { api_key } => {
                let made = app.add_api_secret(api_key, BY).await?;
                Ok(json!({ "secret_id": made.id, "api_secret": made.secret.expose() }))
            }
            Self::SecretClose { api_key, secret } => {
                done(app.close_api_secret(api_key, secret, BY).await)
            }
            other => other.run_rarer(app).await,
        }
    }

    async fn run_rarer(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::ResourceServerCreate { audience, name, scopes } => {
                let order = ResourceServerOrder { audience, name, scopes };
                let made = app.create_resource_server(order, BY).await?;
                Ok(json!({ "client_id": made.id, "client_secret": made.secret.expose() }))
            }
            Self::ResourceServerList => {
                Ok(app.store.resource_servers().await?.iter().map(resource_server_row).collect())
            }
            Self::ResourceServerRemove { id } => done(app.remove_resource_server(id, BY).await),
            Self::SigningKeyList => {
                Ok(app.signing_key_states().await?.iter().map(signing_key_row).collect())
            }
            Self::SigningKeyRotate => {
                let (kid, turn) = app.rotate_signing_key(BY).await?;
                Ok(json!({ "kid": kid, "signs_from": rfc3339(turn) }))
            }
            Self::SigningKeyWithdraw { kid } => done(app.withdraw_signing_key(&kid, BY).await),
            other => other.run_for_organization(app).await,
        }
    }

    async fn run_for_organization(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::OrganizationCreate { name, owner, federated } => {
                let owner = app.account_by_email(&owner).await?;
                let order = OrganizationOrder { name, owner, federated };
                Ok(json!({ "uuid": app.create_organization(order, BY).await? }))
            }
            Self::OrganizationAddMember { organization, email } => {
                let account = app.account_by_email(&email).await?;
                done(app.add_member(organization, account, BY).await)
            }
            Self::OrganizationRemoveMember { organization, email } => {
                let account = app.account_by_email(&email).await?;
                done(app.remove_member(organization, account, BY).await)
            }
            Self::OrganizationSetDisabled { organization, disabled } => {
                done(app.set_organization_disabled(organization, disabled, BY).await)
            }
            Self::OrganizationSetFederated { organization, federated } => {
                done(app.set_organization_federated(organization, federated, BY).await)
            }
            Self::OrganizationAttestSignIn { organization, email, reason, hours } => {
                let account = app.account_by_email(&email).await?;
                let order = AttestationOrder { organization, account, reason, hours };
                let until = app.attest_sign_in(order, BY).await?;
                Ok(json!({ "until": rfc3339(until) }))
            }
            _ => unreachable!("the other commands are carried out above"),
        }
    }
}

/// Whoever can open the socket is the operator.
const BY: Actor = Actor::Operator;

fn done(outcome: Result<(), OperationError>) -> Result<Value, OperationError> {
    outcome.map(|()| json!({}))
}

async fn create_token(
    app: &Arc<App>,
    email: &str,
    label: String,
    limits: Limits,
) -> Result<Value, OperationError> {
    let account = app.account_by_email(email).await?;
    let order = ApiTokenOrder { account, label, limits, parent: None };
    let created = app.create_api_token(order, BY).await?;
    Ok(json!({ "api_key": created.api_key, "api_secret": created.secret.expose() }))
}

async fn remove_token(
    app: &Arc<App>,
    key: ApiKey,
    reason: Option<String>,
) -> Result<Value, OperationError> {
    let facts = app.store.credential_facts(key).await?;
    let account = facts.ok_or(StoreError::NotFound("API token"))?.account;
    let removal = app.remove_api_token(account, key, reason.as_deref(), BY).await?;
    Ok(json!({ "removed_at": rfc3339(removal.at) }))
}

fn row(token: &ApiToken) -> Value {
    json!({
        "api_key": token.api_key,
        "label": token.label,
        "created_at": rfc3339(token.created_at),
        "last_used_at": token.last_use.map(|last| rfc3339(last.at)),
        "last_used_from": token.last_use.map(|last| last.address),
        "removed_at": token.removal.as_ref().map(|removal| rfc3339(removal.at)),
    })
}

fn secret_row(secret: &ApiSecretRecord) -> Value {
    json!({
        "secret_id": secret.id,
        "created_at": rfc3339(secret.created_at),
        "last_used_at": secret.last_use.map(|last| rfc3339(last.at)),
        "closed_at": secret.closed_at.map(rfc3339),
    })
}

fn resource_server_row(server: &ResourceServer) -> Value {
    json!({
        "client_id": server.id,
        "audience": server.audience.as_str(),
        "name": server.name,
        "scopes": server.scopes,
        "created_at": rfc3339(server.created_at),
    })
}

fn signing_key_row(state: &SigningKeyState) -> Value {
    json!({
        "kid": state.key.kid,
        "algorithm": state.key.algorithm.name(),
        "state": state.state,
        "signs_from": rfc3339(state.key.signs_from),
        "withdrawn_at": state.key.withdrawn_at.map(rfc3339),
    })
}
