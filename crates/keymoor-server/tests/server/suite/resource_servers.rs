use keymoor_server::operations::{OperationError, ResourceServerOrder};
use keymoor_store::{Actor, StoreError};

use super::app::{API, TestApp};

fn order(audience: &str, scopes: &[&str]) -> ResourceServerOrder {
    let scopes = scopes.iter().map(|&scope| scope.to_owned()).collect();
    ResourceServerOrder { audience: audience.to_owned(), name: "Reports".to_owned(), scopes }
}

#[tokio::test]
async fn a_token_is_for_the_api_that_was_asked_for() {
    let app = TestApp::start().await;
    let reports = "https://reports.example.com";
    let (_, token) = app.client("a@example.com").await;
    let unknown = app.ask(&token, &format!("&resource={reports}")).await;
    assert_eq!((unknown.status.as_u16(), &*unknown.error()), (400, "invalid_target"));
    app.resource_server(reports).await;
    let bearer = app.bearer(&token, &format!("reports:read&resource={reports}")).await;
    let refused = app.call("GET", "/api/account", &bearer).await;
    assert_eq!(refused.error(), "invalid_token", "s28: it is not for Keymoor's own resources");
    assert_eq!(app.ask(&token, "reports:read").await.error(), "invalid_scope");
}

#[tokio::test]
async fn the_default_api_can_have_scopes_and_credentials_too() {
    let app = TestApp::start().await;
    app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "reports:read").await;
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 200);
}

#[tokio::test]
async fn a_removed_api_gets_no_token() {
    let app = TestApp::start().await;
    let reports = "https://reports.example.com";
    let server = app.resource_server(reports).await;
    app.app.remove_resource_server(server.id, Actor::Operator).await.unwrap();
    let (_, token) = app.client("a@example.com").await;
    assert_eq!(app.ask(&token, &format!("&resource={reports}")).await.error(), "invalid_target");
}

#[tokio::test]
async fn a_restart_knows_the_apis() {
    let app = TestApp::start().await;
    let reports = "https://reports.example.com";
    let server = app.resource_server(reports).await;
    let (_, token) = app.client("a@example.com").await;
    let app = app.restart().await;
    let bearer = app.bearer(&token, &format!("&resource={reports}")).await;
    assert!(app.is_active(&server, &bearer).await);
}

#[tokio::test]
async fn what_cannot_be_an_api_is_refused_and_nothing_changes() {
    let app = TestApp::start().await;
    app.resource_server(API).await;
    let before = app.store.changes_after(0, 100).await.unwrap();
    for (bad, field) in [
        (order("reports", &[]), "audience"),
        (order("https://a.example.com/#x", &[]), "audience"),
        (order("https://a.example.com", &["organization:x"]), "scope"),
        (order("https://a.example.com", &["a b"]), "scope"),
    ] {
        let error = app.app.create_resource_server(bad, Actor::Operator).await.unwrap_err();
        assert!(error.to_string().starts_with(field), "{error}");
    }
    let twice = app.app.create_resource_server(order(API, &[]), Actor::Operator).await;
    assert!(matches!(twice, Err(OperationError::Store(StoreError::Conflict(_)))));
    assert_eq!(app.store.changes_after(0, 100).await.unwrap(), before);
}
