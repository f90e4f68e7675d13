use keymoor_store::{Actor, PasswordChange, Stamp};

use super::{
    super::app::TestApp,
    visitor::{EMAIL, PASSWORD, Visitor},
};

const HOUR: i64 = 3600;

fn stamp() -> Stamp {
    Stamp { at: keymoor_testkit::NOW, by: Actor::Operator, from: None }
}

#[tokio::test]
async fn s41_signing_in_gives_a_new_ticket_in_a_cookie_of_this_host() {
    let app = TestApp::start().await;
    app.person(EMAIL).await;
    let mut visitor = Visitor::default();
    let planted = "A".repeat(43);
    visitor.cookies.insert("__Host-keymoor-session".to_owned(), planted.clone());
    visitor.cookies.insert("__Host-keymoor-visit".to_owned(), planted.clone());
    let answer = visitor.sign_in(&app, EMAIL, PASSWORD).await;
    let ticket = visitor.session().unwrap().clone();
    assert!(ticket != planted && ticket.len() == 43, "256 bits in base64url");
    let mut cookies =
        answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    let cookie = cookies.find(|cookie| cookie.contains(&ticket)).unwrap();
    let expected =
        format!("__Host-keymoor-session={ticket}; HttpOnly; SameSite=Lax; Secure; Path=/");
    assert_eq!(cookie, expected);
    let mut attacker = Visitor::default();
    attacker.cookies.insert("__Host-keymoor-session".to_owned(), planted);
    assert!(!attacker.is_in(&app).await && visitor.is_in(&app).await);
    assert_ne!(app.signed_in(EMAIL).await.session(), Some(&ticket), "each time another one");
}

#[tokio::test]
async fn s41_two_cookies_of_one_name_are_none() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let ticket = visitor.session().unwrap().clone();
    let twice = format!("{ticket}; __Host-keymoor-session={}", "B".repeat(43));
    visitor.cookies.insert("__Host-keymoor-session".to_owned(), twice);
    assert!(!visitor.is_in(&app).await);
}

#[tokio::test]
async fn s42_a_cookie_is_dead_after_signing_out() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let mut copy = visitor.clone();
    visitor.submit(&app, "/account", "/sign-out", &[]).await;
    assert_eq!(visitor.session(), None);
    assert!(!copy.is_in(&app).await);
}

#[tokio::test]
async fn s42_every_cookie_is_dead_once_the_account_is_disabled() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    app.app.set_account_disabled(account, true, Actor::Operator).await.unwrap();
    assert!(!visitor.is_in(&app).await);
    let answer = Visitor::default().sign_in(&app, EMAIL, PASSWORD).await;
    assert_eq!(answer.status, 422);
    app.app.set_account_disabled(account, false, Actor::Operator).await.unwrap();
    assert!(!visitor.is_in(&app).await, "and stays so");
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 303);
}

#[tokio::test]
async fn s41_confirming_the_password_gives_a_new_ticket_and_ends_the_old_one() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let mut copy = visitor.clone();
    let fields = [("password", PASSWORD), ("next", "/account/security")];
    let answer = visitor.submit(&app, "/sign-in/again", "/sign-in/again", &fields).await;
    assert_eq!(answer.header("location"), "/account/security");
    assert_ne!(visitor.session(), copy.session());
    assert!(visitor.is_in(&app).await && !copy.is_in(&app).await);
    let page = visitor.get(&app, "/account/sessions").await.text;
    assert_eq!(page.matches("<strong>Firefox on Linux").count(), 1, "it is the same session");
}

#[tokio::test]
async fn s41_changing_the_password_gives_a_new_ticket_and_ends_the_old_one() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let mut copy = visitor.clone();
    let new = "seven grey seals asleep";
    let fields = [("current", PASSWORD), ("password", new), ("again", new)];
    let path = "/account/security/password";
    let page = visitor.submit(&app, "/account/security", path, &fields).await;
    assert!(visitor.is_in(&app).await && !copy.is_in(&app).await);
    let again = [("current", new), ("password", PASSWORD), ("again", PASSWORD)];
    let answer = visitor.submit_from(&app, &page, path, &again).await;
    assert_eq!(answer.status, 200, "the forms of the page that came are the new ticket's");
}

#[tokio::test]
async fn s41_signing_in_over_a_session_ends_it() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    app.person("eve@example.com").await;
    let mut copy = visitor.clone();
    let page = visitor.get(&app, "/account").await;
    let fields = [("email", "eve@example.com"), ("password", PASSWORD)];
    let answer = visitor.submit_from(&app, &page, "/sign-in", &fields).await;
    assert_eq!(answer.status, 303);
    assert!(visitor.is_in(&app).await && !copy.is_in(&app).await);
}

#[tokio::test]
async fn s42_a_sign_in_that_is_under_way_ends_with_the_password() {
    let (app, account, mut owner) = TestApp::with_visitor().await;
    let hash = app.store.password_hash(account).await.unwrap().unwrap();
    let before = app.app.passwords_begun();
    let mut sent = Vec::new();
    // The queue is long enough that the password is changed before it is this one's turn.
    for number in 0..31 {
        let mut visitor = Visitor::default();
        let page = visitor.get(&app, "/sign-in").await;
        let nobodys = format!("{number}@example.com");
        let email = if number == 30 { EMAIL.to_owned() } else { nobodys };
        let app = app.clone();
        sent.push((before + number + 1, async move {
            let fields = [("email", &*email), ("password", PASSWORD)];
            visitor.submit_from(&app, &page, "/sign-in", &fields).await
        }));
    }
    let mut answers = Vec::new();
    for (begun, request) in sent {
        answers.push(tokio::spawn(request));
        while app.app.passwords_begun() < begun {
            tokio::task::yield_now().await;
        }
    }
    let (link, keep, credentials) = (None, None, None);
    let change = PasswordChange { account, hash, link, keep, credentials };
    app.store.set_password(&change, stamp()).await.unwrap();
    assert!(app.app.passwords_hashed() < before + 31, "it was in time");
    let late = answers.pop().unwrap().await.unwrap();
    assert_eq!(late.status, 422, "as a wrong password");
    assert!(late.headers.get("set-cookie").is_none() && !owner.is_in(&app).await);
}

#[tokio::test]
async fn s42_every_other_cookie_is_dead_once_the_password_is_changed() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let mut other = app.signed_in(EMAIL).await;
    let new = "seven grey seals asleep";
    let fields = [("current", PASSWORD), ("password", new), ("again", new)];
    let path = "/account/security/password";
    let answer = visitor.submit(&app, "/account/security", path, &fields).await;
    assert!(answer.text.contains("Your password is changed."), "{answer:?}");
    assert!(visitor.is_in(&app).await && !other.is_in(&app).await);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, PASSWORD).await.status, 422);
    assert_eq!(Visitor::default().sign_in(&app, EMAIL, new).await.status, 303);
}

#[tokio::test]
async fn s43_a_session_that_is_not_used_ends_after_twelve_hours() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    app.clock.step(12 * HOUR - 1);
    assert!(visitor.is_in(&app).await);
    app.clock.step(12 * HOUR - 1);
    assert!(visitor.is_in(&app).await, "each use counts");
    let app = std::sync::Arc::into_inner(app).unwrap().restart().await;
    assert!(visitor.is_in(&app).await, "over a restart");
    app.clock.step(12 * HOUR);
    assert!(!visitor.is_in(&app).await);
}

#[tokio::test]
async fn s43_a_session_ends_after_seven_days_however_it_is_used() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    for _ in 0..20 {
        app.clock.step(8 * HOUR);
        assert!(visitor.is_in(&app).await);
    }
    let app = std::sync::Arc::into_inner(app).unwrap().restart().await;
    app.clock.step(8 * HOUR - 1);
    assert!(visitor.is_in(&app).await, "over a restart");
    app.clock.step(1);
    assert!(!visitor.is_in(&app).await);
}

#[tokio::test]
async fn a_session_is_listed_and_ended_from_another_browser() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let mut other = app.signed_in(EMAIL).await;
    let (_, mut stranger) = app.visitor("eve@example.com").await;
    let page = visitor.get(&app, "/account/sessions").await;
    assert_eq!(page.text.matches("Firefox on Linux</strong>").count(), 2, "and not the stranger's");
    assert_eq!(page.text.matches("this browser").count(), 1);
    assert!(page.text.contains("192.0.2.1"));
    let path = "/account/sessions/end";
    let hidden = super::visitor::hidden(&page.text, path);
    let id = hidden.iter().find(|(name, _)| name == "session").unwrap().1.clone();
    let theirs = stranger.submit(&app, "/account/sessions", path, &[("session", &id)]).await;
    assert_eq!(theirs.status, 404);
    assert!(other.is_in(&app).await);
    visitor.submit_from(&app, &page, path, &[]).await;
    assert!(visitor.is_in(&app).await && !other.is_in(&app).await);
}

#[tokio::test]
async fn signing_out_everywhere_ends_this_session_too() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let (mut other, mut copy) = (app.signed_in(EMAIL).await, visitor.clone());
    let path = "/account/sessions/end-all";
    let answer = visitor.submit(&app, "/account/sessions", path, &[]).await;
    assert_eq!((answer.header("location"), visitor.session()), ("/sign-in", None));
    assert!(!copy.is_in(&app).await && !other.is_in(&app).await);
}

#[tokio::test]
async fn signing_out_everywhere_else_leaves_this_browser() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let mut others = [app.signed_in(EMAIL).await, app.signed_in(EMAIL).await];
    let path = "/account/sessions/end-others";
    visitor.submit(&app, "/account/sessions", path, &[]).await;
    assert!(visitor.is_in(&app).await);
    for other in &mut others {
        assert!(!other.is_in(&app).await);
    }
}
