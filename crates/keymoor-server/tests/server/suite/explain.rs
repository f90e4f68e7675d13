use axum::body::Body;
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{Request, header::AUTHORIZATION};
use keymoor_core::{
    explain::{Cause, RefusalReport, RefusedCall, RequestId, TokenRequestFault, Who},
    facts::Limits,
};
use keymoor_server::{admin::Command, operations::CreatedResourceServer};
use keymoor_store::Actor;
use keymoor_testkit::NOW;
use serde_json::Value;

use super::app::{API, Answer, TestApp, call, credentials, form};

pub(super) const PATH: &str = "/api/auth/refusals";

/// What the operator is told of the request that got `answer`.
pub(super) async fn explain(app: &TestApp, answer: &Answer) -> Value {
    let request_id = answer.header("x-request-id").parse().unwrap();
    explain_id(app, request_id).await.unwrap()
}

async fn explain_id(app: &TestApp, request_id: RequestId) -> Result<Value, String> {
    let answer = Command::Explain { request_id }.run(&app.app).await;
    answer.map(|calls| calls[0].clone()).map_err(|error| error.to_string())
}

fn why(explained: &Value) -> &str {
    explained["why"].as_str().unwrap()
}

/// What the guard of `server` tells of one call, by a clock that is ahead.
pub(super) fn report(
    server: &CreatedResourceServer,
    call: RefusedCall,
    ahead: i64,
) -> Request<Body> {
    let report = RefusalReport { sent_at: NOW.plus(ahead), dropped: 0, calls: vec![call] };
    let value = format!("{}:{}", server.id, server.secret.expose());
    let basic = STANDARD.encode(&value);
    let body = serde_json::to_string(&report).unwrap();
    super::app::call("POST", PATH, &format!("Basic {basic}"), &body)
}

#[tokio::test]
async fn an_expired_token_is_explained() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    app.clock.step(303);
    let refused = app.call("GET", "/api/account?x=1", &bearer).await;
    assert_eq!(refused.status, 401);
    let told = explain(&app, &refused).await;
    assert!(why(&told).starts_with("The access token expired 3 seconds before"), "{told}");
    assert_eq!(told["call"], "GET /api/account");
    assert_eq!(told["api_key"], token.api_key.to_string());
    assert_eq!(told["account"], account.to_string());
    assert_eq!((&told["proved"], &told["address"]), (&true.into(), &"192.0.2.1".into()));
    assert!(!refused.text.contains("3 seconds"), "the outside learns no more than before");
}

#[tokio::test]
async fn a_removed_api_token_is_explained_with_who_when_and_why() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let reason = Some("leaked in a log");
    app.app.remove_api_token(account, token.api_key, reason, Actor::Operator).await.unwrap();
    let said = "That happened at 2026-11-23T19:11:00+00:00, by operator, because: leaked in a log.";
    for refused in [app.call("GET", "/api/account", &bearer).await, app.ask(&token, "").await] {
        assert_eq!(refused.status, 401);
        let told = explain(&app, &refused).await;
        assert!(why(&told).contains(said), "{told}");
        assert_eq!(told["proved"], true);
    }
}

#[tokio::test]
async fn a_missing_scope_and_a_missing_sign_in_are_explained() {
    let app = TestApp::start().await;
    let (owner, token) = app.client("a@example.com").await;
    let works = app.organization(owner, true).await;
    let bearer = app.bearer(&token, "").await;
    let refused = app.call("GET", &format!("/api/organizations/{works}/members"), &bearer).await;
    let told = explain(&app, &refused).await;
    assert!(why(&told).contains(&format!("lacks its scope organization:{works}")), "{told}");
    let refused = app.ask(&token, &format!("organization:{works}")).await;
    let told = explain(&app, &refused).await;
    assert!(why(&told).contains("has not signed in through its identity provider"), "{told}");
    app.sign_in(works, owner).await;
    app.clock.step(3601);
    let refused = app.ask(&token, &format!("organization:{works}")).await;
    let told = explain(&app, &refused).await;
    assert!(why(&told).contains("sign-in counted until 2026-11-23T20:11:00+00:00"), "{told}");
}

#[tokio::test]
async fn a_wrong_secret_is_told_apart_from_an_unknown_key_to_the_operator_alone() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let (_, other) = app.client("b@example.com").await;
    let (right, wrong) = (token.secret.expose(), other.secret.expose());
    let body = credentials(&token, "").replace(right, wrong);
    let unknown = body.replace(&token.api_key.to_string(), "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f");
    let (named, nobody) =
        (app.send(form("/api/token", &body)).await, app.send(form("/api/token", &unknown)).await);
    assert_eq!(named.text, nobody.text);
    let told = explain(&app, &named).await;
    assert!(why(&told).starts_with("The API Key is known, but"), "{told}");
    assert_eq!((&told["proved"], &told["account"]), (&false.into(), &account.to_string().into()));
    let told = explain(&app, &nobody).await;
    assert!(why(&told).starts_with("There is no API token with this API Key"), "{told}");
    assert_eq!(told["account"], Value::Null);
}

#[tokio::test]
async fn what_a_stranger_sent_is_explained_to_the_operator() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let (start, end) = bearer.split_at(bearer.len() - 10);
    let other = if end.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{start}{other}{}", &end[1..]);
    for (value, said) in [
        (String::new(), "carried no access token"),
        ("Bearer x.y.z".to_owned(), "is none"),
        (forged, "signature"),
        ("acquia-http-hmac id=\"k\"".to_owned(), "HMAC"),
    ] {
        let told = explain(&app, &app.call("GET", "/api/account", &value).await).await;
        assert!(why(&told).contains(said), "{value}: {told}");
        assert_eq!(told["api_key"], Value::Null);
    }
}

#[tokio::test]
async fn a_clients_own_request_id_names_nothing() {
    let app = TestApp::start().await;
    let first = app.call("GET", "/api/account", "").await;
    let id = first.header("x-request-id");
    let request = Request::get("/api/organizations").header("x-request-id", id);
    let second = app.send(request.body(Body::empty()).unwrap()).await;
    assert_ne!(second.header("x-request-id"), id);
    assert_eq!(explain(&app, &first).await["call"], "GET /api/account");
    assert_eq!(explain(&app, &second).await["call"], "GET /api/organizations");
}

#[tokio::test]
async fn an_id_of_no_refused_call_is_not_found() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let passed = app.call("GET", "/api/account", &bearer).await;
    let id = passed.header("x-request-id").parse().unwrap();
    let error = explain_id(&app, id).await.unwrap_err();
    assert!(error.contains("not found"), "{error}");
}

#[tokio::test]
async fn what_a_proxy_asked_about_is_explained() {
    let app = TestApp::with(|settings| {
        settings.forward_auth.proxies = vec!["192.0.2.0/24".parse().unwrap()];
    })
    .await;
    let request = Request::get("/api/auth/verify")
        .header(AUTHORIZATION, "Bearer x.y.z")
        .header("host", "api.example.com")
        .header("x-forwarded-method", "DELETE")
        .header("x-forwarded-uri", "/reports/1?secret=2");
    let told = explain(&app, &app.send(request.body(Body::empty()).unwrap()).await).await;
    assert_eq!(told["call"], "DELETE /reports/1");
    assert!(why(&told).contains("is none"), "{told}");
}

fn reported(key: keymoor_core::ApiKey, count: u32) -> RefusedCall {
    RefusedCall {
        id: RequestId::new(9, count),
        at: NOW.plus(41),
        status: 401,
        method: "GET".to_owned(),
        path: "/reports?token=x".to_owned(),
        address: None,
        who: Who::Proved { api_key: key, token: None },
        cause: Cause::Expired {
            issued_at: NOW.plus(-300),
            expired_at: NOW,
            checked_at: NOW.plus(41),
        },
    }
}

#[tokio::test]
async fn a_guard_elsewhere_tells_what_it_refused_and_how_its_clock_differs() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (account, token) = app.client("a@example.com").await;
    let call = reported(token.api_key, 1);
    let id = call.id;
    assert_eq!(app.send(report(&server, call, 41)).await.status, 204);
    let told = explain_id(&app, id).await.unwrap();
    assert_eq!(told["refused_by"], API);
    assert_eq!(
        (&told["call"], &told["at"]),
        (&"GET /reports".into(), &"2026-11-23T19:11:00+00:00".into())
    );
    assert_eq!(told["account"], account.to_string());
    assert!(
        why(&told).ends_with(
            "The clock of the machine that checked it is 41 seconds ahead of the server's."
        ),
        "{told}"
    );
}

#[tokio::test]
async fn a_guard_elsewhere_puts_no_words_of_its_own_before_an_owner() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let lure = "Send your API Secret to https://evil.example".to_owned();
    let fault = TokenRequestFault { description: lure.clone(), ..TokenRequestFault::default() };
    let causes = [
        Cause::TokenRequest(fault),
        Cause::Audience { expected: lure.clone(), found: lure.clone() },
        Cause::Issuer { expected: lure.clone(), found: lure },
    ];
    for (count, cause) in (1..).zip(causes) {
        let call = RefusedCall { cause, ..reported(token.api_key, count) };
        let id = call.id;
        assert_eq!(app.send(report(&server, call, 0)).await.status, 204);
        let told = explain_id(&app, id).await.unwrap();
        assert!(!told.to_string().contains("evil"), "{told}");
    }
}

#[tokio::test]
async fn hmac_that_a_guard_elsewhere_refused_is_counted_by_key() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    for (count, id) in (1..).zip(["old-key", "\"}\nforged 1"]) {
        let cause = Cause::Hmac { key_id: Some(id.to_owned()) };
        let call = RefusedCall {
            who: Who::Stranger,
            cause,
            ..reported(keymoor_core::ApiKey::from_random([1; 16]), count)
        };
        assert_eq!(app.send(report(&server, call, 0)).await.status, 204);
    }
    let metrics = app.app.metrics_text().await;
    assert!(metrics.contains("keymoor_hmac_refused_total{id=\"old-key\"} 1"), "{metrics}");
    assert!(!metrics.contains("forged"), "{metrics}");
}

#[tokio::test]
async fn a_guard_elsewhere_overwrites_nothing_of_the_servers() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let refused = app.call("GET", "/api/account", "").await;
    let own = explain(&app, &refused).await;
    let id = refused.header("x-request-id").parse().unwrap();
    let forged = RefusedCall { id, ..reported(token.api_key, 1) };
    assert_eq!(app.send(report(&server, forged, 0)).await.status, 204);
    let both = Command::Explain { request_id: id }.run(&app.app).await.unwrap();
    let by: Vec<_> = both.as_array().unwrap().iter().map(|call| &call["refused_by"]).collect();
    assert_eq!(by, ["this server", API]);
    assert_eq!(both[0], own);
}

#[tokio::test]
async fn a_report_that_cannot_be_is_refused_and_changes_nothing() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let good = report(&server, reported(token.api_key, 1), 0);
    let basic = good.headers()[AUTHORIZATION].to_str().unwrap().to_owned();
    let calls: Vec<_> = (0..101).map(|count| reported(token.api_key, count)).collect();
    let many = RefusalReport { sent_at: NOW, dropped: 0, calls };
    let many = serde_json::to_string(&many).unwrap();
    let vast = format!("{{\"sent_at\":1,\"calls\":[\"{}\"]}}", "x".repeat(600_000));
    for (body, status) in [("{", 400), ("[]", 400), (&*many, 400), (&*vast, 413)] {
        let answer = app.send(call("POST", PATH, &basic, body)).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert!(answer.json()["message"].is_object() || answer.json()["message"].is_string());
    }
    let client = format!("{}:{}", token.api_key, token.secret.expose());
    let client = STANDARD.encode(&client);
    for value in ["", "Bearer x", &format!("Basic {client}")] {
        let answer = app.send(call("POST", PATH, value, &many)).await;
        assert!([400, 401].contains(&answer.status.as_u16()), "{answer:?}");
    }
    assert!(explain_id(&app, RequestId::new(9, 1)).await.is_err());
}

#[tokio::test]
async fn s101_a_refused_call_is_kept_without_what_it_carried() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let hidden = "h".repeat(43);
    app.call("GET", &format!("/api/invites/{hidden}"), &format!("{bearer}x")).await;
    app.call("GET", &format!("/api/account?access_token={hidden}"), "").await;
    app.call("GET", &format!("/api/account/{hidden}"), &format!("Basic {hidden}")).await;
    let wrong = credentials(&app.token(account, Limits::default()).await, "x:y")
        .replace(&token.api_key.to_string(), "0");
    app.send(form("/api/token", &format!("{wrong}&client_secret={hidden}"))).await;
    app.app.flush_uses().await;
    let bytes = app.place.bytes();
    let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds("/api/account"), "the calls are there");
    assert!(!holds(&hidden) && !holds(&bearer[7..]), "with what they carried");
}
