use axum::body::Body;
use http::header::{CONTENT_TYPE, ORIGIN};
use keymoor_server::portal::pages::{PAGES, Viewer};

use super::{
    super::app::{Answer, TestApp, URL},
    visitor::{EMAIL, Visitor, hidden},
};

/// A path of the page with its captures filled.
fn concrete(path: &str) -> String {
    let key = "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f";
    let path = path.replace("{team}", key).replace("{role}", key).replace("{account}", key);
    path.replace("{key}", key)
        .replace("{application}", key)
        .replace("{uuid}", key)
        .replace("{name}", "x.css")
}

async fn send(app: &TestApp, visitor: &Visitor, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut body = Body::empty();
    let mut request = visitor.request("POST", path);
    for (name, value) in headers {
        match *name {
            "form" => body = Body::from((*value).to_owned()),
            name => request = request.header(name, *value),
        }
    }
    let form = "application/x-www-form-urlencoded";
    app.send(request.header(CONTENT_TYPE, form).body(body).unwrap()).await
}

#[tokio::test]
async fn s44_no_form_from_elsewhere_is_taken() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    app.app.set_operator(account, true, keymoor_store::Actor::Operator).await.unwrap();
    let page = visitor.get(&app, "/account/security").await;
    let own = hidden(&page.text, "/sign-out")[0].1.clone();
    let mut stranger = Visitor::default();
    let page = stranger.get(&app, "/sign-in").await;
    let strangers = hidden(&page.text, "/sign-in")[0].1.clone();
    let (own, strangers) = (format!("csrf={own}"), format!("csrf={strangers}"));
    let attacks: [&[(&str, &str)]; 11] = [
        &[("form", &own)],
        &[("origin", "https://evil.example"), ("form", &own)],
        &[("origin", "null"), ("form", &own)],
        &[("origin", "http://auth.example.com"), ("form", &own)],
        &[("origin", "https://auth.example.com:8443"), ("form", &own)],
        &[("origin", "https://auth.example.com.evil.example"), ("form", &own)],
        &[("origin", URL), ("sec-fetch-site", "cross-site"), ("form", &own)],
        &[("origin", URL), ("sec-fetch-site", "same-site"), ("form", &own)],
        &[("origin", URL)],
        &[("origin", URL), ("form", "csrf=")],
        &[("origin", URL), ("form", &strangers)],
    ];
    let writes: Vec<_> = PAGES.iter().filter(|page| page.method == "POST").collect();
    assert!(writes.len() > 20);
    for page in writes {
        for attack in attacks {
            let answer = send(&app, &visitor, &concrete(page.path), attack).await;
            assert_eq!(answer.status, 403, "{} {attack:?}", page.path);
            assert!(answer.text.contains("This form cannot be accepted"), "{}", page.path);
        }
    }
    assert!(visitor.is_in(&app).await, "nothing was done, not even the sign-out");
    let own = [("origin", URL), ("sec-fetch-site", "same-origin"), ("form", &*own)];
    assert_eq!(send(&app, &visitor, "/sign-out", &own).await.status, 303, "ours is taken");
    assert!(!visitor.is_in(&app).await);
}

#[tokio::test]
async fn a_form_may_come_from_any_name_of_a_loopback_address() {
    let url = "http://localhost:8080";
    let app = TestApp::with(|settings| settings.public_url = url.to_owned()).await;
    let mut visitor = Visitor::default();
    let page = visitor.get(&app, "/sign-in").await;
    let csrf = format!("csrf={}", hidden(&page.text, "/sign-in")[0].1);
    for (origin, status) in [
        ("http://127.0.0.1:8080", 422),
        ("http://[::1]:8080", 422),
        ("http://localhost:8081", 403),
        ("https://localhost:8080", 403),
        ("http://localhost.evil.example:8080", 403),
    ] {
        let answer = send(&app, &visitor, "/sign-in", &[("origin", origin), ("form", &csrf)]).await;
        assert_eq!(answer.status, status, "{origin}");
    }
}

#[tokio::test]
async fn s45_every_page_has_its_policy_and_is_kept_by_no_cache() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    app.app.set_operator(account, true, keymoor_store::Actor::Operator).await.unwrap();
    for page in PAGES.iter().filter(|page| page.method == "GET") {
        let answer = visitor.get(&app, &concrete(page.path)).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; "), "{}: {answer:?}", page.path);
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("cache-control"), "no-store", "{}", page.path);
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
    }
}

#[tokio::test]
async fn s45_no_page_has_a_script_or_style_of_its_own() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    app.app.set_operator(account, true, keymoor_store::Actor::Operator).await.unwrap();
    for page in PAGES.iter().filter(|page| page.method == "GET") {
        let text = visitor.get(&app, &concrete(page.path)).await.text.to_lowercase();
        for inline in ["<style", " style=", " onclick", " onload", " onsubmit", "javascript:"] {
            assert!(!text.contains(inline), "{} has {inline}", page.path);
        }
        assert_eq!(text.matches("<script").count(), text.matches("<script src=\"/assets/").count());
    }
}

#[tokio::test]
async fn s54_no_page_shows_without_whom_it_is_for() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let mut nobody = Visitor::default();
    nobody.get(&app, "/sign-in").await;
    for page in PAGES {
        let path = concrete(page.path);
        let status = |answer: &Answer| answer.status.as_u16();
        let open = |visitor: Visitor| {
            let (app, path) = (app.clone(), path.clone());
            async move {
                let mut visitor = visitor;
                if page.method == "GET" {
                    return visitor.get(&app, &path).await;
                }
                let shown = visitor.get(&app, "/sign-in").await;
                let shown =
                    if shown.status == 200 { shown } else { visitor.get(&app, "/account").await };
                let csrf = hidden(&shown.text, "/sign-")[0].1.clone();
                visitor.post(&app, &path, &format!("csrf={csrf}")).await
            }
        };
        if page.viewer != Viewer::Anyone {
            let answer = open(nobody.clone()).await;
            assert_eq!(status(&answer), 303, "{} {path}", page.method);
            assert!(answer.header("location").starts_with("/sign-in"), "{path}");
        }
        if page.viewer == Viewer::Operator {
            assert_eq!(status(&open(visitor.clone()).await), 404, "{} {path}", page.method);
        }
    }
    assert!(visitor.is_in(&app).await);
}

#[tokio::test]
async fn s49_what_needs_a_recent_sign_in_asks_for_the_password() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    let own = app.organization(account, false).await.to_string();
    let page = visitor.get(&app, "/account").await;
    let csrf = format!("csrf={}", hidden(&page.text, "/sign-out")[0].1);
    app.clock.step(15 * 60);
    for page in PAGES.iter().filter(|page| page.viewer == Viewer::Recent) {
        let path = concrete(&page.path.replace("{uuid}", &own));
        let answer = match page.method {
            "GET" => visitor.get(&app, &path).await,
            _ => visitor.post(&app, &path, &csrf).await,
        };
        assert_eq!(answer.status, 303, "{} {path}", page.method);
        assert!(answer.header("location").starts_with("/sign-in/again"), "{answer:?}");
    }
    let again = [("password", super::visitor::PASSWORD)];
    let path = "/sign-in/again?next=%2Faccount%2Ftokens%2Fnew%3Flabel%3DNightly";
    let answer = visitor.submit(&app, path, "/sign-in/again", &again).await;
    assert_eq!(answer.header("location"), "/account/tokens/new?label=Nightly");
    let page = visitor.get(&app, "/account/tokens/new?label=Nightly").await;
    assert!(page.status == 200 && page.text.contains("value=\"Nightly\""), "nothing is lost");
}

#[tokio::test]
async fn signing_in_leads_to_pages_of_ours_alone() {
    let app = TestApp::start().await;
    app.person(EMAIL).await;
    for (next, to) in [
        ("/account/activity", "/account/activity"),
        ("https://evil.example/", "/account/tokens"),
        ("//evil.example/", "/account/tokens"),
        ("/\\evil.example/", "/account/tokens"),
        ("/a\r\nset-cookie: x", "/account/tokens"),
        ("", "/account/tokens"),
    ] {
        let mut visitor = Visitor::default();
        let fields = [("email", EMAIL), ("password", super::visitor::PASSWORD), ("next", next)];
        let answer = visitor.submit(&app, "/sign-in", "/sign-in", &fields).await;
        assert_eq!(answer.header("location"), to, "{next:?}");
    }
}

#[tokio::test]
async fn s41_what_every_cache_may_keep_has_no_cookie() {
    let app = TestApp::start().await;
    let page = Visitor::default().get(&app, "/sign-in").await;
    assert!(page.headers.contains_key("set-cookie"), "a page has one");
    let (_, css) = page.text.split_once("rel=\"stylesheet\" href=\"").unwrap();
    let css = css.split('"').next().unwrap();
    for path in [css, "/assets/nothing.css"] {
        let answer = Visitor::default().get(&app, path).await;
        assert!(!answer.headers.contains_key("set-cookie"), "{answer:?}");
    }
}

#[tokio::test]
async fn what_no_database_takes_is_no_outage() {
    let (app, account, mut visitor) = TestApp::with_visitor().await;
    app.app.set_operator(account, true, keymoor_store::Actor::Operator).await.unwrap();
    let long = "a".repeat(60_000);
    for list in ["/account/tokens", "/operator/accounts", "/account/activity"] {
        for text in ["%00", "a%00b", "%1b%7f", "%ff%fe", &long] {
            let answer = visitor.get(&app, &format!("{list}?q={text}")).await;
            let status = answer.status.as_u16();
            assert!([200, 400].contains(&status), "{list} {status}");
        }
    }
    let page = visitor.get(&app, "/account").await;
    for (path, field) in [
        ("/account/security/passkey/remove", "passkey"),
        ("/account/sessions/end", "session"),
        ("/account/tokens/new", "label"),
        ("/account/security/app", "code"),
        ("/operator/accounts", "email"),
        ("/sign-in/again", "next"),
        ("/password", "link"),
    ] {
        let answer = visitor.submit_from(&app, &page, path, &[(field, "a\0b")]).await;
        assert!(answer.status.is_client_error(), "{path}: {answer:?}");
    }
}

#[tokio::test]
async fn a_program_gets_json_where_a_browser_gets_a_page() {
    let app = TestApp::start().await;
    assert_eq!(app.call("GET", "/account", "").await.error(), "sign_in_needed");
    assert_eq!(app.call("GET", "/nowhere", "").await.error(), "not_found");
    let mut visitor = Visitor::default();
    let page = visitor.get(&app, "/nowhere").await;
    assert!(page.status == 404 && page.text.contains("<h1>Not found</h1>"));
    let request = visitor.request("POST", "/sign-in").header(ORIGIN, URL);
    let big = request.body(Body::from("x".repeat(100_000))).unwrap();
    assert_eq!(app.send(big).await.status, 413);
}
