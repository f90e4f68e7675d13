//! The operator's commands and the health checks, on a socket in the data directory.
//!
//! The socket's file permissions are its authentication: whoever can open it is the operator.

mod accounts;
mod applications;
mod audit;
mod backup;
mod command;
mod explain;
mod health;
mod organizations;
mod resource_servers;
mod signing_keys;
mod tokens;

use std::sync::Arc;

pub use accounts::AccountCommand;
pub use applications::{ApplicationCommand, GrantCommand, GrantsOf};
pub use audit::AuditCommand;
use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
pub use command::Command;
use http::StatusCode;
use keymoor_store::StoreError;
pub use organizations::OrganizationCommand;
pub use resource_servers::ResourceServerCommand;
use serde_json::{Value, json};
pub use signing_keys::SigningKeyCommand;
pub use tokens::TokenCommand;

use crate::{App, operations::OperationError};

/// The path that takes a [`Command`] as JSON.
pub const COMMAND_PATH: &str = "/command";

/// The path where a backup is read.
pub const BACKUP_PATH: &str = "/backup";

/// What is served on the admin socket: commands, backups and health.
pub fn socket_router(app: Arc<App>) -> Router {
    Router::new()
        .route(COMMAND_PATH, post(run))
        .route(BACKUP_PATH, get(backup::read))
        .with_state(app.clone())
        .merge(health_router(app))
}

/// What may be served over TCP: health and metrics alone.
pub fn health_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(app)
}

async fn run(State(app): State<Arc<App>>, Json(command): Json<Command>) -> Response {
    match command.run(&app).await {
        Ok(answer) => Json(answer).into_response(),
        Err(error) => refusal(&error),
    }
}

/// The operator reads the error as it is.
fn refusal(error: &OperationError) -> Response {
    let status = match error {
        OperationError::Invalid { .. } => StatusCode::BAD_REQUEST,
        OperationError::Denied(_) => StatusCode::FORBIDDEN,
        OperationError::Store(StoreError::NotFound(_)) => StatusCode::NOT_FOUND,
        OperationError::Store(StoreError::Conflict(_)) => StatusCode::CONFLICT,
        OperationError::Store(_) | OperationError::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json::<Value>(json!({ "message": error.to_string() }))).into_response()
}
