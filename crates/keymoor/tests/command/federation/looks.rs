//! The pages of single sign-on in every size and colour: what axe finds, and what they look like.
//! The pictures are in `target/tmp/screenshots`.

use std::path::PathBuf;

use thirtyfour::prelude::*;

use super::{
    super::{browser::Browser, peers, process::PASSWORD},
    provider::Protocol,
    world::{MEMBER, THERE, World},
};

/// Opens everything that is folded.
async fn unfold(browser: &Browser) {
    for folded in browser.find_all(By::Css("main details:not([open]) > summary")).await.unwrap() {
        if folded.is_displayed().await.unwrap() {
            folded.click().await.unwrap();
        }
    }
}

/// What axe finds and what it looks like, in every size and colour.
async fn look(browser: &Browser, name: &str) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    for (scheme, width) in [("light", 390), ("dark", 390), ("light", 1280), ("dark", 1280)] {
        browser.device(width, scheme).await;
        let found = browser.violations(peers::axe()).await;
        assert_eq!(found, serde_json::json!([]), "{name} {width} {scheme}");
        // Not the window's: a phone's grows with what is too wide.
        let wide = "return document.documentElement.scrollWidth";
        let wide = browser.execute(wide, vec![]).await.unwrap();
        assert_eq!(wide.json(), width, "{name} {scheme}");
        browser.picture(&folder.join(format!("{name}-{width}-{scheme}.png"))).await;
    }
    browser.device(1280, "light").await;
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{name}: {complaints:?}");
}

/// Looks at a page that follows one of the provider's, or that comes with an error status, both of
/// which the browser notes.
async fn look_after(browser: &Browser, name: &str) {
    browser.complaints().await;
    look(browser, name).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s45_every_page_of_single_sign_on_is_accessible_and_keeps_its_policy() {
    let world = World::start(true).await;
    let owner = &world.owner;
    world.open_set_up().await;
    unfold(owner).await;
    look(owner, "single-sign-on-empty").await;
    owner.find(By::Id("protocol-openid")).await.unwrap().click().await.unwrap();
    unfold(owner).await;
    look(owner, "single-sign-on-empty-openid").await;
    let provider = world.set_up(Protocol::Saml).await;
    look(owner, "single-sign-on-saml").await;
    owner.fill("certificates", "no certificate").await;
    owner.press("Save").await;
    look_after(owner, "single-sign-on-wrong").await;
    owner.press("Test sign-in").await;
    provider.sign_in(owner, "ada").await;
    look_after(owner, "sign-on-test").await;
    owner.press("Back to the set-up").await;
    owner.press("Enable the provider").await;
    owner.press("Require Federated Authentication").await;
    unfold(owner).await;
    look(owner, "single-sign-on-required").await;
    members(&world, &provider).await;
    owner.goto(format!("{}/sign-in/organization/{}", world.server.url, world.works)).await.unwrap();
    owner.press("Go on").await;
    provider.sign_in(owner, THERE).await;
    assert!(owner.text().await.contains("This identity belongs to another account"));
    look_after(owner, "sign-on-refused").await;
    world.open_set_up().await;
    owner.press("Disable the provider").await;
    owner.goto(format!("{}{}", world.server.url, world.page())).await.unwrap();
    look(owner, "organization-closed-owner").await;
}

async fn members(world: &World, provider: &super::provider::Provider) {
    let member = Browser::start(true).await;
    member.goto(format!("{}/sign-in", world.server.url)).await.unwrap();
    member.fill("email", MEMBER).await;
    member.fill("password", PASSWORD).await;
    member.press("Sign in").await;
    member.goto(format!("{}{}", world.server.url, world.page())).await.unwrap();
    look(&member, "organization-closed").await;
    member.delete_all_cookies().await.unwrap();
    let link = format!("{}/sign-in/organization/{}", world.server.url, world.works);
    member.goto(link).await.unwrap();
    look(&member, "sign-on").await;
    member.press("Go on").await;
    provider.sign_in(&member, THERE).await;
    member.fill("email", MEMBER).await;
    member.fill("password", PASSWORD).await;
    member.press("Sign in").await;
    look_after(&member, "sign-on-link").await;
    member.press("Link them").await;
    look(&member, "organization-federated").await;
}
