use std::sync::Arc;

use keymoor_core::explain::RequestId;
use keymoor_store::Actor;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    AccountCommand, ApplicationCommand, AuditCommand, GrantCommand, OrganizationCommand,
    ResourceServerCommand, SigningKeyCommand, TokenCommand, explain::explain,
};
use crate::{App, operations::OperationError};

/// What an operator can tell a server to do, as it goes over the admin socket. No `Debug`: one
/// holds a password.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "each names what its commands are about")]
pub enum Command {
    Account(AccountCommand),
    Organization(OrganizationCommand),
    Token(TokenCommand),
    Application(ApplicationCommand),
    Grant(GrantCommand),
    ResourceServer(ResourceServerCommand),
    SigningKey(SigningKeyCommand),
    /// Answers why the call of that request id was refused, as a list of `{why, …}`.
    Explain {
        request_id: RequestId,
    },
    Audit(AuditCommand),
}

impl Command {
    /// Carries the command out.
    pub async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::Account(command) => command.run(app).await,
            Self::Organization(command) => command.run(app).await,
            Self::Token(command) => command.run(app).await,
            Self::Application(command) => command.run(app).await,
            Self::Grant(command) => command.run(app).await,
            Self::ResourceServer(command) => command.run(app).await,
            Self::SigningKey(command) => command.run(app).await,
            Self::Explain { request_id } => explain(app, request_id).await,
            Self::Audit(command) => command.run(app).await,
        }
    }
}

impl Command {
    /// Whether only a running server can carry it out: it answers with a URL of that server.
    pub fn needs_server(&self) -> bool {
        use AccountCommand::{Invite, PasswordLink};
        matches!(self, Self::Account(Invite { .. } | PasswordLink { .. }))
    }
}

/// Whoever can open the socket is the operator.
pub(super) const BY: Actor = Actor::Operator;

pub(super) fn done(outcome: Result<(), OperationError>) -> Result<Value, OperationError> {
    outcome.map(|()| json!({}))
}
