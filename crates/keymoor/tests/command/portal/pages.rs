//! Every page in every size and colour: what axe finds, what it weighs, and what it looks like.
//! The pictures are in `target/tmp/screenshots`.

use std::path::PathBuf;

use super::{
    super::{
        browser::Browser,
        peers,
        process::{Server, admin_json},
    },
    world::{EMAIL, PASSWORD, done, fill_in, server, setup_link},
};

/// Bytes of a page with all that it loads.
const BUDGET: f64 = 60.0 * 1024.0;
const REQUESTS: usize = 3;

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What axe finds and what it looks like, in every size and colour.
async fn look(browser: &Browser, name: &str) {
    for scheme in ["light", "dark"] {
        for width in [390, 1280] {
            browser.device(width, scheme).await;
            let found = browser.violations(peers::axe()).await;
            assert_eq!(found, serde_json::json!([]), "{name} {width} {scheme}");
            let overflow = "return document.documentElement.scrollWidth - window.innerWidth";
            let overflow = browser.execute(overflow, vec![]).await.unwrap();
            assert!(overflow.json().as_i64().unwrap() <= 0, "{name} is too wide at {width}");
            browser.picture(&folder().join(format!("{name}-{width}-{scheme}.png"))).await;
        }
    }
    browser.device(1280, "light").await;
    let complaints = browser.complaints().await;
    assert!(complaints.is_empty(), "{name}: {complaints:?}");
}

/// Opens a page with an empty cache and weighs it, then looks at it.
async fn open(browser: &Browser, server: &Server, name: &str, path: &str) {
    browser.chrome("Network.clearBrowserCache", serde_json::json!({})).await;
    browser.traffic().await;
    browser.goto(format!("{}{path}", server.url)).await.unwrap();
    weigh(browser, name).await;
    look(browser, name).await;
}

async fn weigh(browser: &Browser, name: &str) {
    let (requests, bytes) = browser.traffic().await;
    assert!((1..=REQUESTS).contains(&requests.len()), "{name}: {requests:?}");
    assert!(bytes <= BUDGET, "{name}: {bytes} bytes");
}

/// What a server has that has been used for a while.
fn furnish(server: &Server) {
    let admin = |arguments: &[&str]| admin_json(server.path(), arguments, "");
    for (name, federated) in [("Observatory", false), ("Harbour works", true)] {
        let mut create = vec!["organization", "create", "--name", name, "--owner", EMAIL];
        if federated {
            create.push("--federated");
        }
        admin(&create);
    }
    for label in ["Nightly backup", "Deploy from CI", "<script>alert(1)</script>"] {
        admin(&["token", "create", "--email", EMAIL, "--label", label]);
    }
    let short = ["--label", "Trial", "--expires-in-days", "10", "--address-range", "192.0.2.0/24"];
    admin(&[&["token", "create", "--email", EMAIL], &short[..]].concat());
    let gone = admin(&["token", "create", "--email", EMAIL, "--label", "Old laptop"]);
    let key = gone["api_key"].as_str().unwrap();
    admin(&["token", "remove", key]);
    for email in ["grace@example.com", "linus@example.com"] {
        admin(&["account", "invite", "--email", email]);
    }
    admin(&["account", "disable", "--email", "linus@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn s45_every_page_is_accessible_light_and_keeps_its_policy() {
    let mut server = server(&[]);
    let browser = Browser::start(true).await;
    browser.goto(setup_link(&mut server)).await.unwrap();
    look(&browser, "setup").await;
    fill_in(&browser).await;
    look(&browser, "tokens-empty").await;
    open(&browser, &server, "organizations-empty", "/organizations").await;
    furnish(&server);
    let tokens = admin_json(server.path(), &["token", "list", "--email", EMAIL], "");
    let active = |token: &&serde_json::Value| token["state"] == "active";
    let token = tokens.as_array().unwrap().iter().find(active).unwrap();
    let key = token["api_key"].as_str().unwrap();
    let list = [
        ("tokens", "/account/tokens"),
        ("tokens-removed", "/account/tokens?state=removed"),
        ("tokens-search", "/account/tokens?q=nothing%20like%20it"),
        ("token-new", "/account/tokens/new?label=Weekly%20report"),
        ("token", &format!("/account/tokens/{key}")),
        ("token-remove", &format!("/account/tokens/{key}/remove")),
        ("profile", "/account"),
        ("security", "/account/security"),
        ("app", "/account/security/app"),
        ("passkey", "/account/security/passkey"),
        ("sessions", "/account/sessions"),
        ("activity", "/account/activity"),
        ("sign-in-again", "/sign-in/again"),
        ("organizations", "/organizations"),
        ("operator", "/operator"),
        ("operator-accounts", "/operator/accounts"),
        ("operator-signing-keys", "/operator/signing-keys"),
    ];
    for (name, path) in list {
        open(&browser, &server, name, path).await;
    }
    browser.goto(format!("{}/organizations", server.url)).await.unwrap();
    browser.press("Harbour works").await;
    look(&browser, "organization").await;
    organization(&browser, &server).await;
    browser.goto(format!("{}/operator/accounts", server.url)).await.unwrap();
    browser.press("grace@example.com").await;
    look(&browser, "operator-account").await;
    browser.press("Make a link to choose a password").await;
    let link = browser.value("link").await;
    look(&browser, "operator-link").await;
    browser.goto(format!("{}/account/tokens/new?label=Weekly", server.url)).await.unwrap();
    browser.press("Create Token").await;
    weigh_anew(&browser, "token-created").await;
    look(&browser, "token-created").await;
    done(&browser).await;
    visitors(&browser, &server, &link).await;
}

/// The pages of an organization that its owner rules.
async fn organization(browser: &Browser, server: &Server) {
    browser.goto(format!("{}/organizations", server.url)).await.unwrap();
    browser.press("Observatory").await;
    browser.fill("email", "grace@example.com").await;
    browser.press("Invite").await;
    look(browser, "organization-invited").await;
    browser.press("Teams and roles").await;
    look(browser, "organization-teams-empty").await;
    browser.fill("role", "Night clerk").await;
    browser.press("Create role").await;
    browser.fill("team", "Night watch").await;
    browser.press("Create team").await;
    browser.fill("email", EMAIL).await;
    browser.press("Add to the team").await;
    look(browser, "organization-team").await;
    browser.press("All teams and roles").await;
    look(browser, "organization-teams").await;
    browser.press("Night clerk").await;
    look(browser, "organization-role").await;
    browser.goto(format!("{}/organizations", server.url)).await.unwrap();
    browser.press("Observatory").await;
    browser.press("Hand over or delete").await;
    look(browser, "organization-end").await;
    browser.fill("name", "Another").await;
    browser.press("Delete the organization").await;
    browser.complaints().await;
    look(browser, "organization-end-refused").await;
    browser.traffic().await;
}

/// What somebody sees who chose a password by the link and was invited before.
async fn invited(browser: &Browser, server: &Server) {
    for field in ["password", "again"] {
        browser.fill(field, PASSWORD).await;
    }
    browser.press("Set the password").await;
    browser.fill("email", "grace@example.com").await;
    browser.fill("password", PASSWORD).await;
    browser.press("Sign in").await;
    open(browser, server, "organizations-invitation", "/organizations").await;
    browser.press("Accept: Observatory").await;
    look(browser, "organization-member").await;
    browser.delete_all_cookies().await.unwrap();
}

/// What has been loaded since the last time, which a cache may have made less.
async fn weigh_anew(browser: &Browser, name: &str) {
    let (_, bytes) = browser.traffic().await;
    assert!(bytes <= BUDGET, "{name}: {bytes} bytes");
}

async fn visitors(browser: &Browser, server: &Server, link: &str) {
    browser.delete_all_cookies().await.unwrap();
    open(browser, server, "sign-in", "/sign-in").await;
    open(browser, server, "forgotten", "/forgotten-password").await;
    browser.goto(link).await.unwrap();
    look(browser, "password").await;
    invited(browser, server).await;
    browser.goto(format!("{}/sign-in", server.url)).await.unwrap();
    browser.fill("email", EMAIL).await;
    browser.fill("password", "not this one").await;
    browser.press("Sign in").await;
    browser.complaints().await;
    look(browser, "sign-in-wrong").await;
    let gone = format!("{}/password?link=x", server.url);
    browser.goto(gone).await.unwrap();
    browser.complaints().await;
    look(browser, "dead-link").await;
}
