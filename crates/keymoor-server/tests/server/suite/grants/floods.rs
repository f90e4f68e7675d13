//! Floods: of guesses at what is exchanged, and of sign-ins meanwhile.

use std::sync::Arc;

use keymoor_core::{ApiSecret, refresh::RefreshToken};
use keymoor_server::Settings;

use super::{
    super::{
        app::{Answer, TOKEN, TestApp, form},
        portal::{
            passwords::flood,
            visitor::{EMAIL, Visitor},
        },
    },
    device::{answer, begin, poll},
    world::{Client, DEVICE_CODE, REDIRECT, VERIFIER, start, text},
};

/// A stranger's address for each kind of guess.
const STRANGERS: [&str; 3] = ["203.0.113.1:9", "203.0.113.2:9", "203.0.113.3:9"];

/// A server with such limits, a public application and somebody signed in.
async fn limited(change: impl FnOnce(&mut Settings)) -> (Arc<TestApp>, Client, Visitor) {
    let app = Arc::new(TestApp::with(change).await);
    let (_, visitor) = app.visitor(EMAIL).await;
    let client = app.application(false).await;
    (app, client, visitor)
}

/// What is exchanged, in the client's name.
fn forms(client: &Client, code: &str, refresh_token: &str, device_code: &str) -> [String; 3] {
    [
        client.form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT),
            ("code_verifier", VERIFIER),
        ]),
        client.form(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)]),
        client.form(&[("grant_type", DEVICE_CODE), ("device_code", device_code)]),
    ]
}

/// Well formed, and nobody's.
fn guesses(client: &Client) -> [String; 3] {
    forms(client, VERIFIER, RefreshToken::generate([9; 32]).expose(), VERIFIER)
}

fn told(answer: &Answer) -> (u16, String, &str) {
    (answer.status.as_u16(), answer.error(), answer.header("retry-after"))
}

#[tokio::test]
async fn s11_who_guesses_codes_or_refresh_tokens_is_told_to_wait_and_the_right_one_never_is() {
    let (app, client, mut visitor) =
        limited(|settings| settings.refusals_per_minute = Some(10)).await;
    let code = visitor.lets_in(&app, &client, "").await;
    let tokens = visitor.grants(&app, &client, "offline_access").await;
    let asked = begin(&app, &client, "").await;
    answer(&app, &mut visitor, &asked, "allow").await;
    let right = forms(&client, &code, text(&tokens, "refresh_token"), text(&asked, "device_code"));
    for ((peer, wrong), right) in STRANGERS.into_iter().zip(guesses(&client)).zip(right) {
        for _ in 0..10 {
            let answer = app.send_from(peer, form(TOKEN, &wrong)).await;
            assert_eq!(told(&answer), (400, "invalid_grant".to_owned(), ""), "{wrong}");
        }
        let answer = app.send_from(peer, form(TOKEN, &wrong)).await;
        assert_eq!(told(&answer), (429, "temporarily_unavailable".to_owned(), "6"), "{wrong}");
        assert!(answer.header("cache-control").contains("no-store"));
        let elsewhere = app.send_from("203.0.113.9:9", form(TOKEN, &wrong)).await;
        assert_eq!(elsewhere.status, 400, "another address has its own count");
        let answer = app.send_from(peer, form(TOKEN, &right)).await;
        assert_eq!(answer.status, 200, "from the same address: {right}");
    }
    app.clock.step(6);
    for (peer, wrong) in STRANGERS.into_iter().zip(guesses(&client)) {
        assert_eq!(app.send_from(peer, form(TOKEN, &wrong)).await.status, 400);
        assert_eq!(app.send_from(peer, form(TOKEN, &wrong)).await.status, 429);
    }
}

#[tokio::test]
async fn s11_guesses_in_a_clients_name_use_up_nothing_that_is_its_own() {
    let (app, client, mut visitor) = limited(|settings| {
        settings.refusals_per_minute = Some(10);
        settings.tokens_per_second = Some(1);
    })
    .await;
    let confidential = app.application(true).await;
    let wrong = Client { secret: Some(ApiSecret::generate([9; 32])), ..confidential };
    let confidential = Client { secret: confidential.secret, ..wrong };
    let codes =
        [visitor.lets_in(&app, &client, "").await, visitor.lets_in(&app, &confidential, "").await];
    for number in 0..100 {
        let peer = format!("198.51.100.{number}:9");
        for body in guesses(&client).into_iter().chain(guesses(&wrong)) {
            let answer = app.send_from(&peer, form(TOKEN, &body)).await;
            assert!([400, 401].contains(&answer.status.as_u16()), "{answer:?}");
        }
    }
    for (client, code) in [&client, &confidential].into_iter().zip(&codes) {
        assert_eq!(app.redeem(client, code).await.status, 200);
    }
}

#[tokio::test]
async fn s11_a_client_that_proves_its_secret_is_told_of_a_dead_refresh_token_whatever_its_address_did()
 {
    let (app, client, _) = limited(|settings| settings.refusals_per_minute = Some(3)).await;
    let confidential = app.application(true).await;
    let dead = |client: &Client| guesses(client)[1].clone();
    let revoke = |client: &Client| {
        let body = client.form(&[("token", RefreshToken::generate([9; 32]).expose())]);
        form("/api/auth/oauth/revoke", &body)
    };
    let peer = STRANGERS[0];
    for _ in 0..5 {
        app.send_from(peer, form(TOKEN, &dead(&client))).await;
    }
    assert_eq!(app.send_from(peer, form(TOKEN, &dead(&client))).await.status, 429);
    assert_eq!(app.send_from(peer, revoke(&client)).await.status, 429);
    for peer in [peer; 5] {
        let answer = app.send_from(peer, form(TOKEN, &dead(&confidential))).await;
        assert_eq!(told(&answer), (400, "invalid_grant".to_owned(), ""));
        assert_eq!(app.send_from(peer, revoke(&confidential)).await.status, 200);
    }
    let peer = STRANGERS[1];
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(app.send_from(peer, revoke(&client)).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429], "unknown ones are counted");
}

#[tokio::test]
async fn s11_a_device_that_waits_is_not_taken_for_one_that_guesses() {
    let (app, client, _) = limited(|settings| settings.refusals_per_minute = Some(1)).await;
    let asked = begin(&app, &client, "").await;
    for _ in 0..5 {
        assert_eq!(poll(&app, &client, &asked).await.error(), "authorization_pending");
        assert_eq!(poll(&app, &client, &asked).await.error(), "slow_down");
        app.pass(60).await;
    }
}

#[tokio::test]
async fn s48_a_flood_of_sign_ins_holds_up_no_code_and_no_refresh() {
    let (app, client, _, mut visitor) = start().await;
    let code = visitor.lets_in(&app, &client, "offline_access").await;
    let asked = begin(&app, &client, "").await;
    answer(&app, &mut visitor, &asked, "allow").await;
    let flood = flood(&app, 150).await;
    let tokens = app.redeem(&client, &code).await.json();
    let mut refresh = text(&tokens, "refresh_token").to_owned();
    for _ in 0..5 {
        let tokens = app.refresh(&client, &refresh, "").await.json();
        text(&tokens, "refresh_token").clone_into(&mut refresh);
    }
    assert_eq!(poll(&app, &client, &asked).await.status, 200);
    let left = flood.iter().filter(|one| !one.is_finished()).count();
    assert!(left > 0, "all sign-ins came before: nothing was shown");
    for one in flood {
        one.await.unwrap();
    }
}
