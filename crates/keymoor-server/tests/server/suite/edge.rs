use axum::routing::get;
use keymoor_server::routes;
use serde_json::json;

use super::app::{TestApp, call, send};

const HMAC: &str = "acquia-http-hmac realm=\"r\",id=\"i\",nonce=\"n\",version=\"2.0\",headers=\"\",signature=\"c2ln\"";

#[tokio::test]
async fn every_answer_has_its_own_request_id() {
    let app = TestApp::start().await;
    let mut ids = std::collections::HashSet::new();
    for path in ["/api/account", "/none", "/.well-known/jwks.json", "/api/auth/oauth/token"] {
        let answer = app.call("GET", path, "").await;
        assert!(ids.insert(answer.header("x-request-id").to_owned()), "{path}");
        assert!(answer.header("x-request-id").len() >= 16);
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_in_json() {
    let app = TestApp::start().await;
    let answer = app.call("GET", "/none", "").await;
    let expected = json!({ "error": "not_found", "message": "The resource was not found." });
    assert_eq!((answer.status.as_u16(), answer.json()), (404, expected));
    let answer = app.call("PATCH", "/api/account/tokens", "").await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (405, "method_not_allowed"));
    assert_eq!(answer.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn s78_every_hmac_form_gets_one_answer_at_every_url() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let forms = [HMAC, "ACQUIA-HTTP-HMAC x", "Acquia 1:c2ln", "HMAC-SHA256 x", "hmac"];
    let paths = routes::TABLE.iter().map(|route| (route.method, route.path));
    for (method, path) in paths.chain([("GET", "/none"), ("POST", "/")]) {
        for form in forms {
            let mut request = call(method, path, form, "");
            if form == HMAC {
                request.headers_mut().append("authorization", bearer.parse().unwrap());
            }
            let answer = app.send(request).await;
            assert_eq!(answer.status, 401, "{method} {path} {form}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
            let message = "HMAC authentication is no longer supported. Use OAuth 2.0 client \
                credentials: exchange your API Key and API Secret for a bearer token at \
                https://auth.example.com/api/auth/oauth/token.";
            let expected = json!({
                "error": "unsupported_authentication_scheme", "message": message,
                "documentation": "https://auth.example.com/api/openapi.json",
            });
            assert_eq!(answer.json(), expected);
        }
    }
}

async fn panics() -> &'static str {
    panic!("with a secret in it")
}

#[tokio::test]
async fn s100_a_handler_that_panics_is_answered_and_the_next_one_works() {
    let app = TestApp::start().await;
    let table = routes::table().route("/panics", get(panics));
    let router = routes::wrap(table, app.app.clone());
    let answer = send(router.clone(), call("GET", "/panics", "", "")).await;
    assert_eq!((answer.status.as_u16(), answer.error().as_str()), (500, "internal"));
    assert!(!answer.text.contains("secret"));
    assert!(!answer.header("x-request-id").is_empty());
    let next = send(router, call("GET", "/.well-known/jwks.json", "", "")).await;
    assert_eq!(next.status, 200);
}
