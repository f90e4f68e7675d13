use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{Extension, Router, body::Body, routing::get};
use http::{Request, Response, StatusCode, header::AUTHORIZATION};
use keymoor_core::{OrganizationId, access::Access};
use keymoor_guard::{GuardLayer, organization_after};
use tower::ServiceExt;

use super::world::World;

const ID: &str = "23aae327-baaa-11e3-8aaa-1231bbbba02c";

/// An API that counts its calls and answers with the account that called.
fn api(world: &World) -> (Router, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let handler = move |Extension(access): Extension<Access>| async move {
        counted.fetch_add(1, Ordering::SeqCst);
        access.claims().sub.to_string()
    };
    let layer = GuardLayer::new(world.guard.clone()).target(organization_after("/organizations"));
    let router = Router::new()
        .route("/hello", get(handler.clone()))
        .route("/organizations/{organization}/reports", get(handler))
        .layer(layer);
    (router, calls)
}

async fn call(router: &Router, path: &str, bearer: &str) -> Response<Body> {
    let mut request = Request::get(path);
    if !bearer.is_empty() {
        request = request.header(AUTHORIZATION, bearer);
    }
    router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
}

#[tokio::test]
async fn what_gets_through_carries_its_permit() {
    let world = World::new();
    let (router, _) = api(&world);
    let response = call(&router, "/hello", &world.bearer()).await;
    assert_eq!(response.status(), StatusCode::OK);
    let body = axum::body::to_bytes(response.into_body(), 1000).await.unwrap();
    assert_eq!(body, keymoor_testkit::claims().sub.to_string());
}

#[tokio::test]
async fn s76_what_is_refused_never_reaches_the_api() {
    let world = World::new();
    let (router, calls) = api(&world);
    let id = OrganizationId::parse(ID).unwrap();
    world.directory.federated.lock().unwrap().insert(id);
    let closed = format!("/organizations/{ID}/reports");
    let bearer = world.bearer();
    let cases = [
        ("/hello", "", 401, "unauthorized"),
        ("/hello", "Bearer x.y.z", 401, "invalid_token"),
        ("/hello", "Basic YTpi", 400, "invalid_request"),
        ("/hello?access_token=x", bearer.as_str(), 400, "invalid_request"),
        ("/hello", "acquia-http-hmac x", 401, "unsupported_authentication_scheme"),
        (&closed, bearer.as_str(), 403, "additional_authentication_required"),
        ("/organizations/x/reports", bearer.as_str(), 404, "not_found"),
        ("/organizations/x/reports", "", 401, "unauthorized"),
    ];
    for (path, bearer, status, error) in cases {
        let response = call(&router, path, bearer).await;
        assert_eq!(response.status().as_u16(), status, "{path} {bearer}");
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.headers().contains_key("www-authenticate"), status != 404);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["error"], error);
        assert!(body["message"].is_string());
    }
    assert_eq!(calls.load(Ordering::SeqCst), 0);
}
