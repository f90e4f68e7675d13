use std::collections::BTreeSet;

use keymoor_core::facts::Limits;
use keymoor_server::routes::{Caller, TABLE};
use serde_json::Value;

use super::app::{Answer, TOKEN, TestApp, call, credentials, form};

async fn document(app: &TestApp) -> Value {
    app.call("GET", "/api/openapi.json", "").await.json()
}

#[tokio::test]
async fn it_describes_the_routes_of_the_router_and_no_other() {
    let document = document(&TestApp::start().await).await;
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            described.insert((method.to_uppercase(), path.clone()));
        }
    }
    let served = TABLE.iter().map(|route| (route.method.to_owned(), route.path.to_owned()));
    assert_eq!(described, served.collect());
}

#[tokio::test]
async fn it_says_which_routes_want_a_token() {
    let document = document(&TestApp::start().await).await;
    for route in &TABLE {
        let operation = &document["paths"][route.path][route.method.to_lowercase()];
        let wants = operation["security"] == serde_json::json!([{ "bearer": [] }]);
        assert_eq!(wants, route.caller == Caller::Bearer, "{}", route.path);
    }
}

/// Checks that `answer` is what `document` says of the operation's status.
fn check(document: &Value, path: &str, method: &str, answer: &Answer) {
    let status = answer.status.as_u16().to_string();
    let responses = &document["paths"][path][method]["responses"];
    let content = responses[&status]["content"].as_object();
    let content = content.unwrap_or_else(|| panic!("{method} {path} does not tell of {status}"));
    let mut schema = content.values().next().unwrap()["schema"].clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(&answer.json()).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{method} {path} {status}: {errors:?}\n{}", answer.text);
}

#[tokio::test]
async fn every_answer_fits_its_schema() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let (account, token) = app.client("a@example.com").await;
    let organization = app.organization(account, false).await;
    let federated = app.organization(account, true).await;
    let bearer = app.bearer(&token, "").await;
    app.app.flush_uses().await;
    let other = app.token(account, Limits::default()).await;
    let one = format!("/api/account/tokens/{}", other.api_key);
    for path in [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource",
        "/.well-known/jwks.json",
        "/api/account",
        "/api/account/tokens",
        "/api/organizations",
    ] {
        check(&document, path, "get", &app.call("GET", path, &bearer).await);
    }
    let tokens = "/api/account/tokens";
    let token_path = "/api/account/tokens/{uuid}";
    let new = app.send(call("POST", tokens, &bearer, r#"{"label":"x"}"#)).await;
    check(&document, tokens, "post", &new);
    check(&document, tokens, "post", &app.send(call("POST", tokens, &bearer, "{}")).await);
    check(&document, token_path, "get", &app.call("GET", &one, &bearer).await);
    for _ in 0..2 {
        check(&document, token_path, "delete", &app.call("DELETE", &one, &bearer).await);
    }
    check(&document, token_path, "get", &app.call("GET", &one, &bearer).await);
    let organization_path = "/api/organizations/{uuid}";
    for id in [organization, federated] {
        let answer = app.call("GET", &format!("/api/organizations/{id}"), &bearer).await;
        check(&document, organization_path, "get", &answer);
    }
    for scope in [String::new(), format!("organization:{organization}"), "x".to_owned()] {
        check(&document, TOKEN, "post", &app.send(form(TOKEN, &credentials(&token, &scope))).await);
    }
    check(&document, TOKEN, "post", &app.send(form(TOKEN, "")).await);
}
