use keymoor_core::{OrganizationId, facts::Limits};
use keymoor_server::operations::CreatedApiToken;
use serde_json::Value;

use super::app::{Answer, TestApp, call, form};

const PATH: &str = "/api/account/tokens";

async fn create(app: &TestApp, bearer: &str, body: &str) -> Answer {
    app.send(call("POST", PATH, bearer, body)).await
}

fn path(key: &Value) -> String {
    format!("{PATH}/{}", key.as_str().unwrap())
}

#[tokio::test]
async fn a_created_token_works_and_its_secret_shows_once() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let created = create(&app, &bearer, r#"{"label":"second"}"#).await;
    assert_eq!(created.status, 201);
    assert_eq!(created.header("cache-control"), "no-store");
    let body = created.json();
    assert_eq!(
        (&body["client_id"], &body["client_secret"]),
        (&body["api_key"], &body["api_secret"])
    );
    let (key, secret) = (body["api_key"].as_str().unwrap(), body["api_secret"].as_str().unwrap());
    let ask = format!("grant_type=client_credentials&client_id={key}&client_secret={secret}");
    assert_eq!(app.send(form(super::app::TOKEN, &ask)).await.status, 200);
    for path in [PATH.to_owned(), path(&body["api_key"])] {
        assert!(!app.call("GET", &path, &bearer).await.text.contains(secret));
    }
}

#[tokio::test]
async fn a_label_is_needed_in_whatever_form() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    for body in ["", "{}", r#"{"label":""}"#, r#"{"label":7}"#, r#"{"label":"a\nb"}"#, "[", "[]"] {
        let answer = create(&app, &bearer, body).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "validation_failed"));
        assert!(answer.json()["message"].is_object(), "{body}");
    }
    let long = format!(r#"{{"label":"{}"}}"#, "x".repeat(256));
    assert_eq!(create(&app, &bearer, &long).await.status, 400);
    let mut request = form(PATH, "label=by+form");
    request.headers_mut().insert("authorization", bearer.parse().unwrap());
    assert_eq!(app.send(request).await.status, 201);
}

#[tokio::test]
async fn a_list_is_hal_whole_or_in_pages() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    for label in ["b", "c", "d"] {
        create(&app, &bearer, &format!(r#"{{"label":"{label}"}}"#)).await;
    }
    let labels = |list: &Value| -> Vec<String> {
        let items = list["_embedded"]["items"].as_array().unwrap().iter();
        items.map(|item| item["label"].as_str().unwrap().to_owned()).collect()
    };
    let whole = app.call("GET", PATH, &bearer).await.json();
    assert_eq!(
        (labels(&whole), &whole["total"]),
        (["d", "c", "b", "script"].map(str::to_owned).to_vec(), &Value::from(4))
    );
    let page = app.call("GET", &format!("{PATH}?limit=2&offset=1"), &bearer).await.json();
    assert_eq!(labels(&page), ["c", "b"]);
    let link = |rel: &str| page["_links"][rel]["href"].as_str().unwrap().to_owned();
    assert_eq!(link("next"), format!("https://auth.example.com{PATH}?limit=2&offset=3"));
    assert_eq!(link("prev"), format!("https://auth.example.com{PATH}?limit=2&offset=0"));
    for query in ["limit=0", "limit=-1", "limit=x", "offset=x"] {
        assert_eq!(
            app.call("GET", &format!("{PATH}?{query}"), &bearer).await.status,
            400,
            "{query}"
        );
    }
}

#[tokio::test]
async fn a_removed_token_shows_its_evidence_and_is_removed_once() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let body = create(&app, &bearer, r#"{"label":"second"}"#).await.json();
    let path = path(&body["api_key"]);
    let removed = app.call("DELETE", &format!("{path}?tokenDeleteReason=leaked"), &bearer).await;
    assert_eq!(removed.status, 200);
    assert_eq!(removed.json()["message"], "The access token has been revoked.");
    let shown = app.call("GET", &path, &bearer).await.json();
    assert_eq!(shown["flags"]["active"], false);
    assert_eq!(shown["revocation"]["reason"], "leaked");
    let again = app.call("DELETE", &path, &bearer).await;
    assert_eq!((again.status.as_u16(), again.error().as_str()), (409, "conflict"));
    assert_eq!(again.json()["message"], "The access token has already been revoked.");
}

#[tokio::test]
async fn s54_anothers_token_is_not_found_like_none() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let (_, other) = app.client("b@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let missing = "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f".to_owned();
    for method in ["GET", "DELETE"] {
        let mut answers = Vec::new();
        for key in [other.api_key.to_string(), missing.clone(), "x".to_owned(), "%ff".to_owned()] {
            answers.push(app.call(method, &format!("{PATH}/{key}"), &bearer).await);
        }
        for answer in &answers {
            assert_eq!((answer.status.as_u16(), &answer.text), (404, &answers[0].text));
        }
    }
    assert_eq!(app.ask(&other, "").await.status, 200);
    let list = app.call("GET", PATH, &bearer).await;
    assert!(!list.text.contains(&other.api_key.to_string()));
}

#[tokio::test]
async fn parts_of_a_list_are_those_of_the_whole_and_no_more_than_the_bearer_reaches() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let only = Limits {
        organizations: Some(vec![OrganizationId::from_random([5; 16])]),
        ..Limits::default()
    };
    let limited = app.token(account, only).await;
    app.token(account, Limits::default()).await;
    let removed = app.token(account, Limits::default()).await;
    let by = keymoor_store::Actor::Operator;
    app.app.remove_api_token(account, removed.api_key, None, by).await.unwrap();
    for (bearer, total) in [(app.bearer(&token, "").await, 4), (app.bearer(&limited, "").await, 1)]
    {
        let whole = app.call("GET", PATH, &bearer).await.json();
        let items = |list: &Value| list["_embedded"]["items"].as_array().unwrap().clone();
        assert_eq!((items(&whole).len(), &whole["total"]), (total, &total.into()));
        let mut parts = Vec::new();
        for offset in 0..total {
            let path = format!("{PATH}?limit=1&offset={offset}");
            let part = app.call("GET", &path, &bearer).await.json();
            assert_eq!(part["total"], whole["total"]);
            let next = part["_links"]["next"]["href"].is_string();
            assert_eq!(next, offset + 1 < total, "{part}");
            parts.extend(items(&part));
        }
        assert_eq!(parts, items(&whole));
        let beyond = format!("{PATH}?limit=9007199254740991&offset=9007199254740991");
        let beyond = app.call("GET", &beyond, &bearer).await.json();
        assert_eq!((items(&beyond).len(), &beyond["total"]), (0, &total.into()));
    }
}

async fn child(app: &TestApp, parent: &CreatedApiToken) -> Value {
    let bearer = app.bearer(parent, "").await;
    let body = create(app, &bearer, r#"{"label":"child"}"#).await.json();
    let shown = app.call("GET", &path(&body["api_key"]), &bearer).await.json();
    assert_eq!(shown["created_by_token"], parent.api_key.to_string());
    body
}

#[tokio::test]
async fn s49_a_token_made_by_another_records_it_and_takes_its_limits() {
    let app = TestApp::start().await;
    let account = app.account("a@example.com").await;
    let only = OrganizationId::from_random([5; 16]);
    let limits = Limits {
        organizations: Some(vec![only]),
        token_life: Some(60),
        address_ranges: Some(vec!["192.0.2.0/24".parse().unwrap()]),
        expires_at: Some(keymoor_testkit::NOW.plus(1000)),
        through_provider_alone: true,
    };
    let parent = app.token(account, limits.clone()).await;
    let made = child(&app, &parent).await;
    let key = made["api_key"].as_str().unwrap().parse().unwrap();
    let stored = app.store.api_token(account, key).await.unwrap().unwrap();
    assert_eq!((stored.limits, stored.parent), (limits, Some(parent.api_key)));
}

#[tokio::test]
async fn the_operator_can_keep_tokens_from_making_tokens() {
    let app = TestApp::with(|settings| settings.tokens_create_tokens = false).await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let answer = create(&app, &bearer, r#"{"label":"second"}"#).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (403, "forbidden"));
}
