//! The body of each fuzz target: takes any bytes and must not panic. The targets under `fuzz/`
//! call these, and so does the test that replays their corpora.

use http::{HeaderMap, HeaderValue, Method, Uri, header::AUTHORIZATION, header::CONTENT_TYPE};
use keymoor_core::{
    PresentedSecret, ResourceServerId, Scopes, UnixTime,
    audience::ApiIdentifier,
    jwks::Jwks,
    jwt::{KeySet, verify},
    removals::{Change, Removals, Snapshot},
    scim::{Address, Filter, User, apply},
    wire::{
        AuthorizationQuery, DeviceAuthorizationRequest, GrantRequest, RedirectUri, RequestHead,
        RevocationRequest, TokenInquiry, UserCode, bearer_token, is_hmac,
    },
};

use crate::{NOW, claims, expectation};

/// A target: its name, which is its corpus folder's too, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 18] = [
    ("token_request_form", token_request_form),
    ("token_request_json", token_request_json),
    ("basic", basic),
    ("authorization", authorization),
    ("hmac", hmac),
    ("scope", scope),
    ("secret", secret),
    ("jwt", jwt),
    ("jwks", jwks),
    ("token_inquiry", token_inquiry),
    ("removals", removals),
    ("api_identifier", api_identifier),
    ("scim_filter", scim_filter),
    ("scim_patch", scim_patch),
    ("authorization_request", authorization_request),
    ("redirect_uri", redirect_uri),
    ("application_request", application_request),
    ("user_code", user_code),
];

fn parse(headers: &HeaderMap, body: &[u8]) {
    let uri = Uri::from_static("/api/auth/oauth/token");
    let head = RequestHead { method: &Method::POST, uri: &uri, headers };
    if let Err(error) = GrantRequest::parse(head, body) {
        assert!(!error.status().is_server_error());
    }
}

/// A form body.
pub fn token_request_form(bytes: &[u8]) {
    parse(&HeaderMap::new(), bytes);
}

/// A JSON body.
pub fn token_request_json(bytes: &[u8]) {
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    parse(&HeaderMap::from_iter([json]), bytes);
}

fn with_authorization(bytes: &[u8]) -> Option<HeaderMap> {
    let value = HeaderValue::from_bytes(bytes).ok()?;
    Some(HeaderMap::from_iter([(AUTHORIZATION, value)]))
}

/// Basic credentials.
pub fn basic(bytes: &[u8]) {
    if let Some(headers) = with_authorization(bytes) {
        parse(&headers, b"grant_type=client_credentials");
    }
}

/// The `Authorization` header of an API call.
pub fn authorization(bytes: &[u8]) {
    if let Some(headers) = with_authorization(bytes) {
        let _ = bearer_token(&headers, &Uri::from_static("/api/account"));
    }
}

/// What is recognised as HMAC never passes as a Bearer token.
pub fn hmac(bytes: &[u8]) {
    if let Some(headers) = with_authorization(bytes) {
        let bearer = bearer_token(&headers, &Uri::from_static("/"));
        assert!(!(is_hmac(&headers) && bearer.is_ok()));
    }
}

/// Scopes that are taken print as they were read, but for repeated ones.
pub fn scope(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(scopes) = Scopes::parse(&text) {
        assert_eq!(Scopes::parse(&scopes.to_string()), Ok(scopes.clone()));
        assert!(text.contains(&scopes.to_string()) || text.len() > scopes.to_string().len());
    }
}

/// A presented secret.
pub fn secret(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let presented = PresentedSecret::new(&text);
    assert!(presented.damage().is_some() || text.starts_with("km_"));
}

/// An access token; nothing verifies without a key.
pub fn jwt(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    assert!(verify(&text, &KeySet::default(), &expectation(), NOW).is_err());
}

/// A key set; whatever it holds, reading it does not panic.
pub fn jwks(bytes: &[u8]) {
    if let Ok(jwks) = serde_json::from_slice::<Jwks>(bytes) {
        let keys = KeySet::from_jwks(&jwks);
        let _ = verify("e30.e30.e30", &keys, &expectation(), UnixTime::from_seconds(0));
    }
}

/// A request about a token.
pub fn token_inquiry(bytes: &[u8]) {
    let (uri, headers) = (Uri::from_static("/api/auth/oauth/introspect"), HeaderMap::new());
    let head = RequestHead { method: &Method::POST, uri: &uri, headers: &headers };
    if let Err(error) = TokenInquiry::<ResourceServerId>::parse(head, bytes) {
        assert!(!error.status().is_server_error());
    }
}

/// What the removal feed tells, a line each: the first a snapshot, the others changes. Whatever
/// it is, it can be told on and means the same.
pub fn removals(bytes: &[u8]) {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let Ok(snapshot) = serde_json::from_slice::<Snapshot>(lines.next().unwrap_or_default()) else {
        return;
    };
    let mut removals = Removals::new(snapshot, NOW);
    for change in lines.filter_map(|line| serde_json::from_slice::<Change>(line).ok()) {
        removals.apply(&change.event, NOW);
    }
    let told = Removals::new(removals.snapshot(), NOW);
    assert_eq!(told.is_removed(&claims()), removals.is_removed(&claims()));
}

/// The identifier of an API prints as it was read.
pub fn api_identifier(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(identifier) = text.parse::<ApiIdentifier>() {
        assert!(identifier.as_str() == text && !text.contains('#'));
    }
}

/// A provisioning client's filter; none that is taken has control characters in it.
pub fn scim_filter(bytes: &[u8]) {
    if let Ok(filter) = Filter::parse(&String::from_utf8_lossy(bytes)) {
        let texts = [filter.user_name, filter.external_id, filter.id, filter.email];
        assert!(!texts.into_iter().flatten().any(|text| text.contains(char::is_control)));
    }
}

/// A provisioning client's PATCH: what it makes of somebody can be kept and read again.
pub fn scim_patch(bytes: &[u8]) {
    let value = |name: &str| Address { value: name.to_owned(), kind: None, primary: false };
    let emails = vec![value("a@example.com"), value("b@example.com")];
    let user = User { user_name: "bob".to_owned(), active: true, emails, ..User::default() };
    if let Ok(body) = serde_json::from_slice(bytes)
        && let Ok(changed) = apply(&user, &body)
    {
        assert_eq!(User::read(&changed.write().into()), Ok(changed));
    }
}

/// The query of an authorization request: wherever an answer goes, what it brings can be told from
/// what stood there.
pub fn authorization_request(bytes: &[u8]) {
    if let Ok(query) = AuthorizationQuery::read(&String::from_utf8_lossy(bytes)) {
        let _ = query.request();
        let answer = query.redirect_uri.with(&[("iss", "https://auth.example.com")]);
        assert!(answer.starts_with(query.redirect_uri.as_str()) && !answer.contains('#'));
        assert!(answer.ends_with("iss=https%3A%2F%2Fauth.example.com"));
    }
}

/// A redirect URI is kept as it was read, allows itself, and is harmless in a page's policy.
pub fn redirect_uri(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(uri) = RedirectUri::parse(&text) {
        assert!(uri.as_str() == text && uri.allows(&uri));
        assert!(!uri.policy_source().contains([';', ',', ' ', '\'', '*']));
    }
}

/// The requests of applications that are none for a token.
pub fn application_request(bytes: &[u8]) {
    let (uri, headers) = (Uri::from_static("/api/auth/oauth/revoke"), HeaderMap::new());
    let head = RequestHead { method: &Method::POST, uri: &uri, headers: &headers };
    if let Err(error) = DeviceAuthorizationRequest::parse(head, bytes) {
        assert!(!error.status().is_server_error());
    }
    if let Err(error) = RevocationRequest::parse(head, bytes) {
        assert!(!error.status().is_server_error());
    }
}

/// A code that somebody types means the same as it is shown again.
pub fn user_code(bytes: &[u8]) {
    if let Some(code) = UserCode::parse(&String::from_utf8_lossy(bytes)) {
        assert_eq!(UserCode::parse(&code.to_string()), Some(code));
    }
}
