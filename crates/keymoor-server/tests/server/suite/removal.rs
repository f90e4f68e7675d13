use std::task::Poll;

use keymoor_server::operations::OperationError;
use keymoor_store::{Actor, StoreError};

use super::app::TestApp;

async fn remove(app: &TestApp, token: &keymoor_server::operations::CreatedApiToken) {
    let bearer = app.bearer(token, "").await;
    let path = format!("/api/account/tokens/{}", token.api_key);
    assert_eq!(app.call("DELETE", &path, &bearer).await.status, 200);
}

#[tokio::test]
async fn with_the_answer_the_key_gets_no_token_and_its_tokens_are_refused() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 200);
    remove(&app, &token).await;
    let dead = app.call("GET", "/api/account", &bearer).await;
    assert_eq!((dead.status.as_u16(), dead.error().as_str()), (401, "invalid_token"));
    let none = app.ask(&token, "").await;
    assert_eq!((none.status.as_u16(), none.error().as_str()), (401, "invalid_client"));
}

#[tokio::test]
async fn a_restart_forgets_no_removal() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    remove(&app, &token).await;
    let app = app.restart().await;
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 401);
    assert_eq!(app.ask(&token, "").await.error(), "invalid_client");
}

#[tokio::test]
async fn a_token_outlives_a_restart() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let app = app.restart().await;
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 200);
}

#[tokio::test]
async fn a_token_is_refused_after_its_300_seconds() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    app.clock.step(299);
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 200);
    app.clock.step(1);
    let late = app.call("GET", "/api/account", &bearer).await;
    assert_eq!((late.status.as_u16(), late.error().as_str()), (401, "invalid_token"));
}

#[tokio::test]
async fn a_new_membership_counts_at_once() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let owner = app.account("b@example.com").await;
    let organization = app.organization(owner, false).await;
    let scope = format!("organization:{organization}");
    assert_eq!(app.ask(&token, &scope).await.error(), "invalid_scope");
    app.app.add_member(organization, account, Actor::Operator).await.unwrap();
    assert_eq!(app.ask(&token, &scope).await.status, 200);
}

#[tokio::test]
async fn an_unknown_token_cannot_be_removed() {
    let app = TestApp::start().await;
    let account = app.account("a@example.com").await;
    let key = keymoor_core::ApiKey::from_random([1; 16]);
    let outcome = app.app.remove_api_token(account, key, None, Actor::Operator).await;
    assert!(matches!(outcome, Err(OperationError::Store(StoreError::NotFound(_)))));
}

#[tokio::test]
async fn a_removal_is_carried_out_even_if_whoever_asked_goes_away() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    {
        let mut asked =
            Box::pin(app.app.remove_api_token(account, token.api_key, None, Actor::Operator));
        let begun = std::future::poll_fn(|context| Poll::Ready(asked.as_mut().poll(context)));
        assert!(begun.await.is_pending(), "it has only begun when it is dropped");
    }
    for _ in 0..20_000 {
        let stored = app.store.api_token(account, token.api_key).await.unwrap().unwrap();
        if stored.removal.is_some() && app.call("GET", "/api/account", &bearer).await.status == 401
        {
            assert_eq!(app.ask(&token, "").await.error(), "invalid_client");
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the removal was not carried out");
}
