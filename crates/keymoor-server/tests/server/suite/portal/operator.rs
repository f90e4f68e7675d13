use keymoor_core::facts::Limits;
use keymoor_store::Actor;

use super::{
    super::app::TestApp,
    visitor::{EMAIL, PASSWORD, Visitor},
};

async fn with_operator() -> (std::sync::Arc<TestApp>, keymoor_core::AccountId, Visitor) {
    let (app, account, visitor) = TestApp::with_visitor().await;
    app.app.set_operator(account, true, Actor::Operator).await.unwrap();
    (app, account, visitor)
}

#[tokio::test]
async fn an_operator_invites_somebody() {
    let (app, _, mut visitor) = with_operator().await;
    let path = "/operator/accounts";
    let page = visitor.submit(&app, path, path, &[("email", "grace@example.com")]).await;
    assert!(page.text.contains("grace@example.com is invited"), "{page:?}");
    assert!(page.text.contains("https://auth.example.com/password?link="));
    let again = visitor.submit(&app, path, path, &[("email", "Grace@example.com")]).await;
    assert_eq!(again.status, 409);
    let wrong = visitor.submit(&app, path, path, &[("email", "grace")]).await;
    assert_eq!(wrong.status, 422);
    let list = visitor.get(&app, "/operator/accounts?q=GRACE").await.text;
    assert!(list.contains("No password yet") && !list.contains("ada@example.com</a>"));
}

#[tokio::test]
async fn an_operator_disables_and_enables_an_account() {
    let (app, own, mut visitor) = with_operator().await;
    let (eve, mut theirs) = app.visitor("eve@example.com").await;
    let token = app.token(eve, Limits::default()).await;
    let page = format!("/operator/accounts/{eve}");
    visitor.submit(&app, &page, &format!("{page}/disable"), &[]).await;
    assert!(!theirs.is_in(&app).await);
    assert_eq!(app.ask(&token, "").await.error(), "invalid_client");
    visitor.submit(&app, &page, &format!("{page}/enable"), &[]).await;
    app.clock.step(8);
    assert_eq!(app.ask(&token, "").await.status, 200);
    let page = format!("/operator/accounts/{own}");
    let answer = visitor.submit(&app, &page, &format!("{page}/disable"), &[]).await;
    assert_eq!(answer.status, 403, "nobody locks the door on oneself");
}

#[tokio::test]
async fn an_operator_resets_a_second_factor_and_makes_a_link() {
    let (app, _, mut visitor) = with_operator().await;
    let eve = app.person("eve@example.com").await;
    let sealed = keymoor_core::seal::Sealed(vec![1]);
    let stamp = keymoor_store::Stamp { at: keymoor_testkit::NOW, by: Actor::Operator, from: None };
    app.store.add_totp(eve, &sealed, 1, stamp).await.unwrap();
    let answer = Visitor::default().sign_in(&app, "eve@example.com", PASSWORD).await;
    assert_eq!(answer.header("location"), "/sign-in/second-factor");
    let page = format!("/operator/accounts/{eve}");
    visitor.submit(&app, &page, &format!("{page}/reset-second-factor"), &[]).await;
    let answer = Visitor::default().sign_in(&app, "eve@example.com", PASSWORD).await;
    assert_eq!(answer.header("location"), "/account/tokens");
    let link = visitor.submit(&app, &page, &format!("{page}/link"), &[]).await;
    assert!(link.text.contains("https://auth.example.com/password?link="));
}

#[tokio::test]
async fn what_an_operator_changes_needs_a_recent_sign_in() {
    let (app, _, mut visitor) = with_operator().await;
    let eve = app.person("eve@example.com").await;
    app.clock.step(15 * 60);
    let page = format!("/operator/accounts/{eve}");
    for what in ["disable", "enable", "reset-second-factor", "link"] {
        let answer = visitor.submit(&app, &page, &format!("{page}/{what}"), &[]).await;
        assert!(answer.header("location").starts_with("/sign-in/again"), "{what}");
    }
    assert_eq!(Visitor::default().sign_in(&app, "eve@example.com", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn who_is_no_operator_any_more_sees_no_operator_page() {
    let (app, account, mut visitor) = with_operator().await;
    assert_eq!(visitor.get(&app, "/operator").await.status, 200);
    assert!(visitor.get(&app, "/operator/signing-keys").await.text.contains("signing"));
    app.app.set_operator(account, false, Actor::Operator).await.unwrap();
    assert_eq!(visitor.get(&app, "/operator").await.status, 404);
    assert!(!visitor.get(&app, "/account").await.text.contains("/operator"), "{EMAIL}");
}
