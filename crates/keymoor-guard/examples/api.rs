//! A small API behind Keymoor's guard: `cargo run -p keymoor-guard --features remote --example api`
//!
//! `KEYMOOR_URL` names the server whose tokens count. With `KEYMOOR_CLIENT_ID` and
//! `KEYMOOR_CLIENT_SECRET`, the credentials that `keymoor admin resource-server create` prints, the
//! guard listens to the removal feed; without, organizations in `KEYMOOR_FEDERATED` (UUIDs,
//! comma-separated) open only to tokens with their scope.

use std::{env, error::Error, sync::Arc};

use axum::{Extension, Router, extract::Path, routing::get};
use keymoor_core::{OrganizationId, access::Access};
use keymoor_guard::{FeedCredentials, Guard, GuardLayer, organization_after};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = env::var("KEYMOOR_URL").unwrap_or_else(|_| "http://127.0.0.1:8080".to_owned());
    let guard = match (env::var("KEYMOOR_CLIENT_ID"), env::var("KEYMOOR_CLIENT_SECRET")) {
        (Ok(id), Ok(secret)) => Guard::remote(&server).feed(FeedCredentials::new(&id, &secret)),
        _ => Guard::remote(&server).federated(federated()?),
    };
    let guard = guard.build()?;
    let layer = GuardLayer::new(Arc::new(guard)).target(organization_after("/organizations"));
    let api = Router::new()
        .route("/hello", get(hello))
        .route("/organizations/{organization}/reports", get(reports))
        .layer(layer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8081").await?;
    println!("curl http://127.0.0.1:8081/hello -H \"Authorization: Bearer $TOKEN\"");
    Ok(axum::serve(listener, api).await?)
}

fn federated() -> Result<Vec<OrganizationId>, Box<dyn Error>> {
    let list = env::var("KEYMOOR_FEDERATED").unwrap_or_default();
    let ids = list.split(',').filter(|id| !id.is_empty()).map(str::parse);
    Ok(ids.collect::<Result<_, _>>()?)
}

async fn hello(Extension(access): Extension<Access>) -> String {
    format!("Hello, {}\n", access.claims().sub)
}

async fn reports(Path(organization): Path<String>) -> String {
    format!("The reports of {organization}\n")
}
