use http::StatusCode;
use keymoor_server::routes::{Caller, TABLE};

use super::app::TestApp;

const ID: &str = "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f";

/// A path of the route with its captures filled.
fn concrete(path: &str) -> String {
    ["{uuid}", "{user}", "{token}", "{domain}", "{secret}", "{id}"]
        .iter()
        .fold(path.to_owned(), |path, part| path.replace(part, ID))
}

#[tokio::test]
async fn s76_no_guarded_route_answers_without_a_token() {
    let app = TestApp::start().await;
    for route in TABLE.iter().filter(|route| route.caller == Caller::Bearer) {
        let answer = app.call(route.method, &concrete(route.path), "").await;
        assert_eq!(answer.status, 401, "{} {}", route.method, route.path);
        let expected = "Bearer resource_metadata=\"https://auth.example.com/.well-known/oauth-protected-resource\"";
        assert_eq!(answer.header("www-authenticate"), expected);
        assert!(answer.json()["error"].is_string() && answer.json()["message"].is_string());
    }
}

#[tokio::test]
async fn s76_no_guarded_route_answers_to_a_bad_token() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let bad = [
        ("Bearer x.y.z".to_owned(), 401, "invalid_token"),
        (format!("{bearer}x"), 401, "invalid_token"),
        ("Basic YTpi".to_owned(), 400, "invalid_request"),
        ("Bearer".to_owned(), 400, "invalid_request"),
        (format!("{bearer} x"), 400, "invalid_request"),
    ];
    for route in TABLE.iter().filter(|route| route.caller == Caller::Bearer) {
        for (value, status, error) in &bad {
            let answer = app.call(route.method, &concrete(route.path), value).await;
            assert_eq!((answer.status.as_u16(), answer.error().as_str()), (*status, *error));
            let challenge = answer.header("www-authenticate");
            assert!(challenge.contains(&format!("error=\"{error}\"")), "{challenge}");
        }
        let in_url = format!("{}?access_token={}", concrete(route.path), &bearer[7..]);
        let answer = app.call(route.method, &in_url, &bearer).await;
        assert_eq!((answer.status.as_u16(), answer.error().as_str()), (400, "invalid_request"));
    }
}

#[tokio::test]
async fn no_open_route_asks_for_a_token() {
    let app = TestApp::start().await;
    for route in TABLE.iter().filter(|route| route.caller == Caller::Anyone) {
        let answer = app.call(route.method, route.path, "").await;
        let expected =
            if route.method == "GET" { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        assert_eq!(answer.status, expected, "{}", route.path);
        assert!(!answer.header("www-authenticate").contains("Bearer"));
    }
}

#[tokio::test]
async fn s27_nothing_but_an_access_token_works_as_one() {
    let app = TestApp::start().await;
    let server = app.resource_server(super::app::API).await;
    let (account, token) = app.client("a@example.com").await;
    let (key, account) = (token.api_key.to_string(), account.to_string());
    let basic = format!("{key}:{}", token.secret.expose());
    for text in [token.secret.expose(), server.secret.expose(), &key, &account, &basic] {
        let answer = app.call("GET", "/api/account", &format!("Bearer {text}")).await;
        assert!([400, 401].contains(&answer.status.as_u16()), "{text}: {}", answer.status);
    }
    let bearer = app.bearer(&token, "").await;
    let body =
        format!("grant_type=client_credentials&client_id={key}&client_secret={}", &bearer[7..]);
    let answer = app.send(super::app::form(super::app::TOKEN, &body)).await;
    assert_eq!(answer.error(), "invalid_client", "nor does an access token as a secret");
    let answer = app.call("GET", "/api/auth/removals", &bearer).await;
    assert_eq!(answer.status, 400, "nor as a resource server's credentials");
}

#[tokio::test]
async fn s79_no_route_of_resource_servers_answers_to_others() {
    let app = TestApp::start().await;
    for route in TABLE.iter().filter(|route| route.caller == Caller::ResourceServer) {
        for value in ["", "Basic YTpi"] {
            let answer = app.call(route.method, route.path, value).await;
            assert_eq!((answer.status.as_u16(), &*answer.error()), (401, "invalid_client"));
            assert!(answer.header("www-authenticate").starts_with("Basic "));
        }
    }
}
