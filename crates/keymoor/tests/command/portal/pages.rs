//! Every page in every size and colour: what axe finds, what it weighs, and what it looks like.
//! The pictures are in `target/tmp/screenshots`; `bench/screenshots` makes them.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

#[path = "application_pages.rs"]
mod applications;
#[path = "organization_pages.rs"]
mod organizations;

use super::{
    super::{
        browser::Browser,
        peers,
        process::{Client, Server, admin_json, curl, run, text},
    },
    factors::authenticator,
    world::{EMAIL, done, fill_in, server, setup_link, sign_in},
};

/// Bytes of a page with all that it loads.
const BUDGET: f64 = 60.0 * 1024.0;
/// The page, its style sheet and its script.
const REQUESTS: usize = 3;

/// Pages that open by their path: name, template, path.
pub(crate) const PAGES: [(&str, &str, &str); 21] = [
    ("tokens", "api_tokens", "/account/tokens"),
    ("tokens-removed", "api_tokens", "/account/tokens?state=removed"),
    ("tokens-search", "api_tokens", "/account/tokens?q=nothing%20like%20it"),
    ("tokens-second-page", "api_tokens", "/account/tokens?page=2"),
    ("token-new", "api_token_new", "/account/tokens/new?label=Weekly%20report"),
    ("profile", "profile", "/account"),
    ("security", "security", "/account/security"),
    ("app", "app", "/account/security/app"),
    ("passkey", "passkey", "/account/security/passkey"),
    ("authorized-empty", "authorized", "/account/authorized"),
    ("sessions", "sessions", "/account/sessions"),
    ("activity", "activity", "/account/activity"),
    ("activity-second-page", "activity", "/account/activity?page=2"),
    ("refused-calls", "refused_calls", "/account/refused-calls"),
    ("refused-calls-search", "refused_calls", "/account/refused-calls?q=nothing%20like%20it"),
    ("sign-in-again", "sign_in_again", "/sign-in/again"),
    ("organizations", "organizations", "/organizations"),
    ("operator", "operator_status", "/operator"),
    ("operator-accounts", "operator_accounts", "/operator/accounts"),
    ("operator-accounts-search", "operator_accounts", "/operator/accounts?q=nobody"),
    ("operator-signing-keys", "operator_signing_keys", "/operator/signing-keys"),
];

/// What stands in other templates.
const PARTS: [&str; 4] = ["base.html", "section.html", "parts.html", "application_fields.html"];

fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../keymoor-server/templates")
}

/// The title that every page of a template has, if it is always the same.
fn title(template: &str) -> Option<String> {
    let path = templates().join(format!("{template}.html"));
    let text = std::fs::read_to_string(path).expect("there is such a template");
    let (_, rest) = text.split_once("{% block title %}").unwrap();
    let (title, _) = rest.split_once("{% endblock %}").unwrap();
    (!title.contains('{')).then(|| format!("{title} · Keymoor"))
}

/// A walk through the pages, which keeps in mind where it has been.
struct Tour {
    browser: Browser,
    seen: BTreeSet<String>,
}

impl Tour {
    /// What axe finds and what it looks like, in every size and colour.
    async fn look(&mut self, name: &str, template: &str) {
        let browser = &self.browser;
        if let Some(title) = title(template) {
            assert_eq!(browser.title().await.unwrap(), title, "{name}");
        }
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
        self.seen.insert(format!("{template}.html"));
    }

    /// Opens a page with nothing in the cache, weighs it and looks at it.
    async fn open(&mut self, name: &str, template: &str, url: &str) {
        self.browser.traffic().await;
        self.browser.goto(url).await.unwrap();
        self.weigh(name).await;
        self.look(name, template).await;
    }

    /// The same with a page that is the answer to the form of that button.
    async fn press(&mut self, name: &str, template: &str, button: &str) {
        self.browser.traffic().await;
        self.browser.press(button).await;
        self.weigh(name).await;
        // The status of a form that is refused is no complaint of the page's.
        self.browser.complaints().await;
        self.look(name, template).await;
    }

    /// The same with a page that the button's form leads on to.
    async fn press_on(&mut self, name: &str, template: &str, button: &str) {
        self.browser.press(button).await;
        self.browser.traffic().await;
        self.browser.refresh().await.unwrap();
        self.weigh(name).await;
        self.look(name, template).await;
    }

    async fn weigh(&self, name: &str) {
        let (requests, bytes) = self.browser.traffic().await;
        assert_eq!(requests.len(), REQUESTS, "{name}: {requests:?}");
        assert!((5000.0..=BUDGET).contains(&bytes), "{name}: {bytes} bytes");
    }
}

/// What a server has that has been used for a while.
pub(crate) fn furnish(server: &Server) {
    let admin = |arguments: &[&str]| admin_json(server.path(), arguments, "");
    for (name, federated) in [("Observatory", false), ("Harbour works", true)] {
        let mut create = vec!["organization", "create", "--name", name, "--owner", EMAIL];
        if federated {
            create.push("--federated");
        }
        admin(&create);
    }
    for number in 1..=24 {
        let label = format!("Instrument {number}");
        admin(&["token", "create", "--email", EMAIL, "--label", &label]);
    }
    for label in ["Nightly backup", "Deploy from CI", "<script>alert(1)</script>"] {
        admin(&["token", "create", "--email", EMAIL, "--label", label]);
    }
    let short = ["--label", "Trial", "--expires-in-days", "10", "--address-range", "192.0.2.0/24"];
    admin(&[&["token", "create", "--email", EMAIL], &short[..]].concat());
    let gone = admin(&["token", "create", "--email", EMAIL, "--label", "Old laptop"]);
    let field = |name: &str| gone[name].as_str().unwrap().to_owned();
    let client = Client { key: field("api_key"), secret: field("api_secret") };
    let bearer = server.bearer(&client);
    let id = format!("client_id={}&client_secret={}", client.key, client.secret);
    let body = format!("grant_type=client_credentials&{id}&scope=reports:read");
    curl(&["-o", "/dev/null", "-d", &body, &server.token_url()]);
    admin(&["token", "remove", &client.key]);
    let account = format!("{}/api/account", server.url);
    curl(&["-o", "/dev/null", "-H", &bearer, &account]);
    for email in ["grace@example.com", "linus@example.com"] {
        admin(&["account", "invite", "--email", email]);
    }
    admin(&["account", "disable", "--email", "linus@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn s45_every_page_is_accessible_light_and_keeps_its_policy() {
    let mut server = server(&[]);
    let mut tour = Tour { browser: Browser::start(true).await, seen: BTreeSet::new() };
    tour.browser.without_cache().await;
    tour.open("setup", "setup", &setup_link(&mut server)).await;
    fill_in(&tour.browser).await;
    let url = |path: &str| format!("{}{path}", server.url);
    tour.open("tokens-empty", "api_tokens", &url("/account/tokens")).await;
    tour.open("organizations-empty", "organizations", &url("/organizations")).await;
    furnish(&server);
    // Another session, for the list.
    tour.browser.delete_all_cookies().await.unwrap();
    sign_in(&tour.browser, &server).await;
    for (name, template, path) in PAGES {
        tour.open(name, template, &url(path)).await;
    }
    one_of_each(&mut tour, &server).await;
    let link = an_operators_link(&mut tour, &server).await;
    a_new_token(&mut tour, &server).await;
    applications::asked(&mut tour, &server).await;
    second_factors(&mut tour, &server).await;
    visitors(&mut tour, &server, &link).await;
    forgotten(&mut tour).await;
    let all = std::fs::read_dir(templates()).unwrap();
    let mut all: BTreeSet<String> =
        all.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    all.retain(|name| !PARTS.contains(&&**name));
    // `federation/looks.rs` sees those, with a provider to go to.
    all.retain(|name| !name.contains("sign_on"));
    assert_eq!(tour.seen, all, "every template of a page was seen");
}

/// Pages whose path holds an id.
async fn one_of_each(tour: &mut Tour, server: &Server) {
    let tokens = admin_json(server.path(), &["token", "list", "--email", EMAIL], "");
    let active = |token: &&serde_json::Value| token["state"] == "active";
    let token = tokens.as_array().unwrap().iter().find(active).unwrap();
    let key = token["api_key"].as_str().unwrap();
    let page = format!("{}/account/tokens/{key}", server.url);
    tour.open("token", "api_token", &page).await;
    tour.open("token-remove", "api_token_remove", &format!("{page}/remove")).await;
    tour.browser.goto(format!("{}/organizations", server.url)).await.unwrap();
    tour.press("organization-closed", "organization_closed", "Harbour works").await;
    organizations::ruled(tour, server).await;
}

async fn an_operators_link(tour: &mut Tour, server: &Server) -> String {
    tour.browser.goto(format!("{}/operator/accounts", server.url)).await.unwrap();
    tour.press("operator-account", "operator_account", "grace@example.com").await;
    tour.press("operator-link", "operator_link", "Make a link to choose a password").await;
    tour.browser.value("link").await
}

async fn a_new_token(tour: &mut Tour, server: &Server) {
    let new = format!("{}/account/tokens/new?label=Weekly", server.url);
    tour.browser.goto(new).await.unwrap();
    tour.press("token-created", "api_token_created", "Create Token").await;
    tour.browser.find(thirtyfour::By::Id("recorded")).await.unwrap().click().await.unwrap();
    tour.browser.traffic().await;
    tour.browser.refresh().await.unwrap();
    tour.weigh("token-shown").await;
    tour.look("token-shown", "api_token_shown").await;
}

/// The code of an authenticator app with that secret.
fn code(secret: &str) -> String {
    let script = "import base64, hmac, struct, sys, time\n\
        key = base64.b32decode(sys.argv[1])\n\
        tag = hmac.digest(key, struct.pack('>Q', int(time.time()) // 30), 'sha1')\n\
        part = tag[tag[19] & 15:][:4]\n\
        print('%06d' % ((struct.unpack('>I', part)[0] & 0x7fffffff) % 1000000))";
    let mut command = std::process::Command::new(peers::python());
    command.args(["-c", script, secret]);
    text(&run(command, "").stdout).trim().to_owned()
}

async fn second_factors(tour: &mut Tour, server: &Server) {
    authenticator(&tour.browser).await;
    tour.browser.goto(format!("{}/account/security/passkey", server.url)).await.unwrap();
    tour.browser.fill("label", "Laptop").await;
    tour.press("recovery-codes", "recovery_codes", "Add the passkey").await;
    done(&tour.browser).await;
    tour.browser.goto(format!("{}/account/security/app", server.url)).await.unwrap();
    let secret = tour.browser.find(thirtyfour::By::Css("code.secret")).await.unwrap();
    let secret = secret.text().await.unwrap().replace(' ', "");
    tour.browser.fill("code", &code(&secret)).await;
    tour.browser.press("Set up").await;
    let security = format!("{}/account/security", server.url);
    tour.open("security-with-factors", "security", &security).await;
    tour.browser.delete_all_cookies().await.unwrap();
    sign_in(&tour.browser, server).await;
    let second = format!("{}/sign-in/second-factor", server.url);
    tour.open("second-factor", "second_factor", &second).await;
    let text = tour.browser.text().await;
    assert!(text.contains("Use a passkey") && text.contains("Code of your authenticator app"));
    tour.browser.fill("code", "000000").await;
    tour.press("second-factor-wrong", "second_factor", "Go on").await;
}

async fn visitors(tour: &mut Tour, server: &Server, link: &str) {
    tour.browser.delete_all_cookies().await.unwrap();
    tour.open("sign-in", "sign_in", &format!("{}/sign-in", server.url)).await;
    tour.open("forgotten-no-mail", "forgotten", &format!("{}/forgotten-password", server.url))
        .await;
    tour.open("password", "password", link).await;
    organizations::invited(tour, server).await;
    tour.browser.goto(format!("{}/sign-in", server.url)).await.unwrap();
    tour.browser.fill("email", EMAIL).await;
    tour.browser.fill("password", "not this one").await;
    tour.press("sign-in-wrong", "sign_in", "Sign in").await;
    tour.browser.traffic().await;
    tour.browser.goto(format!("{}/password?link=x", server.url)).await.unwrap();
    tour.weigh("dead-link").await;
    tour.browser.complaints().await;
    tour.look("dead-link", "error").await;
}

/// On a server that sends mail, or would.
async fn forgotten(tour: &mut Tour) {
    let server = server(&["--smtp", "smtp://127.0.0.1:9", "--mail-from", "keymoor@example.com"]);
    let path = format!("{}/forgotten-password", server.url);
    tour.open("forgotten", "forgotten", &path).await;
    tour.browser.fill("email", "nobody@example.com").await;
    tour.press("forgotten-sent", "forgotten", "Send the link").await;
}
