//! The operator's commands about resource servers.

use std::sync::Arc;

use keymoor_core::ResourceServerId;
use keymoor_store::ResourceServer;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::command::{BY, done};
use crate::{
    App,
    operations::{OperationError, ResourceServerOrder},
    time::rfc3339,
};

/// About resource servers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the fields are those of the commands, whose help explains them")]
pub enum ResourceServerCommand {
    /// Makes a resource server; answers `{client_id, client_secret}`.
    Create { audience: String, name: String, scopes: Vec<String> },
    /// Answers the resource servers.
    List,
    /// Removes a resource server; answers `{}`.
    Remove { id: ResourceServerId },
}

impl ResourceServerCommand {
    pub(super) async fn run(self, app: &Arc<App>) -> Result<Value, OperationError> {
        match self {
            Self::Create { audience, name, scopes } => {
                let order = ResourceServerOrder { audience, name, scopes };
                let made = app.create_resource_server(order, BY).await?;
                Ok(json!({ "client_id": made.id, "client_secret": made.secret.expose() }))
            }
            Self::List => {
                Ok(app.store.resource_servers().await?.iter().map(resource_server_row).collect())
            }
            Self::Remove { id } => done(app.remove_resource_server(id, BY).await),
        }
    }
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
