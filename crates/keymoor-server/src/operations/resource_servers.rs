use std::sync::Arc;

use keymoor_core::{
    ApiSecret, ResourceServerId, ScopeName, SecretId, audience::ApiIdentifier, facts::StoredSecret,
    name::Label,
};
use keymoor_store::ResourceServer;

use super::{Author, OperationError};
use crate::{App, random};

/// The most scopes that a resource server knows.
const MAX_SCOPES: usize = 100;

/// A resource server to be made.
#[derive(Clone, Debug)]
pub struct ResourceServerOrder {
    /// The identifier of the API, the `aud` of its tokens.
    pub audience: String,
    /// What people call it.
    pub name: String,
    /// The scopes that it knows besides those of organizations.
    pub scopes: Vec<String>,
}

/// A new resource server: the only moment at which its secret is known.
#[derive(Debug)]
pub struct CreatedResourceServer {
    /// The `client_id` of its credentials.
    pub id: ResourceServerId,
    /// Their `client_secret`, to be shown once.
    pub secret: ApiSecret,
}

impl App {
    /// Makes a resource server: tokens can be for its audience, and it may ask about those and
    /// listen to the removal feed.
    pub async fn create_resource_server(
        self: &Arc<Self>,
        order: ResourceServerOrder,
        by: impl Into<Author>,
    ) -> Result<CreatedResourceServer, OperationError> {
        let audience: ApiIdentifier =
            order.audience.parse().map_err(|e| OperationError::invalid("audience", &e))?;
        let name = Label::parse(&order.name).map_err(|e| OperationError::invalid("name", &e))?;
        let scopes = scopes(&order.scopes)?;
        let (id, secret) = (ResourceServerId::from_random(random()), ApiSecret::generate(random()));
        let digest = self.pepper.digest(&secret);
        let stored = StoredSecret { id: SecretId::from_random(random()), digest };
        let created_at = self.now();
        let new = ResourceServer { id, audience, name, scopes, secret: stored, created_at };
        self.carry_out(by, move |app, stamp| async move {
            app.store.create_resource_server(&new, stamp).await
        })
        .await?;
        Ok(CreatedResourceServer { id, secret })
    }

    /// Removes a resource server: its credentials are refused, and no token is for its audience
    /// any more.
    pub async fn remove_resource_server(
        self: &Arc<Self>,
        id: ResourceServerId,
        by: impl Into<Author>,
    ) -> Result<(), OperationError> {
        self.carry_out(by, move |app, stamp| async move {
            app.store.remove_resource_server(id, stamp).await
        })
        .await
    }
}

fn scopes(texts: &[String]) -> Result<Vec<ScopeName>, OperationError> {
    let mut scopes = Vec::new();
    for text in texts {
        let refused = || {
            let problem = format!(
                "{text:?} cannot be a scope: letters, digits and . _ : / - only, at most 64 \
                 characters, and not beginning with \"organization\""
            );
            OperationError::invalid("scope", &problem)
        };
        let scope: ScopeName = text.parse().map_err(|_| refused())?;
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.len() > MAX_SCOPES {
        return Err(OperationError::invalid("scope", &"at most 100 can be named"));
    }
    Ok(scopes)
}
