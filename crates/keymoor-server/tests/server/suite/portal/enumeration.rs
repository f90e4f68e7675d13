use keymoor_server::operations::AccountOrder;
use keymoor_store::{AccountKind, Actor};

use super::{
    super::app::{Answer, TestApp},
    sink::{Sink, until},
    visitor::{EMAIL, PASSWORD, Visitor},
};

/// What a page says, without what differs from browser to browser.
fn said(answer: &Answer, email: &str) -> (u16, String) {
    let text = answer.text.replace(email, "[email]");
    let marks = text.split("name=\"csrf\" value=\"").map(|part| match part.split_once('"') {
        Some((mark, rest)) if mark.len() == 43 => rest.to_owned(),
        _ => part.to_owned(),
    });
    (answer.status.as_u16(), marks.collect())
}

/// Accounts that nobody signs in to by password, for this reason or that.
async fn odd_accounts(app: &TestApp) -> Vec<&'static str> {
    let disabled = app.person("disabled@example.com").await;
    app.app.set_account_disabled(disabled, true, Actor::Operator).await.unwrap();
    app.account("invited@example.com").await;
    let (email, kind) = ("service@example.com".to_owned(), AccountKind::Service);
    let order = AccountOrder { email, kind, password: None };
    app.app.create_account(order, Actor::Operator).await.unwrap();
    vec![EMAIL, "disabled@example.com", "invited@example.com", "service@example.com"]
}

#[tokio::test]
async fn s50_signing_in_tells_nothing_of_who_has_an_account() {
    let app = TestApp::start().await;
    app.person(EMAIL).await;
    let mut emails = odd_accounts(&app).await;
    emails.extend(["nobody@example.com", "no address"]);
    let mut answers = Vec::new();
    for email in emails {
        let before = app.app.passwords_hashed();
        let answer = Visitor::default().sign_in(&app, email, "a wrong password").await;
        assert_eq!(app.app.passwords_hashed(), before + 1, "{email} costs the same");
        answers.push(said(&answer, email));
    }
    assert_eq!(answers[0].0, 422);
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    let right = Visitor::default().sign_in(&app, "disabled@example.com", PASSWORD).await;
    assert_eq!(said(&right, "disabled@example.com"), answers[0], "not even with the right one");
}

#[tokio::test]
async fn s50_asking_for_a_link_tells_nothing_of_who_has_an_account() {
    let sink = Sink::start().await;
    let app = sink.app().await;
    app.person(EMAIL).await;
    let mut emails = odd_accounts(&app).await;
    emails.extend(["nobody@example.com", "no address"]);
    let mut answers = Vec::new();
    for email in emails.clone() {
        let mut visitor = Visitor::default();
        let page = visitor.get(&app, "/sign-in").await;
        let path = "/forgotten-password";
        let answer = visitor.submit_from(&app, &page, path, &[("email", email)]).await;
        answers.push(said(&answer, email));
    }
    assert!(answers[0].1.contains("If there is an account with this e-mail address"));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    sink.letter(&format!("To: {EMAIL}")).await;
    sink.letter("To: invited@example.com").await;
    emails.retain(|email| email.contains('@'));
    for email in emails {
        let written = format!("mail to {email}").into_bytes();
        let is_written = |bytes: &[u8]| bytes.windows(written.len()).any(|part| part == written);
        until(|| is_written(&app.place.bytes()).then_some(())).await;
    }
    assert_eq!(sink.letters().len(), 2, "and only who signs in by password gets one");
}

#[tokio::test]
async fn s50_the_waiting_time_tells_nothing_of_who_has_an_account() {
    let app = TestApp::start().await;
    app.person(EMAIL).await;
    let mut answers = Vec::new();
    for email in [EMAIL, "nobody@example.com"] {
        for _ in 0..5 {
            Visitor::default().sign_in(&app, email, "a wrong password").await;
        }
        let answer = Visitor::default().sign_in(&app, email, PASSWORD).await;
        answers.push(said(&answer, email));
    }
    assert_eq!(answers[0].0, 429);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn s51_guesses_are_slowed_down_under_every_spelling_of_a_name() {
    let app = TestApp::start().await;
    app.person(EMAIL).await;
    for email in
        [EMAIL, "ADA@example.com", " ada@Example.com ", "Ada@EXAMPLE.COM", "ada@example.com\t"]
    {
        let answer = Visitor::default().sign_in(&app, email, "a wrong password").await;
        assert_eq!(answer.status, 422, "{email:?}");
    }
    for email in [EMAIL, "aDa@example.com", "\u{a0}ada@example.com"] {
        let before = app.app.passwords_hashed();
        let answer = Visitor::default().sign_in(&app, email, PASSWORD).await;
        assert_eq!(answer.status, 429, "{email:?}");
        assert_eq!(app.app.passwords_hashed(), before, "and cost nothing");
    }
    let cyrillic = "\u{430}da@example.com";
    assert_eq!(Visitor::default().sign_in(&app, cyrillic, PASSWORD).await.status, 422, "nobody's");
    assert_eq!(Visitor::default().sign_in(&app, "eve@example.com", "x").await.status, 422);
}

#[tokio::test]
async fn s51_the_wait_grows_ends_and_survives_a_restart() {
    let app = TestApp::start().await;
    app.person(EMAIL).await;
    for _ in 0..5 {
        Visitor::default().sign_in(&app, EMAIL, "a wrong password").await;
    }
    let app = app.restart().await;
    app.clock.step(29);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 429);
    app.clock.step(1);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, "wrong again").await.status, 422);
    app.clock.step(59);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 429);
    app.clock.step(1);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 303);
    assert_eq!(
        Visitor::default().sign_in(&app, EMAIL, "wrong").await.status,
        422,
        "from the start"
    );
}

#[tokio::test]
async fn a_failed_sign_in_is_among_the_activity() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    for _ in 0..2 {
        Visitor::default().sign_in(&app, EMAIL, "a wrong password").await;
    }
    let page = visitor.get(&app, "/account/activity").await.text;
    assert!(page.contains("Failed sign-in (2 times)"), "{page}");
}
