//! Which browser a sign-in counts in, and how far it reaches there.

use thirtyfour::prelude::*;

use super::{
    super::browser::Browser,
    provider::Protocol,
    world::{OPEN, THERE, World},
};

const LOST: &str = "This sign-in was not begun in this browser, was finished already, or took too \
    long. Begin again.";

#[tokio::test(flavor = "multi_thread")]
async fn s58_saml_opens_the_organization_alone_to_who_comes_back() {
    comes_back(Protocol::Saml).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s58_openid_connect_opens_the_organization_alone_to_who_comes_back() {
    comes_back(Protocol::OpenId).await;
}

/// A linked person needs no password, in a browser that knows nothing, and gets no whole account.
async fn comes_back(protocol: Protocol) {
    let (world, provider) = World::with_provider(protocol, true).await;
    world.owner.press("Require Federated Authentication").await;
    let first = Browser::start(true).await;
    world.link(&first, &provider).await;
    drop(first);
    let browser = Browser::start(true).await;
    world.set_out(&browser).await;
    provider.sign_in(&browser, THERE).await;
    assert_eq!(browser.path().await, world.page());
    assert!(browser.text().await.contains(OPEN));
    let at = |path: &str| format!("{}{path}", world.server.url);
    for closed in ["/account", "/account/tokens", "/account/security", "/sign-in/again"] {
        browser.goto(at(closed)).await.unwrap();
        let path = browser.path().await;
        assert!(path.starts_with("/sign-in?next="), "{closed}: {path}");
    }
    browser.goto(at("/organizations")).await.unwrap();
    let list = browser.text().await;
    assert!(list.contains("Harbour works") && !list.contains("Rowing club"), "{list}");
    browser.goto(at(&format!("/organizations/{}", world.club))).await.unwrap();
    assert!(!browser.text().await.contains("Rowing club"));
    browser.goto(at(&world.page())).await.unwrap();
    assert!(browser.text().await.contains(OPEN), "it still is of the organization");
}

/// What a browser asked for that `part` is in.
async fn asked(browser: &Browser, part: &str) -> String {
    let (requests, _) = browser.traffic().await;
    let found = requests.iter().find(|url| url.contains(part));
    found.unwrap_or_else(|| panic!("no {part}: {requests:?}")).clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn s55_s61_a_callback_counts_once_and_in_the_browser_that_set_out() {
    let (world, provider) = World::with_provider(Protocol::OpenId, true).await;
    let (first, second) = (Browser::start(true).await, Browser::start(true).await);
    world.link(&first, &provider).await;
    let used = asked(&first, "/api/auth/oidc/callback/").await;
    first.goto(&used).await.unwrap();
    assert!(first.text().await.contains(LOST), "a replay");

    // The second one has set out too; the first one's callback is kept from arriving.
    world.set_out(&second).await;
    let third = Browser::start(true).await;
    let hold = serde_json::json!({ "urls": ["*/api/auth/oidc/callback/*"] });
    third.chrome("Network.setBlockedURLs", hold).await;
    world.set_out(&third).await;
    provider.name(&third, THERE).await;
    let fresh = asked(&third, "/api/auth/oidc/callback/").await;
    second.goto(&fresh).await.unwrap();
    assert!(second.text().await.contains(LOST), "another browser");
    second.goto(format!("{}{}", world.server.url, world.page())).await.unwrap();
    assert!(second.path().await.starts_with("/sign-in?"), "nobody is signed in");
}

#[tokio::test(flavor = "multi_thread")]
async fn s55_s68_a_saml_response_counts_once_and_in_the_browser_that_set_out() {
    let (world, provider) = World::with_provider(Protocol::Saml, false).await;
    let (first, second) = (Browser::start(false).await, Browser::start(false).await);
    world.link(&first, &provider).await;
    world.set_out(&second).await;
    let stolen = Browser::start(false).await;
    world.set_out(&stolen).await;
    provider.name(&stolen, THERE).await;
    let form = stolen.find(By::Css("form")).await.unwrap().outer_html().await.unwrap();
    let copy = form.replace('+', "%2B").replace('#', "%23").replace('\n', "%0A");
    let copy = format!("data:text/html;charset=utf-8,{copy}");
    second.goto(&copy).await.unwrap();
    second.follow(By::Css("form button")).await;
    assert!(second.text().await.contains(LOST), "another browser");
    second.goto(format!("{}{}", world.server.url, world.page())).await.unwrap();
    assert!(second.path().await.starts_with("/sign-in?"), "nobody is signed in");
    stolen.follow(By::Css("form button")).await;
    assert!(stolen.text().await.contains(LOST), "it was used, if in vain");

    world.set_out(&stolen).await;
    provider.sign_in(&stolen, THERE).await;
    assert_eq!(stolen.path().await, world.page());
    stolen.goto(&copy).await.unwrap();
    stolen.follow(By::Css("form button")).await;
    assert!(stolen.text().await.contains(LOST), "a replay");
}
