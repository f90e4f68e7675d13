use keymoor_core::jwt::Algorithm;
use keymoor_testkit::{NOW, claims, signer};
use serde_json::json;

use super::app::{API, TestApp, call, form};

const PATH: &str = "/api/auth/oauth/introspect";
const INACTIVE: &str = r#"{"active":false}"#;

#[tokio::test]
async fn s79_an_active_token_is_told_with_what_it_says() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (account, token) = app.client("a@example.com").await;
    let organization = app.organization(account, false).await;
    let scope = format!("organization:{organization}");
    let bearer = app.bearer(&token, &scope).await;
    let answer = app.introspect(&server, &bearer).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    let told = answer.json();
    let expected = json!({
        "active": true,
        "token_type": "Bearer",
        "iss": "https://auth.example.com",
        "sub": account,
        "client_id": token.api_key,
        "aud": API,
        "exp": NOW.plus(300),
        "iat": NOW,
        "jti": told["jti"],
        "scope": scope,
    });
    assert_eq!(told, expected);
}

#[tokio::test]
async fn s79_an_inactive_token_is_told_by_two_words_and_nothing_else() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let foreign = signer(Algorithm::Es256).sign(&claims());
    for text in ["x", "x.y.z", &format!("{bearer}x"), &foreign, token.secret.expose()] {
        let answer = app.introspect(&server, text).await;
        assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, INACTIVE), "{text}");
    }
    assert!(app.is_active(&server, &bearer).await);
    app.clock.step(300);
    assert_eq!(app.introspect(&server, &bearer).await.text, INACTIVE);
}

#[tokio::test]
async fn s79_nobody_but_a_resource_server_may_ask() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let (id, secret) = (server.id, server.secret.expose());
    let (key, key_secret) = (token.api_key, token.secret.expose());
    for (client, secret) in [
        (&*id.to_string(), key_secret),
        (&key.to_string(), key_secret),
        (&key.to_string(), secret),
        ("x", secret),
        (&id.to_string(), "x"),
    ] {
        let body = format!("client_id={client}&client_secret={secret}&token={}", &bearer[7..]);
        let answer = app.send(form(PATH, &body)).await;
        assert_eq!((answer.status.as_u16(), &*answer.error()), (401, "invalid_client"));
    }
    let by_bearer = app.call("POST", PATH, &bearer).await;
    assert_eq!(by_bearer.error(), "invalid_request");
    let basic = app.send(call("POST", PATH, "Basic YTpi", "{\"token\":\"x\"}")).await;
    assert!(basic.header("www-authenticate").starts_with("Basic"));
}

#[tokio::test]
async fn s79_a_removed_resource_server_may_ask_no_more() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    app.app.remove_resource_server(server.id, keymoor_store::Actor::Operator).await.unwrap();
    assert_eq!(app.introspect(&server, "x").await.error(), "invalid_client");
}

#[tokio::test]
async fn s80_a_resource_server_sees_only_tokens_for_it() {
    let app = TestApp::start().await;
    let (a, b) = ("https://a.example.com", "https://b.example.com");
    let servers = [
        app.resource_server(a).await,
        app.resource_server(b).await,
        app.resource_server(API).await,
    ];
    let (_, token) = app.client("a@example.com").await;
    for (place, resource) in [a, b, API].into_iter().enumerate() {
        let bearer = app.bearer(&token, &format!("&resource={resource}")).await;
        for (asking, server) in servers.iter().enumerate() {
            assert_eq!(app.is_active(server, &bearer).await, place == asking, "{resource}");
        }
    }
}

#[tokio::test]
async fn s5_a_request_of_the_wrong_form_is_refused() {
    let app = TestApp::start().await;
    let get = app.call("GET", PATH, "").await;
    assert_eq!((get.status.as_u16(), get.header("allow")), (405, "POST"));
    assert_eq!(app.send(form(&format!("{PATH}?token=x"), "")).await.error(), "invalid_request");
    let large = "x".repeat(17 * 1024);
    assert_eq!(app.send(form(PATH, &large)).await.status, 413);
}
