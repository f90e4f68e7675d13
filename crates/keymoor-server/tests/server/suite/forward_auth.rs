use axum::body::Body;
use http::{Request, StatusCode};
use keymoor_core::wire::Authorities;
use keymoor_guard::RoutesConfig;

use super::app::{Answer, TestApp, call};

const ROUTES: &str = r#"{"route": [
    {"path": "/public/**", "public": true},
    {"path": "/organizations/{organization}/**", "organization": {"path": "organization"}}
]}"#;

async fn app() -> TestApp {
    TestApp::with(|settings| {
        let config: RoutesConfig = serde_json::from_str(ROUTES).unwrap();
        settings.forward_auth.routes = config.compile().unwrap().0.into();
        settings.forward_auth.proxies = vec!["192.0.2.0/24".parse().unwrap()];
    })
    .await
}

/// What a proxy at `peer` asks about a GET of `path`.
async fn ask_from(app: &TestApp, peer: &str, path: &str, authorization: &str) -> Answer {
    let request = Request::get("/api/auth/verify")
        .header("authorization", authorization)
        .header("host", "api.example.com")
        .header("x-forwarded-method", "GET")
        .header("x-forwarded-uri", path);
    app.send_from(peer, request.body(Body::empty()).unwrap()).await
}

async fn ask(app: &TestApp, path: &str, authorization: &str) -> Answer {
    ask_from(app, "192.0.2.9:1", path, authorization).await
}

#[tokio::test]
async fn s77_a_listed_proxy_gets_the_verdict_of_the_servers_own_guard() {
    let app = app().await;
    let (owner, token) = app.client("a@example.com").await;
    let ours = app.organization(owner, true).await;
    let bare = app.bearer(&token, "").await;
    app.sign_in(ours, owner).await;
    let scoped = app.bearer(&token, &format!("organization:{ours}")).await;
    let path = format!("/organizations/{ours}/x");
    let passed = ask(&app, "/x", &bare).await;
    assert_eq!(passed.status, StatusCode::OK);
    assert_eq!(passed.header("x-keymoor-account"), owner.to_string());
    let refused = ask(&app, &path, &bare).await;
    assert_eq!((refused.status.as_u16(), refused.header("x-keymoor-status")), (403, "403"));
    assert_eq!(refused.error(), "additional_authentication_required");
    assert_eq!(refused.header("x-keymoor-body"), refused.text);
    let opened = ask(&app, &path, &scoped).await;
    assert_eq!(opened.header("x-keymoor-organization"), ours.to_string());
}

#[tokio::test]
async fn s72_nobody_else_gets_one() {
    let app = app().await;
    let (_, token) = app.client("a@example.com").await;
    let bare = app.bearer(&token, "").await;
    let answer = ask_from(&app, "198.51.100.1:1", "/x", &bare).await;
    assert_eq!((answer.status.as_u16(), answer.header("x-keymoor-account")), (403, ""));
    let by_default = TestApp::start().await;
    assert_eq!(ask(&by_default, "/public/x", "").await.status, 403);
}

#[tokio::test]
async fn s78_hmac_is_refused_in_what_a_proxy_hands_on() {
    let app = app().await;
    let answer = ask(&app, "/public/x", "acquia-http-hmac id=\"old.key-1\"").await;
    assert_eq!((answer.status.as_u16(), answer.header("x-keymoor-status")), (401, "401"));
    assert_eq!(answer.error(), "unsupported_authentication_scheme");
}

#[tokio::test]
async fn envoy_asks_below_the_path_in_the_clients_method() {
    let app = app().await;
    let (_, token) = app.client("a@example.com").await;
    let bare = app.bearer(&token, "").await;
    for (path, authorization, status) in [
        ("/api/auth/verify/x?a=b", &*bare, 200),
        ("/api/auth/verify/", &bare, 200),
        ("/api/auth/verify/public/x", "", 200),
        ("/api/auth/verify/x", "", 401),
        ("/api/auth/verify//x", &bare, 400),
        ("/api/auth/verify/x%2fy", &bare, 400),
        ("/api/auth/verify/organizations/none", &bare, 404),
    ] {
        for method in ["GET", "DELETE"] {
            let mut request = call(method, path, authorization, "");
            request.headers_mut().insert("host", "api.example.com".parse().unwrap());
            let answer = app.send_from("192.0.2.9:1", request).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_removed_api_token_gets_no_verdict_but_no() {
    let app = app().await;
    let (_, token) = app.client("a@example.com").await;
    let bare = app.bearer(&token, "").await;
    assert_eq!(ask(&app, "/x", &bare).await.status, 200);
    let path = format!("/api/account/tokens/{}", token.api_key);
    assert_eq!(app.call("DELETE", &path, &bare).await.status, 200);
    assert_eq!(ask(&app, "/x", &bare).await.status, 401);
}

async fn with_hosts() -> TestApp {
    TestApp::with(|settings| {
        let hosts = ["auth.example.com", "127.0.0.1:8080"].map(str::to_owned);
        settings.authorities = Some(Authorities::new(true, hosts));
    })
    .await
}

#[tokio::test]
async fn the_host_is_ours_and_its_port_goes_without_saying() {
    let app = with_hosts().await;
    for (host, status) in [
        ("auth.example.com", 200),
        ("AUTH.example.com", 200),
        ("127.0.0.1:8080", 200),
        ("auth.example.com:443", 400),
        ("auth.example.com:8443", 421),
        ("evil.example", 421),
        ("127.0.0.1", 421),
        ("a b", 400),
    ] {
        let mut request = call("GET", "/.well-known/jwks.json", "", "");
        request.headers_mut().insert("host", host.parse().unwrap());
        let answer = app.send(request).await;
        assert_eq!(answer.status.as_u16(), status, "{host}: {}", answer.text);
        if status == 400 && host != "a b" {
            let right = "Call auth.example.com without a port.";
            assert!(answer.json()["message"].as_str().unwrap().ends_with(right), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn who_still_sends_hmac_is_counted_by_key_id() {
    let app = TestApp::start().await;
    for (value, times) in [("acquia-http-hmac realm=\"r\",id=\"old.key-1\"", 2), ("hmac x", 1)] {
        for _ in 0..times {
            app.call("GET", "/api/account", value).await;
        }
    }
    let forged = format!("acquia-http-hmac id=\"{}\"", "x".repeat(65));
    app.call("GET", "/api/account", &forged).await;
    for made_up in 0..200 {
        app.call("GET", "/", &format!("acquia-http-hmac id=\"m{made_up}\"")).await;
    }
    let text = app.app.metrics_text().await;
    assert!(text.contains("keymoor_hmac_refused_total{id=\"old.key-1\"} 2\n"), "{text}");
    assert!(text.contains("keymoor_hmac_refused_total{id=\"none\"} 2\n"), "{text}");
    assert!(text.contains("keymoor_hmac_refused_total{id=\"other\"} 101\n"), "{text}");
}
