use http::{HeaderMap, HeaderValue, Method, Uri, header::AUTHORIZATION};
use keymoor_core::{
    ResourceServerId,
    wire::{
        ActiveToken, InvalidClient, InvalidRequest, OAuthError, RequestHead, TokenInquiry,
        basic_client,
    },
};
use keymoor_testkit::{Fixture, claims};

fn parse(uri: &'static str, body: &str) -> Result<TokenInquiry<ResourceServerId>, OAuthError> {
    let (uri, headers) = (Uri::from_static(uri), HeaderMap::new());
    let head = RequestHead { method: &Method::POST, uri: &uri, headers: &headers };
    TokenInquiry::parse(head, body.as_bytes())
}

fn body(rest: &str) -> String {
    let fixture = Fixture::new(1);
    format!("client_id={}&client_secret={}{rest}", fixture.facts.api_key, fixture.secret.expose())
}

#[test]
fn an_inquiry_names_its_client_and_token() {
    let inquiry = parse("/", &body("&token=a.b.c&token_type_hint=x")).unwrap();
    assert!(inquiry.client.is_some());
    assert_eq!(*inquiry.token, "a.b.c");
}

#[test]
fn without_a_token_it_is_refused() {
    let missing = OAuthError::InvalidRequest(InvalidRequest::NoToken);
    for rest in ["", "&token="] {
        assert_eq!(parse("/", &body(rest)).unwrap_err(), missing);
    }
    let repeated = OAuthError::InvalidRequest(InvalidRequest::Repeated("token"));
    assert_eq!(parse("/", &body("&token=a&token=b")).unwrap_err(), repeated);
}

#[test]
fn s79_without_credentials_it_is_refused() {
    let missing = OAuthError::InvalidClient(InvalidClient::Missing);
    assert_eq!(parse("/", "token=a").unwrap_err(), missing);
}

#[test]
fn s1_a_token_in_the_url_is_refused() {
    let in_url = OAuthError::InvalidRequest(InvalidRequest::InUrl);
    assert_eq!(parse("/?token=a", &body("&token=a")).unwrap_err(), in_url);
}

#[test]
fn s101_neither_secret_nor_token_shows_in_debug() {
    let shown = format!("{:?}", parse("/", &body("&token=hidden")).unwrap());
    let secret = Fixture::new(1).secret;
    assert!(!shown.contains("hidden") && !shown.contains(secret.expose()), "{shown}");
}

#[test]
fn a_request_without_a_body_authenticates_by_basic_alone() {
    let missing = OAuthError::InvalidClient(InvalidClient::Missing);
    let none = basic_client::<ResourceServerId>(&HeaderMap::new());
    assert_eq!(none.unwrap_err(), missing);
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, HeaderValue::from_static("Basic YTpi"));
    let (client, _) = basic_client::<ResourceServerId>(&headers).unwrap();
    assert_eq!(client, None, "no id of a resource server, so like an unknown one");
}

#[test]
fn the_answer_about_an_active_token_says_what_the_token_says() {
    insta::assert_json_snapshot!(ActiveToken::new(&claims()), @r#"
    {
      "active": true,
      "token_type": "Bearer",
      "iss": "https://auth.example.com",
      "sub": "01a1ee56-5e00-72ac-b36b-a9bb61877573",
      "client_id": "737a74e5-f890-4faf-afcc-5252147fbc5b",
      "aud": "https://auth.example.com/api",
      "exp": 1795461360,
      "iat": 1795461060,
      "jti": "07070707-0707-4707-8707-070707070707"
    }
    "#);
}
