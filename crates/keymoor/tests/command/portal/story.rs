//! What the portal is for, from the first run to a removed API token.

use serde_json::Value;
use thirtyfour::By;

use super::{
    super::{browser::Browser, process::curl_json},
    world::{EMAIL, PASSWORD, done, server, set_up, sign_in},
};

#[tokio::test(flavor = "multi_thread")]
async fn s53_the_whole_story_with_javascript() {
    the_whole_story(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s53_the_whole_story_without_javascript() {
    the_whole_story(false).await;
}

/// First run → sign in → create a token → use it with curl → last used appears → Remove → refused.
async fn the_whole_story(scripts: bool) {
    let mut server = server(&[]);
    let browser = Browser::start(scripts).await;
    set_up(&browser, &mut server).await;
    sign_out(&browser).await;
    sign_in(&browser, &server).await;

    browser.follow_menu("Account Settings").await;
    assert_eq!(browser.path().await, "/account");
    browser.press("API Tokens").await;
    assert!(browser.text().await.contains("No API tokens yet."));
    browser.fill("label", "Nightly backup").await;
    browser.press("Create Token").await;
    browser.press("Create Token").await;
    let (key, secret) = (browser.value("api-key").await, browser.value("api-secret").await);
    done(&browser).await;
    assert!(!browser.page_source().await.contains(&secret), "shown once");
    assert!(browser.text().await.contains("never"));

    let answer = ask(&server.token_url(), &key, &secret);
    let bearer = format!("Authorization: Bearer {}", answer["access_token"].as_str().unwrap());
    let account = curl_json(&[&format!("{}/api/account", server.url), "-H", &bearer]);
    assert_eq!(account["mail"], EMAIL);
    browser.refresh().await.unwrap();
    let list = browser.text().await;
    assert!(list.contains("from 127.0.0.1") && !list.contains("never"), "{list}");

    browser.press("Remove Nightly backup").await;
    assert!(browser.text().await.contains("It was last used just now from 127.0.0.1"));
    browser.press("Remove").await;
    assert!(browser.text().await.contains("No API tokens yet."));
    assert_eq!(ask(&server.token_url(), &key, &secret)["error"], "invalid_client");
    let account = curl_json(&[&format!("{}/api/account", server.url), "-H", &bearer]);
    assert_eq!(account["error"], "invalid_token", "the access token is dead too");
}

fn ask(url: &str, key: &str, secret: &str) -> Value {
    let (key, secret) = (format!("client_id={key}"), format!("client_secret={secret}"));
    let grant = "grant_type=client_credentials";
    let option = "--data-urlencode";
    curl_json(&[url, option, &key, option, &secret, option, grant])
}

async fn sign_out(browser: &Browser) {
    browser.find(By::Css(".menu summary")).await.unwrap().click().await.unwrap();
    browser.follow(By::XPath("//button[normalize-space()='Sign out']")).await;
    assert_eq!(browser.path().await, "/sign-in");
}

impl Browser {
    /// Follows a link of the menu under the avatar.
    async fn follow_menu(&self, text: &str) {
        self.find(By::Css(".menu summary")).await.unwrap().click().await.unwrap();
        self.follow(By::LinkText(text)).await;
    }

    async fn page_source(&self) -> String {
        self.source().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s49_the_page_that_confirms_takes_the_right_password_alone_and_goes_on() {
    let mut server = server(&[]);
    let browser = Browser::start(true).await;
    set_up(&browser, &mut server).await;
    browser.goto(format!("{}/sign-in/again?next=/account/security", server.url)).await.unwrap();
    browser.fill("password", "wrong wrong wrong").await;
    browser.press("Confirm").await;
    assert!(browser.text().await.contains("This is not your password."));
    browser.fill("password", PASSWORD).await;
    browser.press("Confirm").await;
    assert_eq!(browser.path().await, "/account/security");
}
