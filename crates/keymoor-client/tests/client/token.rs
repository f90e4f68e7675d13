//! What is sent to the token endpoint, and what its answers mean.

use std::time::Duration;

use keymoor_client::{Error, Kind, Scopes, Style, Tokens};
use keymoor_core::secret::Damage;

use crate::support::{KEY, SECRET, Say, World, granted, scoped};

const ORGANIZATION: &str = "23ddc327-0aaa-11e3-8000-123131111102";

async fn error(say: impl Fn() -> Say + Send + Sync + 'static) -> Error {
    let world = World::scripted(move |_| say()).await;
    world.client().token().await.unwrap_err()
}

async fn refusal(status: u16, body: &'static str) -> Error {
    error(move || Say::json(status, body)).await
}

#[tokio::test]
async fn the_form_is_what_existing_clients_send() {
    let world = World::new(|_| Say::status(200)).await;
    world.client().token().await.unwrap();
    let seen = &world.server.seen()[0];
    assert_eq!(seen.path, "/api/auth/oauth/token");
    assert_eq!(seen.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(seen.header("authorization"), None);
    let secret = "a%2Bb%2Fc%3Dd%26e%2520f-secret";
    let form = format!("client_id={KEY}&client_secret={secret}&grant_type=client_credentials");
    assert_eq!(seen.body, form, "and no empty scope");
}

#[tokio::test]
async fn the_style_basic_encodes_both_halves() {
    let world = World::new(|_| Say::status(200)).await;
    world.builder().style(Style::Basic).build().unwrap().token().await.unwrap();
    let seen = &world.server.seen()[0];
    let field = seen.header("authorization").unwrap().strip_prefix("Basic ").unwrap();
    let pair = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, field).unwrap();
    let pair = String::from_utf8(pair).unwrap();
    assert_eq!(pair, format!("{KEY}:a%2Bb%2Fc%3Dd%26e%2520f-secret"));
    assert_eq!(seen.body, "grant_type=client_credentials");
}

#[tokio::test]
async fn the_style_json_sends_the_secret_as_it_is() {
    let world = World::new(|_| Say::status(200)).await;
    let scopes = scoped(ORGANIZATION);
    let client = world.builder().style(Style::Json).scopes(scopes).build().unwrap();
    client.token().await.unwrap();
    let seen = &world.server.seen()[0];
    assert_eq!(seen.header("content-type"), Some("application/json"));
    let body: serde_json::Value = serde_json::from_str(&seen.body).unwrap();
    assert_eq!(body["client_secret"], SECRET);
    assert_eq!(body["scope"], format!("organization:{ORGANIZATION}"));
}

#[tokio::test]
async fn what_the_answer_says_of_the_token_is_kept() {
    let world = World::scripted(|_| {
        granted("abc.def-ghi", 300).with("date", "Fri, 15 Jan 2027 08:02:00 GMT")
    })
    .await;
    let token = world.client().token().await.unwrap();
    assert_eq!(token.expose(), "abc.def-ghi");
    assert_eq!(token.expires_in(), Duration::from_mins(5));
    assert_eq!(token.renew_in(), Duration::from_mins(4));
    assert_eq!(token.server_clock_ahead(), Some(120));
    assert_eq!(token.expires_at().seconds(), 1_800_000_300, "by this machine's calendar");
}

#[tokio::test]
async fn an_answer_without_expires_in_is_a_token_of_the_usual_life() {
    let world = World::scripted(|_| Say::json(200, r#"{"access_token":"abc"}"#)).await;
    assert_eq!(world.client().token().await.unwrap().life(), Duration::from_mins(5));
}

#[tokio::test]
async fn an_answer_that_is_no_token_is_an_error() {
    for body in [
        "",
        "<html>",
        "{}",
        r#"{"access_token":""}"#,
        r#"{"access_token":"a b"}"#,
        r#"{"access_token":"a\r\nx: y"}"#,
        r#"{"access_token":"abc","token_type":"mac"}"#,
        r#"{"access_token":"abc","expires_in":0}"#,
        r#"{"access_token":"abc","expires_in":-1}"#,
    ] {
        let error = refusal(200, body).await;
        assert!(matches!(error, Error::NotAToken(_)), "{body}: {error:?}");
        assert_eq!(error.kind(), Kind::Other);
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up() {
    let error = error(|| Say::json(200, "x".repeat(70_000))).await;
    assert!(matches!(error, Error::TooLong { .. }), "{error:?}");
}

#[tokio::test]
async fn invalid_client_is_about_the_credentials_and_never_tried_again() {
    let world = World::scripted(|_| Say::json(401, r#"{"error":"invalid_client"}"#)).await;
    let error = world.client().token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Credentials);
    assert_eq!(world.server.token_requests(), 1);
}

#[tokio::test]
async fn a_mistyped_secret_of_keymoors_is_told_by_its_checksum() {
    let world = World::scripted(|_| Say::json(401, r#"{"error":"invalid_client"}"#)).await;
    let secret = format!("km_{}", "a".repeat(49));
    let credentials = keymoor_client::Credentials::new(KEY, &secret).unwrap();
    let client = keymoor_client::Client::builder(world.endpoints(), credentials).build().unwrap();
    let error = client.token().await.unwrap_err();
    let damage = Some(Damage::Checksum);
    assert!(matches!(error, Error::InvalidClient { damage: told, .. } if told == damage));
    assert!(error.hint().contains("mistyped"), "{}", error.hint());
}

#[tokio::test]
async fn a_sign_in_that_is_needed_comes_with_where_to_sign_in() {
    let body =
        r#"{"error":"invalid_scope","error_description":"Sign in.","error_uri":"https://k/s"}"#;
    let error = refusal(400, body).await;
    assert_eq!(error.kind(), Kind::Forbidden);
    assert!(error.hint().contains("https://k/s"), "{}", error.hint());
}

#[tokio::test]
async fn a_scope_that_is_not_granted_is_an_error() {
    let world = World::scripted(|_| {
        Say::json(200, r#"{"access_token":"abc","expires_in":300,"scope":"other"}"#)
    })
    .await;
    let source = world.builder().build_tokens().unwrap();
    let error = source.token(&scoped(ORGANIZATION), Duration::ZERO).await.unwrap_err();
    assert!(matches!(error, Error::ScopeRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_repeats_the_secret_does_not_get_it_shown() {
    let body =
        format!(r#"{{"error":"invalid_client","error_description":"bad: {SECRET}\u001b[2J"}}"#);
    let error = error(move || Say::json(401, body.clone())).await;
    let shown = format!("{error} {error:?} {}", error.hint());
    assert!(!shown.contains(SECRET) && !shown.contains('\u{1b}'), "{shown}");
}

#[tokio::test]
async fn a_token_call_that_takes_too_long_ends_at_its_time_out() {
    let world = World::scripted(|_| Say::Nothing).await;
    let client = world.builder().token_time_out(Duration::from_millis(50)).build().unwrap();
    let error = client.token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable);
    assert!(error.hint().contains("time-out"), "{}", error.hint());
    assert_eq!(world.server.token_requests(), 1, "the caller said how long to wait");
}

#[tokio::test]
async fn each_list_of_scopes_has_a_token_of_its_own() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.process();
    let plain = source.token(&Scopes::default(), Duration::ZERO).await.unwrap();
    let scoped = source.token(&scoped(ORGANIZATION), Duration::ZERO).await.unwrap();
    assert_ne!(plain.expose(), scoped.expose());
    assert_eq!(world.server.token_requests(), 2);
}
