use std::sync::Arc;

use axum::{Extension, Json, Router, extract::Path, routing::get};
use keymoor_core::access::Access;
use keymoor_guard::{Guard, GuardLayer, organization_after};
use serde_json::{Value, json};

/// The path under which an organization's resources are.
const ORGANIZATIONS: &str = "/organizations";

/// A small API that knows nothing of tokens: the guard in front of it does.
pub(super) fn router(guard: Arc<Guard>) -> Router {
    let layer = GuardLayer::new(guard).target(organization_after(ORGANIZATIONS));
    Router::new()
        .route("/hello", get(hello))
        .route("/organizations/{organization}/reports", get(reports))
        .layer(layer)
}

async fn hello(Extension(access): Extension<Access>) -> Json<Value> {
    Json(json!({ "hello": access.claims().sub }))
}

async fn reports(Path(organization): Path<String>) -> Json<Value> {
    Json(json!({ "organization": organization, "reports": ["2026-10", "2026-11"] }))
}
