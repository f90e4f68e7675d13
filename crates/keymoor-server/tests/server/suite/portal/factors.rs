use keymoor_core::{AccountId, Clock, UnixTime};
use totp_rs::{Builder, Secret};

use super::{
    super::app::{Answer, TestApp},
    visitor::{EMAIL, PASSWORD, Visitor},
};

const APP: &str = "/account/security/app";
const SECOND: &str = "/sign-in/second-factor";

/// The code that an authenticator app shows at `now`.
fn code(secret: &str, now: UnixTime) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(secret)
        .with_account_name("x")
        .build()
        .unwrap();
    totp.generate(u64::try_from(now.seconds()).unwrap()).to_string()
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap().to_owned()
}

/// Sets an app up; its secret, and the recovery codes that are shown then.
async fn set_up(app: &TestApp, visitor: &mut Visitor) -> (String, Vec<String>) {
    let page = visitor.get(app, APP).await;
    let secret = between(&page.text, "<code class=\"secret\">", "</code>").replace(' ', "");
    let wrong = visitor.submit_from(app, &page, APP, &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.text.contains(&between(&page.text, "<code class=\"secret\">", "</code>")));
    let right = code(&secret, app.clock.now());
    let codes = visitor.submit_from(app, &page, APP, &[("code", &right)]).await;
    assert_eq!(codes.status, 200, "{codes:?}");
    let list = codes.text.split("<li><code>").skip(1);
    (secret, list.map(|rest| rest.split('<').next().unwrap().to_owned()).collect())
}

async fn with_app() -> (std::sync::Arc<TestApp>, AccountId, Visitor, String, Vec<String>) {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let (secret, codes) = set_up(&app, &mut visitor).await;
    app.clock.step(60);
    (app, account, visitor, secret, codes)
}

/// The first half of a sign-in.
async fn half(app: &TestApp) -> Visitor {
    let mut visitor = Visitor::default();
    let answer = visitor.sign_in(app, EMAIL, PASSWORD).await;
    assert_eq!(answer.header("location"), SECOND);
    visitor
}

async fn enter(app: &TestApp, visitor: &mut Visitor, code: &str) -> Answer {
    visitor.submit(app, SECOND, SECOND, &[("code", code)]).await
}

#[tokio::test]
async fn a_password_alone_opens_nothing_once_there_is_an_app() {
    let (app, _, _, secret, _) = with_app().await;
    let mut visitor = half(&app).await;
    assert!(!visitor.is_in(&app).await && visitor.session().is_none());
    assert_eq!(enter(&app, &mut visitor, "000000").await.status, 422);
    assert!(!visitor.is_in(&app).await);
    let right = code(&secret, app.clock.now());
    let spaced = format!("{} {}", &right[..3], &right[3..]);
    assert_eq!(enter(&app, &mut visitor, &spaced).await.status, 303);
    assert!(visitor.is_in(&app).await);
}

#[tokio::test]
async fn a_code_works_once_and_for_a_minute() {
    let (app, _, _, secret, _) = with_app().await;
    let right = code(&secret, app.clock.now());
    assert_eq!(enter(&app, &mut half(&app).await, &right).await.status, 303);
    assert_eq!(enter(&app, &mut half(&app).await, &right).await.status, 422, "used");
    app.clock.step(90);
    let old = code(&secret, app.clock.now().plus(-60));
    assert_eq!(enter(&app, &mut half(&app).await, &old).await.status, 422, "too old");
}

#[tokio::test]
async fn of_twenty_who_send_a_code_at_once_one_is_let_in() {
    let (app, _, _, secret, _) = with_app().await;
    let right = code(&secret, app.clock.now());
    let mut halves = Vec::new();
    for _ in 0..20 {
        let mut visitor = half(&app).await;
        let page = visitor.get(&app, SECOND).await;
        halves.push((visitor, page));
    }
    let sent = halves.into_iter().map(|(mut visitor, page)| {
        let (app, right) = (app.clone(), right.clone());
        tokio::spawn(async move {
            visitor.submit_from(&app, &page, SECOND, &[("code", &right)]).await.status == 303
        })
    });
    let mut let_in = 0;
    for one in sent.collect::<Vec<_>>() {
        let_in += usize::from(one.await.unwrap());
    }
    assert_eq!(let_in, 1);
}

#[tokio::test]
async fn guesses_at_a_code_are_slowed_down_across_sign_ins() {
    let (app, _, _, secret, _) = with_app().await;
    for _ in 0..5 {
        assert_eq!(enter(&app, &mut half(&app).await, "000000").await.status, 422);
    }
    let right = code(&secret, app.clock.now());
    assert_eq!(enter(&app, &mut half(&app).await, &right).await.status, 429);
    app.clock.step(30);
    let right = code(&secret, app.clock.now());
    assert_eq!(enter(&app, &mut half(&app).await, &right).await.status, 303);
}

#[tokio::test]
async fn a_recovery_code_stands_in_once() {
    let (app, _, mut visitor, _, codes) = with_app().await;
    assert_eq!(codes.len(), 10);
    let typed = codes[0].to_uppercase().replace('-', " ");
    assert_eq!(enter(&app, &mut half(&app).await, &typed).await.status, 303);
    assert_eq!(enter(&app, &mut half(&app).await, &codes[0]).await.status, 422);
    assert!(visitor.get(&app, "/account/security").await.text.contains("9 left."));
    let path = "/account/security/recovery-codes";
    let fresh = visitor.submit(&app, "/account/security", path, &[]).await;
    assert_eq!(fresh.status, 200);
    assert_eq!(enter(&app, &mut half(&app).await, &codes[1]).await.status, 422, "replaced");
    let stored = app.place.bytes();
    let plain = codes[2].replace('-', "");
    for canary in [codes[2].as_bytes(), plain.as_bytes()] {
        assert!(!stored.windows(canary.len()).any(|part| part == canary));
    }
}

#[tokio::test]
async fn half_a_sign_in_ends_after_ten_minutes_and_with_a_new_password() {
    let (app, account, _, secret, _) = with_app().await;
    let mut late = half(&app).await;
    app.clock.step(600);
    assert_eq!(late.get(&app, SECOND).await.header("location"), "/sign-in");
    let mut early = half(&app).await;
    let url = app.app.make_password_link(account, 3600).await.unwrap();
    let path = url.strip_prefix(super::super::app::URL).unwrap();
    let new = "seven grey seals asleep";
    let fields = [("password", new), ("again", new)];
    Visitor::default().submit(&app, path, "/password", &fields).await;
    assert_eq!(early.get(&app, SECOND).await.header("location"), "/sign-in");
    let mut visitor = Visitor::default();
    let answer = visitor.sign_in(&app, EMAIL, new).await;
    assert_eq!(answer.header("location"), SECOND, "a link proves the mailbox, nothing else");
    let right = code(&secret, app.clock.now());
    assert_eq!(enter(&app, &mut visitor, &right).await.status, 303);
}

#[tokio::test]
async fn s42_half_a_sign_in_ends_when_a_second_factor_changes() {
    let (app, _, mut visitor, secret, _) = with_app().await;
    let mut early = half(&app).await;
    let page = early.get(&app, SECOND).await;
    let codes = "/account/security/recovery-codes";
    visitor.submit(&app, "/account/security", codes, &[]).await;
    let right = code(&secret, app.clock.now());
    let answer = early.submit_from(&app, &page, SECOND, &[("code", &right)]).await;
    assert_eq!(answer.header("location"), "/sign-in");
    assert!(early.session().is_none());
}

#[tokio::test]
async fn s49_confirming_takes_the_second_factor_too() {
    let (app, _, mut visitor, secret, _) = with_app().await;
    app.clock.step(15 * 60);
    let (again, new) = ("/sign-in/again", "/account/tokens/new");
    let fields = [("password", PASSWORD), ("next", new)];
    let answer = visitor.submit(&app, again, again, &fields).await;
    assert_eq!(answer.header("location"), SECOND);
    let refused = visitor.get(&app, new).await;
    assert!(refused.header("location").starts_with(again), "the password alone confirms nothing");
    let mut copy = visitor.clone();
    let right = code(&secret, app.clock.now());
    assert_eq!(enter(&app, &mut visitor, &right).await.header("location"), new);
    assert_eq!(visitor.get(&app, new).await.status, 200);
    assert!(!copy.is_in(&app).await, "s41: and the ticket is a new one");
}

#[tokio::test]
async fn an_app_is_removed_by_its_owner() {
    let (app, _, mut visitor, ..) = with_app().await;
    let path = "/account/security/app/remove";
    visitor.submit(&app, "/account/security", path, &[]).await;
    let answer = Visitor::default().sign_in(&app, EMAIL, PASSWORD).await;
    assert_eq!(answer.header("location"), "/account/tokens");
}

#[tokio::test]
async fn s31_the_secret_of_an_app_is_sealed_at_rest() {
    let (app, account, _, secret, _) = with_app().await;
    let totp = app.store.totp(account).await.unwrap().unwrap();
    let plain = Secret::try_from_base32(&secret).unwrap();
    assert!(!totp.sealed.0.windows(20).any(|part| part == plain.as_ref()));
    let stored = app.place.bytes();
    assert!(!stored.windows(secret.len()).any(|part| part == secret.as_bytes()));
}
