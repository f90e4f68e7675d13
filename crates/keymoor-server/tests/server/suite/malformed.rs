use axum::body::Body;
use http::{HeaderValue, Method, Request};
use keymoor_testkit::Seeded;

use super::app::{TOKEN, TestApp, credentials};

/// Pieces that requests are wrongly put together from.
const PIECES: [&str; 24] = [
    "grant_type",
    "client_id",
    "client_secret",
    "scope",
    "=",
    "&",
    "%",
    "%00",
    "%ff",
    "+",
    "{",
    "}",
    "\"",
    ":",
    "[",
    "null",
    "client_credentials",
    "organization:",
    "km_",
    "9b2f7c1e",
    "\u{0}",
    "é",
    ";",
    ",",
];
const TYPES: [&str; 6] = [
    "application/x-www-form-urlencoded",
    "application/json",
    "application/json; charset=utf-16",
    "multipart/form-data",
    "text/plain",
    "",
];
const SCHEMES: [&str; 5] = ["Basic ", "Bearer ", "basic", "Digest ", "acquia-http-hmac "];

fn soup(random: &mut Seeded) -> String {
    (0..random.below(12)).map(|_| PIECES[random.below(PIECES.len())]).collect()
}

fn request(right: &str, random: &mut Seeded) -> Request<Body> {
    let mut body = if random.below(2) == 0 { right.to_owned() } else { soup(random) };
    if random.below(2) == 0 {
        let prefix = soup(random);
        body.insert_str(0, &prefix);
    }
    let method = [Method::POST, Method::POST, Method::POST, Method::GET, Method::PUT];
    let mut request = Request::builder().method(method[random.below(5)].clone()).uri(TOKEN);
    if random.below(3) > 0 {
        request = request.header("content-type", TYPES[random.below(TYPES.len())]);
    }
    if random.below(2) == 0 {
        let value = format!("{}{}", SCHEMES[random.below(SCHEMES.len())], soup(random));
        if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
            request = request.header("authorization", value);
        }
    }
    request.body(Body::from(body)).unwrap()
}

#[tokio::test]
async fn none_of_10_000_malformed_token_requests_is_the_servers_fault() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let right = credentials(&token, "");
    let mut random = Seeded::new(20_261_123);
    for count in 0..10_000 {
        let answer = app.send(request(&right, &mut random)).await;
        assert!(!answer.status.is_server_error(), "{count}: {answer:?}");
        assert!(answer.status == 200 || !answer.error().is_empty() || answer.text.is_empty());
    }
    assert_eq!(app.ask(&token, "").await.status, 200);
}
