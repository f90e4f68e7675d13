//! What single sign-on is for, from the set-up by the owner to the provider that is disabled.

use super::{
    super::{browser::Browser, portal::world::EMAIL},
    provider::Protocol,
    tokens::{self, Answer},
    world::{OPEN, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn s37_s39_s59_saml_with_javascript() {
    the_whole_story(Protocol::Saml, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s37_s39_s59_saml_without_javascript() {
    the_whole_story(Protocol::Saml, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s37_s39_s59_openid_connect_with_javascript() {
    the_whole_story(Protocol::OpenId, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s37_s39_s59_openid_connect_without_javascript() {
    the_whole_story(Protocol::OpenId, false).await;
}

/// Set up → test → enable → require → a member signs in and links → the scope is granted and opens
/// the organization, and nothing else does → disabled, it opens nothing.
async fn the_whole_story(protocol: Protocol, scripts: bool) {
    let world = World::start(scripts).await;
    let provider = world.set_up(protocol).await;
    let owner = &world.owner;
    owner.press("Test sign-in").await;
    provider.sign_in(owner, "ada").await;
    let claims = owner.text().await;
    for told in ["It works.", "Known there as", "ada@works.example", "ada of the works"] {
        assert!(claims.contains(told), "{told}: {claims}");
    }
    owner.press("Back to the set-up").await;
    owner.press("Enable the provider").await;
    let preview = owner.text().await;
    assert!(preview.contains("2 members and 1 API token would be refused"), "{preview}");
    let scope = World::scope(&world.works);
    let live = tokens::bearer(&world.ask(None));
    assert_eq!(tokens::call(&world, &world.works, &live), Answer::Opens);
    owner.press("Require Federated Authentication").await;
    assert_eq!(tokens::call(&world, &world.works, &live), Answer::NeedsSignIn, "at once");
    assert_eq!(world.ask(Some(&scope))["error"], "invalid_scope", "nobody has signed in");
    let bare = tokens::bearer(&world.ask(None));
    assert_eq!(tokens::call(&world, &world.works, &bare), Answer::NeedsSignIn);

    let member = Browser::start(scripts).await;
    world.link(&member, &provider).await;
    let page = member.text().await;
    assert!(page.contains(&scope) && page.contains(EMAIL) && page.contains(OPEN), "{page}");
    let granted = tokens::in_a_moment(&world, &scope);
    assert_eq!(granted["scope"], scope.as_str(), "{granted}");
    let granted = tokens::bearer(&granted);
    assert_eq!(tokens::call(&world, &world.works, &granted), Answer::Opens);
    tokens::two_by_two(&world);

    owner.refresh().await.unwrap();
    assert!(owner.text().await.contains("1 member and 0 API tokens are refused"));
    owner.press("Disable the provider").await;
    assert_eq!(tokens::call(&world, &world.works, &granted), Answer::Dead, "at once");
    assert_eq!(world.ask(Some(&scope))["error"], "invalid_scope");
    let link = format!("{}/sign-in/organization/{}", world.server.url, world.works);
    member.goto(link).await.unwrap();
    assert!(!member.text().await.contains("Go on"), "nobody is signed in through it");
    owner.press("Enable the provider").await;
    let again = tokens::bearer(&tokens::in_a_moment(&world, &scope));
    assert_eq!(tokens::call(&world, &world.works, &again), Answer::Opens);
}
