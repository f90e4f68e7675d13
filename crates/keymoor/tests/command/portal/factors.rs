//! Second factors in the browser: a passkey by Chromium's virtual authenticator.

use serde_json::json;
use thirtyfour::By;

use super::{
    super::browser::Browser,
    world::{done, server, set_up, sign_in},
};

/// Gives the browser an authenticator that says yes to everything; its id.
pub(crate) async fn authenticator(browser: &Browser) -> serde_json::Value {
    browser.chrome("WebAuthn.enable", json!({})).await;
    let options = json!({ "options": {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserVerified": true,
        "automaticPresenceSimulation": true,
    } });
    browser.chrome("WebAuthn.addVirtualAuthenticator", options).await["authenticatorId"].clone()
}

/// Sends a form that a script sends, and waits for the page that comes.
async fn send(browser: &Browser, button: &str) {
    browser.press(button).await;
}

async fn sign_out(browser: &Browser) {
    browser.delete_all_cookies().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_asked_for_and_removed() {
    let mut server = server(&[]);
    let browser = Browser::start(true).await;
    set_up(&browser, &mut server).await;
    let id = authenticator(&browser).await;
    browser.goto(format!("{}/account/security", server.url)).await.unwrap();
    browser.press("Add a passkey").await;
    browser.fill("label", "Laptop").await;
    send(&browser, "Add the passkey").await;
    assert!(browser.text().await.contains("Recovery codes"), "shown once");
    done(&browser).await;
    assert!(browser.text().await.contains("Laptop"));

    sign_out(&browser).await;
    sign_in(&browser, &server).await;
    assert_eq!(browser.path().await, "/sign-in/second-factor");
    let no = json!({ "authenticatorId": id, "isUserVerified": false });
    browser.chrome("WebAuthn.setUserVerified", no).await;
    let button = browser.find(By::XPath("//button[.='Use a passkey']")).await.unwrap();
    button.click().await.unwrap();
    let state = By::Css("[data-passkey-state]");
    let refused = || async { browser.find(state.clone()).await.unwrap().text().await.unwrap() };
    while !refused().await.contains("was not used") {
        tokio::task::yield_now().await;
    }
    let yes = json!({ "authenticatorId": id, "isUserVerified": true });
    browser.chrome("WebAuthn.setUserVerified", yes).await;
    send(&browser, "Use a passkey").await;
    assert_eq!(browser.path().await, "/account/tokens");

    browser.goto(format!("{}/account/security", server.url)).await.unwrap();
    assert!(browser.text().await.contains("last used just now"));
    browser.press("Remove passkey Laptop").await;
    sign_out(&browser).await;
    sign_in(&browser, &server).await;
    assert_eq!(browser.path().await, "/account/tokens", "the password alone is enough again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_added_once() {
    let mut server = server(&[]);
    let browser = Browser::start(true).await;
    set_up(&browser, &mut server).await;
    authenticator(&browser).await;
    for _ in 0..2 {
        browser.goto(format!("{}/account/security/passkey", server.url)).await.unwrap();
        browser.fill("label", "Laptop").await;
        browser
            .find(By::XPath("//button[.='Add the passkey']"))
            .await
            .unwrap()
            .click()
            .await
            .unwrap();
        while !browser.shows("Recovery codes").await
            && !browser.shows("has a passkey for the account already").await
        {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(browser.path().await, "/account/security/passkey");
    assert!(browser.text().await.contains("This device has a passkey for the account already."));
}
