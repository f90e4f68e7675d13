use std::collections::BTreeSet;

use keymoor_core::{
    AccountId, ApiKey, GrantId, UnixTime,
    explain::{Cause, RefusalReport, RefusedCall, RequestId, Who},
    facts::Limits,
    removals::{Change, Event, Federated, Snapshot, Subject, Tombstone},
};
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
pub(super) fn check(document: &Value, path: &str, method: &str, answer: &Answer) {
    let status = answer.status.as_u16().to_string();
    let responses = &document["paths"][path][method]["responses"];
    let content = responses[&status]["content"].as_object();
    let content = content.unwrap_or_else(|| panic!("{method} {path} does not tell of {status}"));
    let schema = &content.values().next().unwrap()["schema"];
    let errors = errors(document, schema, &answer.json());
    assert!(errors.is_empty(), "{method} {path} {status}: {errors:?}\n{}", answer.text);
}

/// What is wrong with `value` by a schema of `document`.
fn errors(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut schema = schema.clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    validator.iter_errors(value).map(|error| error.to_string()).collect()
}

#[tokio::test]
async fn the_answers_about_tokens_fit_their_schemas() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let server = app.resource_server(super::app::API).await;
    let (_, token) = app.client("a@example.com").await;
    let (_, other) = app.client("b@example.com").await;
    let bearer = app.bearer(&token, "reports:read").await;
    let (introspect, revoke) = ("/api/auth/oauth/introspect", "/api/auth/oauth/revoke");
    check(&document, introspect, "post", &app.introspect(&server, &bearer).await);
    check(&document, introspect, "post", &app.introspect(&server, "x").await);
    check(&document, introspect, "post", &app.send(form(introspect, "token=x")).await);
    check(&document, introspect, "post", &app.send(form(introspect, "")).await);
    check(&document, revoke, "post", &app.revoke(&other, &bearer).await);
    check(&document, revoke, "post", &app.send(form(revoke, "token=x")).await);
    check(&document, "/api/auth/removals", "get", &app.call("GET", "/api/auth/removals", "").await);
}

#[tokio::test]
async fn what_the_feed_tells_fits_its_schemas() {
    let document = document(&TestApp::start().await).await;
    let (id, at) = ("23aae327-baaa-11e3-8aaa-1231bbbba02c", UnixTime::from_seconds(1));
    let organization = id.parse().unwrap();
    let account = AccountId::new(1, [1; 10]);
    let subjects = [
        Subject::ApiKey(ApiKey::from_random([1; 16])),
        Subject::Secret(id.parse().unwrap()),
        Subject::Grant(GrantId::from_random([1; 16])),
        Subject::Token(id.parse().unwrap()),
        Subject::Account(account),
        Subject::Organization(organization),
        Subject::Member { organization, account },
    ];
    let removed = subjects.map(|subject| Tombstone { subject, issued_until: Some(at) });
    let mut events = vec![
        Event::Federated(Federated { organization, issued_until: None }),
        Event::Federated(Federated { organization, issued_until: Some(at) }),
        Event::Unfederated(organization),
        Event::Disabled { organization, issued_until: at },
        Event::Enabled(organization),
        Event::KeyAdded("k".to_owned()),
        Event::KeyWithdrawn("k".to_owned()),
    ];
    events.extend(removed.iter().copied().map(Event::Removed));
    let schema = |name: &str| serde_json::json!({ "$ref": format!("#/components/schemas/{name}") });
    for event in events {
        let change = serde_json::to_value(Change { number: 1, event }).unwrap();
        let wrong = errors(&document, &schema("RemovalChange"), &change);
        assert!(wrong.is_empty(), "{change}: {wrong:?}");
    }
    let snapshot = Snapshot {
        number: 1,
        federated: vec![organization],
        disabled: vec![organization],
        keys: vec!["k".to_owned()],
        withdrawn: vec!["w".to_owned()],
        removed: removed.to_vec(),
    };
    let snapshot = serde_json::to_value(snapshot).unwrap();
    let wrong = errors(&document, &schema("RemovalSnapshot"), &snapshot);
    assert!(wrong.is_empty(), "{wrong:?}");
    let odd = serde_json::json!({ "number": 1, "event": { "later": "x" } });
    assert!(!errors(&document, &schema("RemovalChange"), &odd).is_empty(), "the check can fail");
}

#[tokio::test]
async fn what_guards_report_fits_its_schema() {
    let app = TestApp::start().await;
    let document = document(&app).await;
    let schema = serde_json::json!({ "$ref": "#/components/schemas/RefusalReport" });
    let api_key = ApiKey::from_random([1; 16]);
    let calls = [Who::Stranger, Who::Named(api_key), Who::Proved { api_key, token: None }];
    let calls = calls.map(|who| RefusedCall {
        id: RequestId::new(1, 2),
        at: UnixTime::from_seconds(1),
        status: 403,
        method: "GET".to_owned(),
        path: "/".to_owned(),
        address: Some([192, 0, 2, 1].into()),
        who,
        cause: Cause::Removed { subject: Some(Subject::ApiKey(api_key)) },
    });
    let report =
        RefusalReport { sent_at: UnixTime::from_seconds(1), dropped: 0, calls: calls.into() };
    let wrong = errors(&document, &schema, &serde_json::to_value(report).unwrap());
    assert!(wrong.is_empty(), "{wrong:?}");
    let path = super::explain::PATH;
    for value in ["", "Basic YTpi", "Bearer x"] {
        check(&document, path, "post", &app.send(call("POST", path, value, "{}")).await);
    }
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
