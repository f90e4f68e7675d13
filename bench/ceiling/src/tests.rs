use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Method, Request, StatusCode, header::CACHE_CONTROL};
use serde_json::Value;

use crate::{
    clients::{Clients, NewClient},
    endpoint::Endpoint,
    signer::Signer,
};

fn endpoint() -> (Endpoint, NewClient) {
    let (clients, new) = Clients::with_one();
    (Endpoint::new("http://127.0.0.1:1".to_owned(), clients, Signer::generate()), new)
}

fn form(new: &NewClient) -> String {
    let NewClient { api_key, api_secret } = new;
    format!("client_id={api_key}&client_secret={api_secret}&grant_type=client_credentials")
}

async fn send(endpoint: &Endpoint, method: Method, body: String) -> (StatusCode, Value) {
    let body = Full::new(Bytes::from(body));
    let request = Request::builder().method(method).body(body).unwrap();
    let response = endpoint.answer(request).await.unwrap();
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn refusal(change: impl FnOnce(String) -> String) -> (StatusCode, String) {
    let (endpoint, new) = endpoint();
    let (status, body) = send(&endpoint, Method::POST, change(form(&new))).await;
    (status, body["error"].as_str().unwrap().to_owned())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[tokio::test]
async fn a_token_verifies_and_has_the_claims_of_rfc_9068() {
    let (endpoint, new) = endpoint();
    let (status, body) = send(&endpoint, Method::POST, form(&new)).await;
    assert_eq!((status, &body["token_type"]), (StatusCode::OK, &"Bearer".into()));
    assert_eq!(body["expires_in"], 300);
    assert!(body.get("scope").is_none());

    let (signed, signature) = body["access_token"].as_str().unwrap().rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, endpoint.public_key())
        .verify(signed.as_bytes(), &signature)
        .unwrap();

    let (header, claims) = signed.split_once('.').unwrap();
    let (header, claims) = (decode(header), decode(claims));
    assert_eq!((&header["typ"], &header["alg"]), (&"at+jwt".into(), &"ES256".into()));
    assert_eq!(claims["client_id"], new.api_key);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 300);
    for claim in ["iss", "sub", "aud", "jti"] {
        assert!(claims[claim].is_string(), "{claim}");
    }
}

#[tokio::test]
async fn a_scope_is_decoded_and_echoed() {
    let (endpoint, new) = endpoint();
    let (_, body) = send(&endpoint, Method::POST, form(&new) + "&scope=organization%3Ax").await;
    assert_eq!(body["scope"], "organization:x");
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_one_refusal() {
    let expected = (StatusCode::UNAUTHORIZED, "invalid_client".to_owned());
    assert_eq!(refusal(|form| form.replace("client_secret=", "client_secret=x")).await, expected);
    assert_eq!(refusal(|form| form.replace("client_id=", "client_id=x")).await, expected);
}

#[tokio::test]
async fn what_is_no_token_request_is_refused() {
    let invalid = (StatusCode::BAD_REQUEST, "invalid_request".to_owned());
    assert_eq!(refusal(|_| String::new()).await, invalid);
    assert_eq!(refusal(|form| form + "&grant_type=client_credentials").await, invalid);
    assert_eq!(refusal(|form| form + &"x".repeat(16 * 1024)).await, invalid);
    let (_, error) = refusal(|form| form.replace("client_credentials", "password")).await;
    assert_eq!(error, "unsupported_grant_type");
}

#[tokio::test]
async fn only_post_is_a_token_request() {
    let (endpoint, new) = endpoint();
    let (status, _) = send(&endpoint, Method::GET, form(&new)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
