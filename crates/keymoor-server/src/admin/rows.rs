//! The items of the lists that operators get.

use keymoor_store::{ApiSecretRecord, ApiToken, ResourceServer};
use serde_json::{Value, json};

use crate::{operations::SigningKeyState, time::rfc3339};

pub(super) fn row(token: &ApiToken) -> Value {
    json!({
        "api_key": token.api_key,
        "label": token.label,
        "created_at": rfc3339(token.created_at),
        "last_used_at": token.last_use.map(|last| rfc3339(last.at)),
        "last_used_from": token.last_use.map(|last| last.address),
        "state": if token.removal.is_none() { "active" } else { "removed" },
        "removed_at": token.removal.as_ref().map(|removal| rfc3339(removal.at)),
    })
}

pub(super) fn secret_row(secret: &ApiSecretRecord) -> Value {
    json!({
        "secret_id": secret.id,
        "created_at": rfc3339(secret.created_at),
        "last_used_at": secret.last_use.map(|last| rfc3339(last.at)),
        "closed_at": secret.closed_at.map(rfc3339),
    })
}

pub(super) fn resource_server_row(server: &ResourceServer) -> Value {
    json!({
        "client_id": server.id,
        "audience": server.audience.as_str(),
        "name": server.name,
        "scopes": server.scopes,
        "created_at": rfc3339(server.created_at),
    })
}

pub(super) fn signing_key_row(state: &SigningKeyState) -> Value {
    json!({
        "kid": state.key.kid,
        "algorithm": state.key.algorithm.name(),
        "state": state.state,
        "signs_from": rfc3339(state.key.signs_from),
        "withdrawn_at": state.key.withdrawn_at.map(rfc3339),
    })
}
