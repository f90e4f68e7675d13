//! The set-up without a mouse.

use thirtyfour::prelude::*;

use super::{
    super::browser::Browser,
    provider::{CLIENT, Protocol, Provider, SECRET},
    world::World,
};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const RIGHT: &str = "\u{e014}";

/// Goes on until the element of that id, or the button of that text, has the focus.
async fn reach(browser: &Browser, wanted: &str) {
    for _ in 0..60 {
        browser.press_key(TAB).await;
        let focused = browser.active_element().await.unwrap();
        let id = focused.id().await.unwrap().unwrap_or_default();
        if id == wanted || focused.text().await.unwrap() == wanted {
            return;
        }
    }
    panic!("{wanted} is out of reach");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_is_set_up_tested_and_enabled_by_the_keyboard_alone() {
    let world = World::start(true).await;
    world.open_set_up().await;
    let browser = &world.owner;
    let provider = Provider::start(Protocol::OpenId, &world.ours().await);
    reach(browser, "label").await;
    browser.press_key("Works account").await;
    reach(browser, "protocol-saml").await;
    browser.press_key(RIGHT).await;
    for (field, value) in
        [("issuer", &*provider.url), ("client_id", CLIENT), ("client_secret", SECRET)]
    {
        reach(browser, field).await;
        browser.press_key(value).await;
    }
    enter(browser, "Set it up").await;
    enter(browser, "Test sign-in").await;
    provider.sign_in(browser, "ada").await;
    assert!(browser.text().await.contains("It works."));
    enter(browser, "Back to the set-up").await;
    enter(browser, "Enable the provider").await;
    assert!(browser.text().await.contains("Disable the provider"));
}

async fn enter(browser: &Browser, wanted: &str) {
    reach(browser, wanted).await;
    let focused = browser.active_element().await.unwrap();
    browser.press_key(ENTER).await;
    focused.wait_until().stale().await.unwrap();
}
