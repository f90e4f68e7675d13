//! What a session that the provider alone started may do with API tokens.

use keymoor_core::{Clock, facts::Limits};
use keymoor_store::Actor;

use super::{
    super::portal::visitor::{Visitor, hidden},
    provider::Works,
};

impl Works {
    fn tokens(&self) -> String {
        format!("/organizations/{}/tokens", self.organization)
    }

    /// A browser that came through the provider alone.
    async fn came_through(&mut self) -> Visitor {
        self.link().await;
        let mut browser = Visitor::default();
        self.round(&mut browser, "ada").await;
        browser
    }
}

#[tokio::test]
async fn a_session_for_an_organization_makes_api_tokens_for_it_alone() {
    let mut works = Works::start().await;
    let mut browser = works.came_through().await;
    let other = works.app.organization(works.owner, false).await;
    let new = format!("{}/new", works.tokens());
    let page = browser.get(&works.app, &new).await;
    assert!(!page.text.contains("name=\"organization\""), "nothing to widen it by");
    let fields = [("label", "CI"), ("organization", &*other.to_string())];
    let refused = browser.submit(&works.app, &new, &new, &fields[..1]).await;
    assert!(refused.status == 200 && refused.text.contains("km_"), "{refused:?}");
    let widened = browser.submit(&works.app, &new, &new, &fields).await;
    assert_eq!(widened.status, 200);
    let made = works.app.store.api_tokens(works.owner).await.unwrap();
    assert_eq!(made.len(), 2);
    for token in made {
        assert_eq!(token.limits.organizations, Some(vec![works.organization]));
    }
}

#[tokio::test]
async fn s35_an_api_token_of_a_session_from_the_provider_alone_is_marked_and_others_are_not() {
    let mut works = Works::start().await;
    let mut browser = works.came_through().await;
    let new = format!("{}/new", works.tokens());
    browser.submit(&works.app, &new, &new, &[("label", "Restricted")]).await;
    let mut ada = works.ada.clone();
    ada.submit(&works.app, &new, &new, &[("label", "Whole")]).await;
    let made = works.app.store.api_tokens(works.owner).await.unwrap();
    let mut marks: Vec<_> =
        made.iter().map(|one| (one.label.as_str(), one.limits.through_provider_alone)).collect();
    marks.sort_unstable();
    assert_eq!(marks, [("Restricted", true), ("Whole", false)]);
}

#[tokio::test]
async fn s39_a_session_for_an_organization_sees_and_removes_no_other_api_token() {
    let mut works = Works::start().await;
    let mut browser = works.came_through().await;
    let other = works.app.organization(works.owner, false).await;
    let limited = |to: Vec<_>| Limits { organizations: Some(to), ..Limits::default() };
    let own = works.app.token(works.owner, limited(vec![works.organization])).await.api_key;
    let hidden_ones = [
        works.app.token(works.owner, Limits::default()).await.api_key,
        works.app.token(works.owner, limited(vec![other])).await.api_key,
        works.app.token(works.owner, limited(vec![works.organization, other])).await.api_key,
    ];
    let list = browser.get(&works.app, &works.tokens()).await;
    assert!(list.text.contains(&own.to_string()), "{}", list.text);
    let csrf = hidden(&list.text, "/sign-out")[0].1.clone();
    for key in hidden_ones {
        assert!(!list.text.contains(&key.to_string()));
        let one = format!("{}/{key}", works.tokens());
        assert_eq!(browser.get(&works.app, &one).await.status, 404);
        assert_eq!(browser.get(&works.app, &format!("{one}/remove")).await.status, 404);
        let (to, form) = (format!("{one}/remove"), format!("csrf={csrf}"));
        assert_eq!(browser.post(&works.app, &to, &form).await.status, 404);
        let found = works.app.store.api_token(works.owner, key).await.unwrap().unwrap();
        assert_eq!(found.removal, None);
    }
    let remove = format!("{}/{own}/remove", works.tokens());
    assert_eq!(browser.submit(&works.app, &remove, &remove, &[]).await.status, 303);
    let found = works.app.store.api_token(works.owner, own).await.unwrap().unwrap();
    assert!(found.removal.is_some());
}

#[tokio::test]
async fn a_session_for_an_organization_reaches_no_other_ones_api_tokens() {
    let mut works = Works::start().await;
    let mut browser = works.came_through().await;
    let other = works.app.organization(works.owner, false).await;
    let path = format!("/organizations/{other}/tokens");
    assert_eq!(browser.get(&works.app, &path).await.status, 404);
    assert_eq!(browser.get(&works.app, &format!("{path}/new")).await.status, 404);
    let robots = format!("/organizations/{}/service-accounts", works.organization);
    let answer = browser.get(&works.app, &robots).await;
    assert!(answer.header("location").starts_with("/sign-in"), "nor service accounts: {answer:?}");
    assert!(browser.get(&works.app, "/account/tokens").await.status == 303);
}

#[tokio::test]
async fn s49_a_session_for_an_organization_proves_itself_at_the_provider_again() {
    let mut works = Works::start().await;
    let mut browser = works.came_through().await;
    let new = format!("{}/new", works.tokens());
    let page = browser.get(&works.app, &new).await;
    works.app.clock.step(15 * 60);
    let expected = format!("/sign-in/organization/{}?next=", works.organization);
    let answer = browser.get(&works.app, &new).await;
    assert!(answer.header("location").starts_with(&expected), "{answer:?}");
    let answer = browser.submit_from(&works.app, &page, &new, &[("label", "CI")]).await;
    assert!(answer.header("location").starts_with(&expected), "{answer:?}");
    assert!(works.app.store.api_tokens(works.owner).await.unwrap().is_empty());
    let page = browser.get(&works.app, &works.tokens()).await;
    assert_eq!(page.status, 200, "what is there can be seen, and removed");
    works.round(&mut browser, "ada").await;
    let made = browser.submit(&works.app, &new, &new, &[("label", "CI")]).await;
    assert!(made.status == 200 && made.text.contains("km_"), "{made:?}");
}

#[tokio::test]
async fn whoever_has_not_come_through_the_provider_sees_no_api_tokens_of_the_organization() {
    let mut works = Works::start().await;
    let answer = works.ada.get(&works.app, &works.tokens()).await;
    assert_eq!(answer.header("location"), format!("/organizations/{}", works.organization));
    let app = &works.app.app;
    app.set_organization_federated(works.organization, false, Actor::Operator).await.unwrap();
    assert_eq!(works.ada.get(&works.app, &works.tokens()).await.status, 200);
}

#[tokio::test]
async fn s49_a_silent_return_from_the_provider_is_no_recent_sign_in() {
    let mut works = Works::start().await;
    let mut browser = works.came_through().await;
    let before = works.app.clock.now().seconds();
    works.app.clock.step(15 * 60);
    *works.provider.silent_since.lock().unwrap() = Some(before);
    let new = format!("{}/new", works.tokens());
    works.round(&mut browser, "ada").await;
    let asked = browser.get(&works.app, &new).await;
    let confirm = asked.header("location").to_owned();
    assert!(confirm.ends_with("&renew=yes"), "it came back without a proof: {asked:?}");
    let out = browser.submit(&works.app, &confirm, &works.begin(), &[]).await;
    assert!(out.text.contains("prompt=login"), "{}", out.text);
    let back = works.sign_in(&out, "ada");
    let refused = works.back(&mut browser, &back).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text.contains("Sign out at the provider"), "{}", refused.text);
    *works.provider.silent_since.lock().unwrap() = None;
    let out = browser.submit(&works.app, &confirm, &works.begin(), &[]).await;
    let back = works.sign_in(&out, "ada");
    let came_back = works.back(&mut browser, &back).await;
    assert!(came_back.header("location").starts_with(&new), "{came_back:?}");
    assert_eq!(browser.get(&works.app, &new).await.status, 200);
}
