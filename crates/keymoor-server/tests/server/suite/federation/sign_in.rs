use keymoor_store::Actor;

use super::{super::portal::visitor::Visitor, provider::Works};

#[tokio::test]
async fn s58_a_person_is_linked_with_proof_of_both_and_never_by_address() {
    let mut works = Works::start().await;
    let mut stranger = Visitor::default();
    let answer = works.round(&mut stranger, "ada").await;
    assert_eq!(answer.status, 303);
    let to = answer.header("location");
    assert!(to.starts_with("/sign-in?next=%2Fsign-in%2Flink%3Fticket%3D"), "{to}");
    assert!(!stranger.is_in(&works.app).await, "the provider's word alone opens nothing");
    let linked = works.link().await;
    assert_eq!(linked.status, 303, "{linked:?}");
    assert_eq!(linked.header("location"), format!("/organizations/{}", works.organization));
    let store = &works.app.store;
    assert_eq!(store.linked_account(works.id, "ada").await.unwrap(), Some(works.owner));
}

#[tokio::test]
async fn the_page_that_asks_for_the_link_can_be_loaded_again_and_is_answered_once() {
    let works = Works::start().await;
    let mut ada = works.ada.clone();
    let offered = works.round(&mut ada, "ada").await;
    let page = offered.header("location").to_owned();
    for _ in 0..2 {
        assert_eq!(ada.get(&works.app, &page).await.status, 200);
    }
    let linked = ada.submit(&works.app, &page, "/sign-in/link", &[]).await;
    assert_eq!(linked.status, 303, "{linked:?}");
    assert_eq!(ada.get(&works.app, &page).await.status, 410, "s61: it is spent");
}

#[tokio::test]
async fn a_linked_person_gets_a_session_for_the_organization_alone() {
    let mut works = Works::start().await;
    works.link().await;
    let mut browser = Visitor::default();
    let answer = works.round(&mut browser, "ada").await;
    assert_eq!((answer.status.as_u16(), browser.session().is_some()), (303, true), "{answer:?}");
    let page = browser.get(&works.app, &format!("/organizations/{}", works.organization)).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains("ada@example.com") && page.text.contains("Members"));
    let other = works.app.organization(works.owner, false).await;
    let closed = [
        "/account",
        "/account/tokens",
        "/account/tokens/new",
        "/account/security",
        "/account/sessions",
        "/account/activity",
        "/operator",
        "/sign-in/again",
    ];
    for path in closed {
        let answer = browser.get(&works.app, path).await;
        assert_eq!(answer.status, 303, "{path}");
        assert!(answer.header("location").starts_with("/sign-in"), "{path}");
    }
    let page = browser.get(&works.app, &format!("/organizations/{other}")).await;
    assert_eq!(page.status, 404, "nor does another organization open");
    let list = browser.get(&works.app, "/organizations").await.text;
    assert!(!list.contains(&other.to_string()) && list.contains(&works.organization.to_string()));
}

#[tokio::test]
async fn s55_a_sign_in_counts_in_the_browser_that_began_it() {
    let mut works = Works::start().await;
    works.link().await;
    let (mut victim, mut attacker) = (Visitor::default(), Visitor::default());
    let back = works.out(&mut attacker, "ada").await;
    victim.get(&works.app, "/sign-in").await;
    let answer = works.back(&mut victim, &back).await;
    assert_eq!(answer.status, 410, "without the cookie");
    works.out(&mut victim, "ada").await;
    let back = works.out(&mut attacker, "ada").await;
    let answer = works.back(&mut victim, &back).await;
    assert_eq!(answer.status, 410, "with the cookie of another sign-in");
    assert!(victim.session().is_none());
}

#[tokio::test]
async fn s61_a_callback_works_once() {
    let mut works = Works::start().await;
    works.link().await;
    let mut browser = Visitor::default();
    let back = works.out(&mut browser, "ada").await;
    let first = browser.get(&works.app, &back).await;
    let arrived = first.header("location").to_owned();
    let again = works.back(&mut browser, &back).await;
    assert_eq!(again.status, 410, "the callback");
    assert_eq!(browser.get(&works.app, &arrived).await.status, 303);
    browser.cookies.remove("__Host-keymoor-session");
    assert_eq!(browser.get(&works.app, &arrived).await.status, 410, "what came of it");
}

/// SAML's answers and OpenID Connect's wait in the same table, under the digest of a ticket.
#[tokio::test]
async fn s61_s68_what_was_used_stays_used_after_a_restart() {
    let mut works = Works::start().await;
    works.link().await;
    let mut browser = Visitor::default();
    let back = works.out(&mut browser, "ada").await;
    let arrived = browser.get(&works.app, &back).await.header("location").to_owned();
    works.app = works.app.restart().await;
    let again = works.back(&mut browser, &back).await;
    assert_eq!(again.status, 410, "the callback");
    assert_eq!(
        browser.get(&works.app, &arrived).await.status,
        303,
        "what is not used yet is there"
    );
    browser.cookies.remove("__Host-keymoor-session");
    works.app = works.app.restart().await;
    assert_eq!(browser.get(&works.app, &arrived).await.status, 410, "what came of it");
}

#[tokio::test]
async fn s55_what_came_back_counts_in_no_other_browser() {
    let mut works = Works::start().await;
    works.link().await;
    let (mut browser, mut other) = (Visitor::default(), Visitor::default());
    let back = works.out(&mut browser, "ada").await;
    let arrived = browser.get(&works.app, &back).await.header("location").to_owned();
    works.out(&mut other, "ada").await;
    assert_eq!(other.get(&works.app, &arrived).await.status, 410);
    assert!(other.session().is_none());
}

#[tokio::test]
async fn s59_a_provider_that_is_disabled_on_the_way_signs_nobody_in() {
    let mut works = Works::start().await;
    works.link().await;
    let mut browser = Visitor::default();
    let back = works.out(&mut browser, "ada").await;
    let disable = works.app.app.set_identity_provider_enabled(works.id, false, Actor::Operator);
    disable.await.unwrap();
    let answer = works.back(&mut browser, &back).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("identity provider is disabled"), "{}", answer.text);
    assert!(browser.session().is_none());
    assert_eq!(browser.get(&works.app, &works.begin()).await.status, 404);
}

#[tokio::test]
async fn s59_nor_links_anybody() {
    let works = Works::start().await;
    let mut ada = works.ada.clone();
    let offered = works.round(&mut ada, "ada").await;
    let page = ada.get(&works.app, offered.header("location")).await;
    let disable = works.app.app.set_identity_provider_enabled(works.id, false, Actor::Operator);
    disable.await.unwrap();
    let answer = ada.submit_from(&works.app, &page, "/sign-in/link", &[]).await;
    assert_eq!(answer.status, 403);
    assert_eq!(works.app.store.linked_account(works.id, "ada").await.unwrap(), None);
}

#[tokio::test]
async fn s43_a_sign_in_takes_a_quarter_of_an_hour_at_most() {
    let mut works = Works::start().await;
    works.link().await;
    let mut browser = Visitor::default();
    let back = works.out(&mut browser, "ada").await;
    works.app.clock.step(901);
    assert_eq!(works.back(&mut browser, &back).await.status, 410);
}

#[tokio::test]
async fn a_person_of_somebody_else_is_not_let_into_this_session() {
    let mut works = Works::start().await;
    works.link().await;
    let (other, mut grace) = works.app.visitor("grace@example.com").await;
    works.app.app.add_member(works.organization, other, Actor::Operator).await.unwrap();
    let answer = works.round(&mut grace, "ada").await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("another account than grace@example.com"), "{}", answer.text);
}

#[tokio::test]
async fn who_is_no_member_is_not_linked() {
    let works = Works::start().await;
    let (_, mut grace) = works.app.visitor("grace@example.com").await;
    let offered = works.round(&mut grace, "grace").await;
    let page = grace.get(&works.app, offered.header("location")).await;
    assert_eq!(page.status, 403);
    assert!(page.text.contains("not a member of the organization"));
}

#[tokio::test]
async fn s70_where_to_go_on_is_a_page_of_ours() {
    let mut works = Works::start().await;
    works.link().await;
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x"] {
        let mut browser = Visitor::default();
        let begin = works.begin();
        let page = browser.submit(&works.app, &begin, &begin, &[("next", next)]).await;
        let back = works.sign_in(&page, "ada");
        let answer = works.back(&mut browser, &back).await;
        let expected = format!("/organizations/{}", works.organization);
        assert_eq!(answer.header("location"), expected);
    }
}
