use http::Request;
use keymoor_core::facts::Limits;
use keymoor_server::operations::CreatedApiToken;

use super::app::{API, Answer, TOKEN, TestApp, credentials, form};

const STRANGER: &str = "203.0.113.66:4000";

/// A right form with a wrong secret.
fn guess(token: &CreatedApiToken) -> Request<axum::body::Body> {
    let body = credentials(token, "").replace(token.secret.expose(), WRONG);
    form(TOKEN, &body)
}

/// Well formed, and nobody's.
const WRONG: &str = "km_0000000000000000000000000000000000000000000000000";

fn told(answer: &Answer) -> (u16, String, &str) {
    (answer.status.as_u16(), answer.error(), answer.header("retry-after"))
}

#[tokio::test]
async fn s11_who_guesses_is_told_to_wait_and_a_right_secret_never_is() {
    let app = TestApp::with(|settings| settings.refusals_per_minute = Some(10)).await;
    let (account, token) = app.client("a@example.com").await;
    for _ in 0..10 {
        let answer = app.send_from(STRANGER, guess(&token)).await;
        assert_eq!(told(&answer), (401, "invalid_client".to_owned(), ""));
    }
    let answer = app.send_from(STRANGER, guess(&token)).await;
    assert_eq!(told(&answer), (429, "temporarily_unavailable".to_owned(), "6"));
    assert!(answer.header("cache-control").contains("no-store"));
    let ask = || form(TOKEN, &credentials(&token, ""));
    assert_eq!(app.ask(&token, "").await.status, 200, "from elsewhere");
    assert_eq!(app.send_from(STRANGER, ask()).await.status, 200, "from the same address");
    let other = app.token(account, Limits::default()).await;
    let elsewhere = app.send_from("203.0.113.67:4000", guess(&other)).await;
    assert_eq!(elsewhere.status, 401, "another address has its own count");
    app.clock.step(6);
    assert_eq!(app.send_from(STRANGER, guess(&token)).await.status, 401);
    assert_eq!(app.send_from(STRANGER, guess(&token)).await.status, 429);
}

#[tokio::test]
async fn s11_one_line_of_ipv6_is_one_address() {
    let app = TestApp::with(|settings| settings.refusals_per_minute = Some(2)).await;
    let (_, token) = app.client("a@example.com").await;
    let mut statuses = Vec::new();
    for host in ["[2001:db8:1:2::1]:9", "[2001:db8:1:2::2]:9", "[2001:db8:1:2:f::3]:9"] {
        statuses.push(app.send_from(host, guess(&token)).await.status.as_u16());
    }
    assert_eq!(statuses, [401, 401, 429]);
    assert_eq!(app.send_from("[2001:db8:1:3::1]:9", guess(&token)).await.status, 401);
}

#[tokio::test]
async fn s11_introspection_and_revocation_count_what_they_refuse_too() {
    let app = TestApp::with(|settings| settings.refusals_per_minute = Some(1)).await;
    let (_, token) = app.client("a@example.com").await;
    let server = app.resource_server(API).await;
    let wrong = format!("client_id={}&client_secret={WRONG}&token=x", token.api_key);
    let asked = format!("client_id={}&client_secret={WRONG}&token=x", server.id);
    let peers = ["203.0.113.1:1", "203.0.113.2:1"];
    for (peer, path, body) in [
        (peers[0], "/api/auth/oauth/revoke", &wrong),
        (peers[1], "/api/auth/oauth/introspect", &asked),
    ] {
        assert_eq!(app.send_from(peer, form(path, body)).await.status, 401, "{path}");
        assert_eq!(told(&app.send_from(peer, form(path, body)).await).0, 429, "{path}");
    }
}

#[tokio::test]
async fn s11_a_key_that_gets_tokens_too_often_waits_and_no_stranger_makes_it_wait() {
    let app = TestApp::with(|settings| settings.tokens_per_second = Some(5)).await;
    let (account, token) = app.client("a@example.com").await;
    let other = app.token(account, Limits::default()).await;
    for _ in 0..20 {
        app.send_from(STRANGER, guess(&token)).await;
    }
    for _ in 0..5 {
        assert_eq!(app.ask(&token, "").await.status, 200);
    }
    let answer = app.ask(&token, "").await;
    assert_eq!(told(&answer), (429, "temporarily_unavailable".to_owned(), "1"));
    assert_eq!(app.ask(&other, "").await.status, 200, "another key has its own count");
    app.clock.step(1);
    assert_eq!(app.ask(&token, "").await.status, 200);
}

#[tokio::test]
async fn s11_without_limits_nothing_waits() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    for _ in 0..200 {
        assert_eq!(app.send(guess(&token)).await.status, 401);
    }
    assert_eq!(app.ask(&token, "").await.status, 200);
}

#[tokio::test]
async fn s102_what_is_told_to_wait_is_counted_by_its_reason() {
    let app = TestApp::with(|settings| settings.refusals_per_minute = Some(3)).await;
    let (_, token) = app.client("a@example.com").await;
    for _ in 0..8 {
        app.send(guess(&token)).await;
    }
    let metrics = app.app.metrics_text().await;
    for (reason, count) in [("damaged_secret", 3), ("too_many_refused", 5)] {
        let line = metrics.lines().find(|line| line.contains(&format!("\"{reason}\"")));
        assert!(line.unwrap().ends_with(&format!(" {count}")), "{metrics}");
    }
}
