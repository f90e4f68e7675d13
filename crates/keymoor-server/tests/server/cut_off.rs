//! What the guards of a server say that cannot read what others changed, or whose clock is wrong
//! (SECURITY.md 90, 92).

use axum::body::Body;
use http::{Request, Uri};
use keymoor_core::{Clock, access::Target, refusal::Refusal};
use keymoor_server::{
    Settings,
    WhenCutOff::{self, Deny, Ride},
    operations::CreatedApiToken,
};
use keymoor_store::Actor::Operator;

use crate::{
    postgres::{
        app::{TestApp, URL, call},
        place::Place,
    },
    sqlite,
};

fn settings(when_cut_off: WhenCutOff) -> Settings {
    let mut settings = Settings::new(URL);
    settings.when_cut_off = when_cut_off;
    settings.forward_auth.proxies = vec!["192.0.2.0/24".parse().unwrap()];
    settings
}

/// A server, another one on its database that looks for no changes, and an API token.
async fn two(when_cut_off: WhenCutOff) -> (TestApp, TestApp, CreatedApiToken) {
    let here = TestApp::start().await;
    let (_, token) = here.client("a@example.com").await;
    let Place::Schema(server, schema) = &here.place else { panic!("PostgreSQL has schemas") };
    let place = Place::Schema(server, schema.clone());
    let store = place.open().await;
    let there = TestApp::open(place, store, settings(when_cut_off)).await;
    (here, there, token)
}

fn asked(bearer: &str) -> Request<Body> {
    let request = Request::get("/api/auth/verify?status=exact").header("authorization", bearer);
    let request = request.header("host", "api.example.com").header("x-forwarded-method", "GET");
    request.header("x-forwarded-uri", "/x").body(Body::empty()).unwrap()
}

/// The verdict for a proxy. One that cannot be had is no word about the token, and asks to come again.
async fn verdict(app: &TestApp, bearer: &str) -> u16 {
    let answer = app.send_unseen(asked(bearer)).await;
    if answer.status == 503 {
        assert_eq!((&*answer.error(), answer.header("retry-after")), ("system", "1"));
        assert_eq!(answer.header("www-authenticate"), "");
    }
    answer.status.as_u16()
}

/// The verdict of the guard of an API in the server's process, as its gateway has it.
async fn within(app: &TestApp, when_cut_off: WhenCutOff, bearer: &str) -> Result<(), Refusal> {
    let guard = app.app.guard_of(None, when_cut_off);
    let headers = call("GET", "/", bearer, "").into_parts().0.headers;
    guard.check(&headers, &Uri::from_static("/"), Target::General).await.map(|_| ())
}

#[tokio::test]
async fn s90_a_server_that_is_cut_off_rides_no_longer_than_a_token_lives() {
    let (here, there, token) = two(Ride).await;
    here.pass(200).await;
    let bearer = here.bearer(&token, "").await;
    let account = here.store.credential_facts(token.api_key).await.unwrap().unwrap().account;
    here.app.remove_api_token(account, token.api_key, None, Operator).await.unwrap();
    there.clock.step(305);
    assert_eq!(verdict(&there, &bearer).await, 200, "it goes by what it read last");
    assert_eq!(within(&there, Ride, &bearer).await, Ok(()));
    there.clock.step(1);
    assert_eq!(verdict(&there, &bearer).await, 503, "it knows nothing any more");
    assert_eq!(within(&there, Ride, &bearer).await, Err(Refusal::Unavailable));
    there.app.catch_up().await.unwrap();
    assert_eq!(verdict(&there, &bearer).await, 401, "it knows of the removal");
}

#[tokio::test]
async fn s90_a_server_that_is_to_deny_when_it_is_cut_off_does_so_within_ten_seconds() {
    let (here, there, token) = two(Deny).await;
    let bearer = here.bearer(&token, "").await;
    there.clock.step(5);
    assert_eq!(verdict(&there, &bearer).await, 200);
    there.clock.step(1);
    assert_eq!(verdict(&there, &bearer).await, 503);
    assert_eq!(within(&there, Deny, &bearer).await, Err(Refusal::Unavailable));
    assert_eq!(within(&there, Ride, &bearer).await, Ok(()), "each gateway as its file says");
    there.app.catch_up().await.unwrap();
    assert_eq!(verdict(&there, &bearer).await, 200);
}

#[tokio::test]
async fn s90_a_server_that_is_cut_off_calls_no_token_of_another_ones_new_key_invalid() {
    let (here, there, token) = two(Ride).await;
    let kid = here.store.signing_keys().await.unwrap().remove(0).kid;
    here.app.withdraw_signing_key(&kid, Operator).await.unwrap();
    let bearer = here.bearer(&token, "").await;
    there.clock.step(6);
    assert_eq!(verdict(&there, &bearer).await, 503);
    there.app.catch_up().await.unwrap();
    assert_eq!(verdict(&there, &bearer).await, 200);
}

#[tokio::test]
async fn s92_a_server_whose_clock_is_wrong_gives_no_verdict() {
    let (here, there, token) = two(Ride).await;
    let database = there.store.database_time().await.unwrap().unwrap().seconds();
    here.clock.step(database - here.clock.now().seconds());
    there.clock.step(database - there.clock.now().seconds());
    here.app.catch_up().await.unwrap();
    let bearer = here.bearer(&token, "").await;
    for (apart, expected) in [(0, 200), (3600, 503), (-7200, 503), (3600, 200)] {
        there.clock.step(apart);
        there.app.catch_up().await.unwrap();
        there.app.compare_clocks().await.unwrap();
        assert_eq!(verdict(&there, &bearer).await, expected, "{apart} seconds");
    }
}

#[tokio::test]
async fn a_database_that_nobody_else_changes_is_never_out_of_step() {
    let app = sqlite::app::TestApp::with(|chosen| *chosen = settings(Deny)).await;
    let (_, token) = app.client("a@example.com").await;
    app.clock.step(3600);
    let bearer = app.bearer(&token, "").await;
    assert_eq!(app.send_unseen(asked(&bearer)).await.status, 200);
}
