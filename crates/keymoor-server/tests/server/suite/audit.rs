use std::collections::BTreeMap;

use keymoor_core::UnixTime;
use keymoor_server::admin::{AuditCommand, Command};
use serde_json::Value;

use super::{
    app::{TOKEN, TestApp, credentials, form},
    portal::visitor::{EMAIL, PASSWORD, Visitor},
};

/// Every event that the operator is told of.
pub(super) async fn events(app: &TestApp) -> Vec<Value> {
    let (since, until) = (UnixTime::from_seconds(0), UnixTime::from_seconds(1 << 40));
    let page = Command::Audit(AuditCommand::Page { since, until, after: None });
    page.run(&app.app).await.unwrap()["events"].as_array().unwrap().clone()
}

/// How often each kind happened.
pub(super) async fn counts(app: &TestApp) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for event in events(app).await {
        let kind = event["kind"].as_str().unwrap().to_owned();
        *counts.entry(kind).or_default() += event["times"].as_i64().unwrap();
    }
    counts
}

#[tokio::test]
async fn s102_every_sign_in_and_every_refusal_is_in_the_audit() {
    let (app, account, _) = TestApp::with_visitor().await;
    let token = app.token(account, keymoor_core::facts::Limits::default()).await;
    let before = counts(&app).await;
    for _ in 0..3 {
        Visitor::default().sign_in(&app, EMAIL, "a wrong password").await;
    }
    for _ in 0..2 {
        Visitor::default().sign_in(&app, EMAIL, PASSWORD).await;
    }
    let wrong = credentials(&token, "").replace("client_secret=km_", "client_secret=kn_");
    for _ in 0..7 {
        assert_eq!(app.send(form(TOKEN, &wrong)).await.status, 401);
    }
    for network in ["198.51.100.1:1", "203.0.113.1:1"] {
        app.send_from(network, form(TOKEN, &credentials(&token, ""))).await;
    }
    let after = counts(&app).await;
    let more = |kind: &str| after.get(kind).unwrap_or(&0) - before.get(kind).unwrap_or(&0);
    let kinds = ["sign_in.failed", "sign_in.done", "api_token.refused", "api_token.new_network"];
    assert_eq!(kinds.map(more), [3, 2, 7, 1]);
}

#[tokio::test]
async fn s102_events_are_told_in_utc_with_who_what_and_from_where() {
    let (app, account, _) = TestApp::with_visitor().await;
    Visitor::default().sign_in(&app, EMAIL, PASSWORD).await;
    let found = events(&app).await;
    let signed_in = found.iter().rfind(|event| event["kind"] == "sign_in.done").unwrap();
    let by = format!("account:{account}");
    let told = ["at", "actor", "account", "address"].map(|name| signed_in[name].as_str().unwrap());
    let expected = ["2026-11-23T19:11:00+00:00", &*by, &*account.to_string(), "192.0.2.1"];
    assert_eq!(told, expected);
    assert!(found.iter().all(|event| event["at"].as_str().unwrap().ends_with("+00:00")));
}

#[tokio::test]
async fn s102_a_change_is_in_the_audit_once() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    app.app
        .remove_api_token(account, token.api_key, None, keymoor_store::Actor::Operator)
        .await
        .unwrap();
    let counts = counts(&app).await;
    for kind in ["account.created", "api_token.created", "api_token.removed"] {
        assert_eq!(counts.get(kind), Some(&1), "{kind}: {counts:?}");
    }
}
