//! What becomes of the page that shows a secret.

use thirtyfour::{By, extensions::query::ElementWaitable};

use super::{
    super::browser::Browser,
    world::{done, server, set_up},
};

/// Creates an API token; the secret on the page.
async fn create(browser: &Browser, url: &str, label: &str) -> String {
    browser.goto(format!("{url}/account/tokens/new")).await.unwrap();
    browser.fill("label", label).await;
    browser.press("Create Token").await;
    browser.value("api-secret").await
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_going_back_shows_no_secret_with_javascript() {
    going_back_shows_no_secret(true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_going_back_shows_no_secret_without_javascript() {
    going_back_shows_no_secret(false).await;
}

async fn going_back_shows_no_secret(scripts: bool) {
    let mut server = server(&[]);
    let browser = Browser::start(scripts).await;
    set_up(&browser, &mut server).await;
    let secret = create(&browser, &server.url, "Nightly").await;
    assert!(secret.starts_with("km_"));
    done(&browser).await;
    browser.back().await.unwrap();
    assert!(!browser.source().await.unwrap().contains(&secret), "back");
    browser.refresh().await.unwrap();
    assert!(!browser.source().await.unwrap().contains(&secret), "reload");
    browser.goto(format!("{}/account/tokens", server.url)).await.unwrap();
    let rows = browser.find_all(By::Css("tbody tr")).await.unwrap();
    assert_eq!(rows.len(), 1, "and makes no other API token");
}

#[tokio::test(flavor = "multi_thread")]
async fn s46_reloading_shows_that_the_secret_was_shown() {
    let mut server = server(&[]);
    let browser = Browser::start(false).await;
    set_up(&browser, &mut server).await;
    let secret = create(&browser, &server.url, "Nightly").await;
    browser.refresh().await.unwrap();
    let text = browser.text().await;
    assert!(text.contains("The secret was shown already"), "{text}");
    assert!(!browser.source().await.unwrap().contains(&secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_asks_whether_the_secret_was_recorded() {
    let mut server = server(&[]);
    let browser = Browser::start(true).await;
    set_up(&browser, &mut server).await;
    create(&browser, &server.url, "Nightly").await;
    // The browser asks only where somebody has done something on the page.
    browser.find(By::Css("[data-copy='api-key']")).await.unwrap().click().await.unwrap();
    let asks = "const event = new Event('beforeunload', { cancelable: true }); \
        window.dispatchEvent(event); return event.defaultPrevented";
    let asked = || async { browser.execute(asks, vec![]).await.unwrap().json().clone() };
    assert_eq!(asked().await, true);
    browser.find(By::Id("recorded")).await.unwrap().click().await.unwrap();
    assert_eq!(asked().await, false);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_javascript_leaving_by_the_button_needs_the_tick() {
    let mut server = server(&[]);
    let browser = Browser::start(false).await;
    set_up(&browser, &mut server).await;
    let secret = create(&browser, &server.url, "Nightly").await;
    browser.find(By::XPath("//button[.='Done']")).await.unwrap().click().await.unwrap();
    assert_eq!(browser.value("api-secret").await, secret, "still here");
    done(&browser).await;
    assert_eq!(browser.path().await, "/account/tokens?");
}

#[tokio::test(flavor = "multi_thread")]
async fn s45_hostile_labels_run_nothing() {
    let mut server = server(&[]);
    let browser = Browser::start(true).await;
    set_up(&browser, &mut server).await;
    browser.complaints().await;
    for label in [
        "<script>document.title='owned'</script>",
        "\"><img src=x onerror=\"document.title='owned'\">",
        "'-document.title='owned'-'",
        "<svg onload=document.title='owned'>",
        "javascript:document.title='owned'",
        "</title><script>document.title='owned'</script>",
        "&lt;script&gt;document.title='owned'&lt;/script&gt;",
        "\u{202e}gnp.exe",
    ] {
        create(&browser, &server.url, label).await;
        for page in ["", "/account/tokens", "/account/activity"] {
            if !page.is_empty() {
                browser.goto(format!("{}{page}", server.url)).await.unwrap();
            }
            let text = browser.text().await;
            assert!(text.contains(label) || page == "/account/activity", "{page}: {text}");
            assert!(!browser.title().await.unwrap().starts_with("owned"), "{label}");
            assert_eq!(browser.complaints().await, [""; 0], "{label} on {page}");
            if page.is_empty() {
                browser.find(By::Id("recorded")).await.unwrap().click().await.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_api_token_is_created_by_the_keyboard_alone() {
    let mut server = server(&[]);
    let browser = Browser::start(true).await;
    set_up(&browser, &mut server).await;
    browser.goto(format!("{}/account/tokens", server.url)).await.unwrap();
    let focused = || async { browser.active_element().await.unwrap() };
    browser.press_key("\u{e004}").await;
    assert_eq!(focused().await.text().await.unwrap(), "Skip to the content");
    browser.press_key("\u{e007}").await;
    browser.press_key("\u{e004}").await;
    assert_eq!(focused().await.id().await.unwrap().as_deref(), Some("label"));
    focused().await.send_keys("Typed").await.unwrap();
    let field = focused().await;
    browser.press_key("\u{e007}").await;
    field.wait_until().stale().await.unwrap();
    assert_eq!(browser.value("label").await, "Typed");
    let field = browser.find(By::Id("label")).await.unwrap();
    field.send_keys("\u{e007}").await.unwrap();
    field.wait_until().stale().await.unwrap();
    assert!(browser.value("api-secret").await.starts_with("km_"));
    let outline = "document.getElementById('recorded').focus(); \
        return getComputedStyle(document.activeElement).outlineStyle";
    browser.press_key("\u{e004}").await;
    let outline = browser.execute(outline, vec![]).await.unwrap();
    assert_eq!(outline.json(), "solid", "the focus shows");
}
