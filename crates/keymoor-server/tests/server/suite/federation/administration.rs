use keymoor_store::Actor;

use super::{
    super::{
        app::Answer,
        portal::visitor::{Visitor, hidden},
    },
    provider::{ISSUER, Works},
};

impl Works {
    fn settings(&self) -> String {
        format!("/organizations/{}/sign-on", self.organization)
    }
}

#[tokio::test]
async fn a_test_shows_what_comes_back_and_changes_nothing() {
    let works = Works::start().await;
    let mut ada = works.ada.clone();
    let test = format!("{}/test", works.settings());
    let page = ada.submit(&works.app, &works.settings(), &test, &[]).await;
    let back = works.sign_in(&page, "ada-1");
    let page = works.back(&mut ada, &back).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("It works.") && page.text.contains("<code>ada-1</code>"));
    assert!(page.text.contains("Ada &#60;script&#62;"), "what the provider says is inert");
    assert_eq!(works.app.store.linked_account(works.id, "ada-1").await.unwrap(), None);
    let again = works.back(&mut ada, &back).await;
    assert_eq!(again.status, 410, "once");
}

#[tokio::test]
async fn a_test_tells_the_refusal_to_whoever_tests_only() {
    let works = Works::start().await;
    let mut ada = works.ada.clone();
    let test = format!("{}/test", works.settings());
    let page = ada.submit(&works.app, &works.settings(), &test, &[]).await;
    let back = works.sign_in(&page, "ada");
    let refused = back.replace("code=one", "error=access_denied&error_description=Not%20today");
    let mut other = ada.clone();
    other.cookies.remove("__Host-keymoor-session");
    let arrived = ada.get(&works.app, &refused).await.header("location").to_owned();
    let page = ada.get(&works.app, &arrived).await;
    assert!(page.text.contains("would be refused") && page.text.contains("Not today"));
    let page = ada.submit(&works.app, &works.settings(), &test, &[]).await;
    let back = works.sign_in(&page, "ada");
    let answer = works.back(&mut other, &back).await;
    assert!(answer.status == 303 && answer.header("location") == "/sign-in", "{answer:?}");
}

#[tokio::test]
async fn s54_nobody_but_the_owner_sets_the_sign_in_up() {
    let works = Works::start().await;
    let (member, mut grace) = works.app.visitor("grace@example.com").await;
    let posts = [
        "", "/enable", "/disable", "/remove", "/test", "/unlink", "/policy", "/require", "/release",
    ];
    let page = grace.get(&works.app, "/account").await;
    for path in posts {
        let to = format!("{}{path}", works.settings());
        let answer = grace.submit_from(&works.app, &page, &to, &[("csrf", &csrf(&page))]).await;
        assert_eq!(answer.status, 404, "a stranger: {path}");
    }
    works.app.app.add_member(works.organization, member, Actor::Operator).await.unwrap();
    for path in posts {
        let to = format!("{}{path}", works.settings());
        let answer = grace.submit_from(&works.app, &page, &to, &[("csrf", &csrf(&page))]).await;
        assert_eq!(answer.status, 403, "a member: {path}");
    }
    assert_eq!(grace.get(&works.app, &works.settings()).await.status, 403);
    let found = works.app.store.identity_provider(works.id).await.unwrap().unwrap();
    assert!(found.enabled_at.is_some());
}

fn csrf(page: &Answer) -> String {
    hidden(&page.text, "/sign-out")[0].1.clone()
}

#[tokio::test]
async fn s49_the_set_up_needs_a_recent_sign_in() {
    let mut works = Works::start().await;
    works.app.clock.step(16 * 60);
    let answer = works.ada.get(&works.app, &works.settings()).await;
    assert!(answer.header("location").starts_with("/sign-in/again"), "{answer:?}");
}

#[tokio::test]
async fn an_organization_is_federated_only_while_a_provider_is_enabled() {
    let mut works = Works::start().await;
    let settings = works.settings();
    let release = format!("{settings}/release");
    works.ada.submit(&works.app, &settings, &release, &[]).await;
    let organizations = works.app.store.organizations_of(works.owner).await.unwrap();
    assert!(!organizations[0].federated);
    let disable = format!("{settings}/disable");
    works.ada.submit(&works.app, &settings, &disable, &[]).await;
    let page = works.ada.get(&works.app, &settings).await;
    assert!(page.text.contains("It can be required once a provider is enabled."));
    let require = format!("{settings}/require");
    let mut forced = works.ada.clone();
    let answer = forced.submit_from(&works.app, &page, &require, &[("csrf", &csrf(&page))]).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text.contains("nobody could sign in"), "{}", answer.text);
}

#[tokio::test]
async fn who_would_be_refused_is_shown_before() {
    let mut works = Works::start().await;
    let member = works.app.account("grace@example.com").await;
    works.app.app.add_member(works.organization, member, Actor::Operator).await.unwrap();
    works.app.token(member, keymoor_core::facts::Limits::default()).await;
    let page = works.ada.get(&works.app, &works.settings()).await.text;
    assert!(page.contains("2 members and 1 API token</strong> are refused"), "{page}");
    works.link().await;
    let page = works.ada.get(&works.app, &works.settings()).await.text;
    assert!(page.contains("1 member and 1 API token</strong> are refused"), "{page}");
    assert!(page.contains("grace@example.com"));
}

#[tokio::test]
async fn a_provider_that_cannot_be_used_is_told_why_and_nothing_is_lost() {
    let mut works = Works::start().await;
    let settings = works.settings();
    let fields = [
        ("label", "Other"),
        ("protocol", "openid"),
        ("issuer", "https://login.example.com/"),
        ("client_id", "me"),
    ];
    let page = works.ada.submit(&works.app, &settings, &settings, &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Issuer") && page.text.contains("value=\"me\""), "{}", page.text);
    let fields = [("label", "Other"), ("protocol", "saml"), ("certificates", "x")];
    let page = works.ada.submit(&works.app, &settings, &settings, &fields).await;
    assert!(page.text.contains("The certificate is invalid."), "{}", page.text);
    let found = works.app.store.identity_provider(works.id).await.unwrap().unwrap();
    assert!(found.settings.contains(ISSUER) && found.label.as_str() == "Works account");
}

#[tokio::test]
async fn the_break_glass_rule_is_for_the_owner_and_can_be_off() {
    let mut works = Works::start().await;
    let settings = works.settings();
    assert_eq!(works.ada.get(&works.app, &settings).await.status, 200);
    let policy = format!("{settings}/policy");
    works.ada.submit(&works.app, &settings, &policy, &[("max_days", "30")]).await;
    let answer = works.ada.get(&works.app, &settings).await;
    assert_eq!(answer.header("location"), format!("/organizations/{}", works.organization));
    works.link().await;
    assert_eq!(works.ada.get(&works.app, &settings).await.status, 200);
    let mut elsewhere = Visitor::default();
    works.round(&mut elsewhere, "ada").await;
    let answer = elsewhere.get(&works.app, &settings).await;
    assert_eq!(answer.status, 303, "a session that the provider started sets nothing up");
}

#[tokio::test]
async fn an_organization_that_watches_records_what_it_would_refuse() {
    let mut works = Works::start().await;
    let settings = works.settings();
    works.ada.submit(&works.app, &settings, &format!("{settings}/release"), &[]).await;
    let fields = [("max_days", "30"), ("watched", "1"), ("break_glass", "1")];
    works.ada.submit(&works.app, &settings, &format!("{settings}/policy"), &fields).await;
    let token = works.app.token(works.owner, keymoor_core::facts::Limits::default()).await;
    let (plain, scope) = (works.app.bearer(&token, "").await, works.organization);
    let scoped = works.app.bearer(&token, &format!("organization:{scope}")).await;
    let path = format!("/api/organizations/{scope}");
    for bearer in [&plain, &scoped, &plain] {
        assert_eq!(works.app.call("GET", &path, bearer).await.status, 200);
    }
    let page = works.ada.get(&works.app, &settings).await.text;
    assert!(page.contains("2 calls without the organization"), "{page}");
}

#[tokio::test]
async fn s58_a_link_is_ended_by_an_administrator() {
    let mut works = Works::start().await;
    works.link().await;
    let settings = works.settings();
    let page = works.ada.get(&works.app, &settings).await.text;
    assert!(page.contains("is <code>ada</code> at the provider"), "{page}");
    let fields = [("account", &*works.owner.to_string())];
    works.ada.submit(&works.app, &settings, &format!("{settings}/unlink"), &fields).await;
    assert_eq!(works.app.store.linked_account(works.id, "ada").await.unwrap(), None);
    let again = works.ada.submit(&works.app, &settings, &format!("{settings}/policy"), &[]).await;
    assert_eq!(again.status, 422, "the page still stands, and days are missing: {again:?}");
}
