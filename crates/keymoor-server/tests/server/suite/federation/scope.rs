use keymoor_core::facts::Limits;
use keymoor_store::{Actor, FederationPolicy, Stamp};
use serde_json::json;

use super::{super::portal::visitor::Visitor, provider::Works};

const DAY: i64 = 86_400;

impl Works {
    fn scope(&self) -> String {
        format!("organization:{}", self.organization)
    }

    fn path(&self) -> String {
        format!("/api/organizations/{}", self.organization)
    }
}

#[tokio::test]
async fn the_scope_is_granted_from_the_sign_in_until_the_maximum_age() {
    let mut works = Works::start().await;
    let token = works.app.token(works.owner, Limits::default()).await;
    let refused = works.app.ask(&token, &works.scope()).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (400, "invalid_scope"));
    assert!(refused.json()["error_uri"].as_str().unwrap().ends_with(&works.path()[4..]));
    works.link().await;
    works.app.clock.step(10);
    let bearer = works.app.bearer(&token, &works.scope()).await;
    assert_eq!(works.app.call("GET", &works.path(), &bearer).await.status, 200);
    works.app.clock.step(30 * DAY - 20);
    works.app.bearer(&token, &works.scope()).await;
    works.app.clock.step(20);
    let refused = works.app.ask(&token, &works.scope()).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (400, "invalid_scope"));
}

#[tokio::test]
async fn a_shorter_maximum_age_counts_at_once() {
    let mut works = Works::start().await;
    let token = works.app.token(works.owner, Limits::default()).await;
    works.link().await;
    works.app.clock.step(7200);
    works.app.bearer(&token, &works.scope()).await;
    let policy = FederationPolicy { max_sign_in_age: 3600, watched: false, break_glass: true };
    let set = works.app.app.set_federation_policy(works.organization, policy, Actor::Operator);
    set.await.unwrap();
    assert_eq!(works.app.ask(&token, &works.scope()).await.error(), "invalid_scope");
}

#[tokio::test]
async fn s59_a_disabled_provider_kills_the_tokens_that_live() {
    let mut works = Works::start().await;
    let token = works.app.token(works.owner, Limits::default()).await;
    works.link().await;
    works.app.clock.step(10);
    let bearer = works.app.bearer(&token, &works.scope()).await;
    let plain = works.app.bearer(&token, "").await;
    let app = &works.app.app;
    app.set_identity_provider_enabled(works.id, false, Actor::Operator).await.unwrap();
    let refused = works.app.call("GET", &works.path(), &bearer).await;
    assert_eq!((refused.status.as_u16(), &*refused.error()), (401, "invalid_token"));
    assert_eq!(works.app.ask(&token, &works.scope()).await.error(), "invalid_scope");
    assert_eq!(works.app.call("GET", "/api/account", &plain).await.status, 200, "others live on");
    app.set_identity_provider_enabled(works.id, true, Actor::Operator).await.unwrap();
    works.app.clock.step(10);
    works.app.bearer(&token, &works.scope()).await;
}

#[tokio::test]
async fn s40_an_ended_link_kills_the_tokens_that_live() {
    let mut works = Works::start().await;
    let token = works.app.token(works.owner, Limits::default()).await;
    works.link().await;
    works.app.clock.step(10);
    let bearer = works.app.bearer(&token, &works.scope()).await;
    works.app.app.unlink_account(works.id, works.owner, Actor::Operator).await.unwrap();
    assert_eq!(works.app.call("GET", &works.path(), &bearer).await.error(), "invalid_token");
    assert_eq!(works.app.ask(&token, &works.scope()).await.error(), "invalid_scope");
}

#[tokio::test]
async fn s43_a_session_that_the_provider_started_ends_with_it() {
    let mut works = Works::start().await;
    works.link().await;
    let mut browser = Visitor::default();
    works.round(&mut browser, "ada").await;
    let path = format!("/organizations/{}", works.organization);
    assert_eq!(browser.get(&works.app, &path).await.status, 200);
    let app = &works.app.app;
    app.set_identity_provider_enabled(works.id, false, Actor::Operator).await.unwrap();
    assert_eq!(browser.get(&works.app, &path).await.status, 303, "to the sign-in");
}

#[tokio::test]
async fn s37_the_page_of_a_federated_organization_opens_to_who_came_through_its_provider() {
    let mut works = Works::start().await;
    let path = format!("/organizations/{}", works.organization);
    let page = works.ada.get(&works.app, &path).await;
    assert!(page.text.contains("This organization requires its own sign-in."), "{}", page.text);
    assert!(!page.text.contains("Members ("));
    works.link().await;
    let page = works.ada.get(&works.app, &path).await;
    assert!(page.text.contains("Members (1)"), "{}", page.text);
    works.app.clock.step(30 * DAY);
    let mut again = works.app.signed_in("ada@example.com").await;
    assert!(!again.get(&works.app, &path).await.text.contains("Members ("), "another session");
}

#[tokio::test]
async fn s75_a_sign_in_that_nobody_noted_counts_for_nothing() {
    let works = Works::start().await;
    let token = works.app.token(works.owner, Limits::default()).await;
    let store = &works.app.store;
    let stamp = Stamp { at: keymoor_testkit::NOW, by: Actor::Operator, from: None };
    let link = store.link_account(works.id, "ada", works.owner, stamp).await;
    link.unwrap();
    let refused = works.app.ask(&token, &works.scope()).await.json();
    assert_eq!(refused["error"], json!("invalid_scope"));
}
