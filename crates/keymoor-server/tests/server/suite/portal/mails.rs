use std::time::Duration;

use keymoor_core::{Clock, facts::Limits};
use tokio::net::TcpListener;

use super::{
    super::app::{TestApp, call, form},
    sink::{Sink, settings},
    visitor::{EMAIL, Visitor},
};

const DAY: i64 = 86_400;

fn subjects(sink: &Sink) -> Vec<String> {
    let letters = sink.letters();
    let subject = |letter: &String| letter.split_once("Subject: ").unwrap().1.to_owned();
    letters.iter().map(subject).map(|rest| rest.lines().next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_owner_is_told_of_an_expiry_14_and_3_days_before() {
    let sink = Sink::start().await;
    let app = sink.app().await;
    let account = app.person(EMAIL).await;
    let expires_at = Some(app.clock.now().plus(20 * DAY));
    app.token(account, Limits { expires_at, ..Limits::default() }).await;
    app.app.tell_due().await.unwrap();
    for day in 1..=21 {
        app.clock.step(DAY);
        app.app.note_expiring().await;
        app.app.tell_due().await.unwrap();
        let told = subjects(&sink);
        let expected = match day {
            ..6 => &[][..],
            6..17 => &["API token \"script\" expires in 14 days"][..],
            _ => &[
                "API token \"script\" expires in 14 days",
                "API token \"script\" expires in 3 days",
            ][..],
        };
        assert_eq!(told[1..], *expected, "day {day}");
    }
    let letter = sink.letter("expires on 13 December 2026").await;
    assert!(letter.contains("in 14 days.") && !letter.contains("operator"), "{letter}");
}

#[tokio::test]
async fn an_owner_is_told_once_of_an_expiry_that_is_near_at_once() {
    let sink = Sink::start().await;
    let app = sink.app().await;
    let account = app.person(EMAIL).await;
    let expires_at = Some(app.clock.now().plus(2 * DAY));
    app.token(account, Limits { expires_at, ..Limits::default() }).await;
    app.app.note_expiring().await;
    app.app.tell_due().await.unwrap();
    assert_eq!(subjects(&sink).iter().filter(|one| one.contains("expires in 2 days")).count(), 1);
    assert_eq!(sink.letters().len(), 2, "and that it was created: {:?}", subjects(&sink));
    let mut visitor = app.signed_in(EMAIL).await;
    let page = visitor.get(&app, "/account/activity").await.text;
    let row = page.split("API token expires soon").nth(1).unwrap().split("</li>").next().unwrap();
    assert!(!row.contains(", by "), "{row}");
}

#[tokio::test]
async fn nobody_is_told_of_the_expiry_of_a_token_that_was_removed_meanwhile() {
    let sink = Sink::start().await;
    let app = sink.app().await;
    let account = app.person(EMAIL).await;
    let expires_at = Some(app.clock.now().plus(2 * DAY));
    let token = app.token(account, Limits { expires_at, ..Limits::default() }).await;
    app.app.note_expiring().await;
    app.app
        .remove_api_token(account, token.api_key, None, keymoor_store::Actor::Operator)
        .await
        .unwrap();
    app.app.tell_due().await.unwrap();
    assert!(subjects(&sink).iter().all(|subject| !subject.contains("expires")));
}

#[tokio::test]
async fn an_owner_is_told_of_a_new_network_and_not_of_the_first() {
    let sink = Sink::start().await;
    let app = sink.app().await;
    let account = app.person(EMAIL).await;
    let token = app.token(account, Limits::default()).await;
    app.ask(&token, "").await;
    app.app.flush_uses().await;
    app.app.tell_due().await.unwrap();
    assert_eq!(subjects(&sink), ["API token \"script\" was created"]);
    let body = super::super::app::credentials(&token, "");
    let request = form(super::super::app::TOKEN, &body);
    app.send_from("198.51.100.7:1", request).await;
    app.app.flush_uses().await;
    app.app.tell_due().await.unwrap();
    let letter = sink.letter("was used from a new network").await;
    assert!(letter.contains("From:  198.51.100.7"), "{letter}");
}

#[tokio::test]
async fn an_owner_is_told_by_which_token_a_token_was_created() {
    let sink = Sink::start().await;
    let app = sink.app().await;
    let account = app.person(EMAIL).await;
    let parent = app.token(account, Limits::default()).await;
    let bearer = app.bearer(&parent, "").await;
    let made = app.send(call("POST", "/api/account/tokens", &bearer, r#"{"label":"child"}"#)).await;
    assert_eq!(made.status, 201);
    app.app.tell_due().await.unwrap();
    let letter = sink.letter("API token \"child\" was created").await;
    assert!(letter.contains(&format!("by API token {}.", parent.api_key)), "{letter}");
}

#[tokio::test]
async fn a_mail_server_that_hangs_does_not_hold_up_the_end() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let smtp = settings(&listener);
    let app = TestApp::with(|settings| settings.smtp = Some(smtp)).await;
    app.client(EMAIL).await;
    let inner = app.app.clone();
    let told = tokio::spawn(async move { inner.tell_due().await });
    let _silent = listener.accept().await.unwrap();
    app.app.close();
    tokio::time::timeout(Duration::from_secs(5), told).await.expect("it ends").unwrap().unwrap();
}

#[tokio::test]
async fn who_has_not_chosen_a_password_yet_is_invited_again() {
    let sink = Sink::start().await;
    let app = sink.app().await;
    app.app.invite("grace@example.com", keymoor_store::Actor::Operator).await.unwrap();
    let mut stranger = Visitor::default();
    let path = "/forgotten-password";
    stranger.submit(&app, path, path, &[("email", "grace@example.com")]).await;
    let letter = sink.letter("Subject: You are invited to Keymoor").await;
    let (_, link) = letter.split_once("https://auth.example.com").unwrap();
    let (_, link) = link.split_once("https://auth.example.com").unwrap();
    let link = link.split_whitespace().next().unwrap();
    app.clock.step(7 * DAY - 1);
    let page = Visitor::default().get(&app, link).await;
    assert!(page.status == 200 && page.text.contains("Welcome"), "{link}: {page:?}");
}
