//! Signing out at the provider.

use thirtyfour::prelude::*;

use super::{
    super::browser::Browser,
    provider::Protocol,
    world::{OPEN, THERE, World},
};

#[tokio::test(flavor = "multi_thread")]
async fn s62_signing_out_at_the_provider_ends_the_session_here() {
    let (world, provider) = World::with_provider(Protocol::OpenId, true).await;
    world.owner.press("Require Federated Authentication").await;
    let first = Browser::start(true).await;
    world.link(&first, &provider).await;
    let browser = Browser::start(true).await;
    world.set_out(&browser).await;
    provider.sign_in(&browser, THERE).await;
    let page = format!("{}{}", world.server.url, world.page());
    assert_eq!(browser.current_url().await.unwrap().as_str(), page);

    browser.goto(format!("{}/session/end", provider.url)).await.unwrap();
    browser.follow(By::Css("button[name=logout], button[value=yes]")).await;
    browser.goto(&page).await.unwrap();
    let path = browser.path().await;
    assert!(path.starts_with("/sign-in?next="), "{path}: {}", provider.log());
    first.goto(&page).await.unwrap();
    assert!(first.text().await.contains(OPEN), "the other session at the provider goes on");
}
