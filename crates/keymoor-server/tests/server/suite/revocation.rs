use keymoor_core::{Clock, TokenId};
use keymoor_store::{Actor, MAX_REVOKED, Stamp};

use super::app::{API, TestApp, form};

const ACCOUNT: &str = "/api/account";

#[tokio::test]
async fn s81_a_client_ends_one_of_its_tokens_and_no_other() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let (ended, other) = (app.bearer(&token, "").await, app.bearer(&token, "").await);
    let answer = app.revoke(&token, &ended).await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (200, ""));
    assert_eq!(app.call("GET", ACCOUNT, &ended).await.error(), "invalid_token");
    assert!(!app.is_active(&server, &ended).await);
    assert_eq!(app.call("GET", ACCOUNT, &other).await.status, 200);
    assert!(app.is_active(&server, &other).await);
    app.clock.step(299);
    let app = app.restart().await;
    assert_eq!(app.call("GET", ACCOUNT, &ended).await.status, 401, "a restart forgets nothing");
    assert_eq!(app.call("GET", ACCOUNT, &other).await.status, 200);
}

#[tokio::test]
async fn s81_what_does_not_work_anyway_is_answered_alike_and_changes_nothing() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    app.revoke(&token, &bearer).await;
    let before = app.store.changes_after(0, 100).await.unwrap().len();
    for text in ["x", "x.y.z", &format!("{bearer}x"), &bearer] {
        assert_eq!(app.revoke(&token, text).await.status, 200, "{text}");
    }
    let late = app.bearer(&token, "").await;
    app.clock.step(300);
    assert_eq!(app.revoke(&token, &late).await.status, 200);
    assert_eq!(app.store.changes_after(0, 100).await.unwrap().len(), before);
}

#[tokio::test]
async fn s81_anothers_token_is_left_alone_and_told_so() {
    let app = TestApp::start().await;
    let (_, mine) = app.client("a@example.com").await;
    let (_, theirs) = app.client("b@example.com").await;
    let bearer = app.bearer(&theirs, "").await;
    let answer = app.revoke(&mine, &bearer).await;
    assert_eq!((answer.status.as_u16(), &*answer.error()), (400, "unauthorized_client"));
    assert!(answer.json()["error_description"].as_str().unwrap().contains("still works"));
    assert_eq!(app.call("GET", ACCOUNT, &bearer).await.status, 200);
}

#[tokio::test]
async fn s81_only_who_proves_the_secret_may_revoke() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let body = format!("client_id={}&client_secret=x&token={}", token.api_key, &bearer[7..]);
    let answer = app.send(form("/api/auth/oauth/revoke", &body)).await;
    assert_eq!((answer.status.as_u16(), &*answer.error()), (401, "invalid_client"));
    assert_eq!(app.call("GET", ACCOUNT, &bearer).await.status, 200);
}

#[tokio::test]
async fn s81_so_many_tokens_of_one_key_can_be_ended_and_the_client_is_told_that_one_was_not() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let stamp = Stamp { at: app.clock.now(), by: Actor::ApiToken(token.api_key), from: None };
    for number in 0..MAX_REVOKED {
        let mut bytes = [9; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        let id = TokenId::from_random(bytes);
        app.store.revoke_access_token(token.api_key, id, stamp).await.unwrap();
    }
    app.app.catch_up().await.unwrap();
    let refused = app.revoke(&token, &bearer).await;
    let told = (refused.status.as_u16(), refused.error(), refused.header("retry-after"));
    assert_eq!(told, (429, "temporarily_unavailable".to_owned(), "60"));
    assert_eq!(app.call("GET", ACCOUNT, &bearer).await.status, 200, "it was not ended");
}
