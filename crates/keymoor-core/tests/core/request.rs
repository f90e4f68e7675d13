use http::{HeaderMap, HeaderValue, Method, Uri, header::CONTENT_ENCODING, header::CONTENT_TYPE};
use keymoor_core::{
    secret::Damage,
    wire::{
        InvalidClient, InvalidRequest, OAuthError, Proof, RequestHead, ScopeRefusal, TokenRequest,
        Unauthorized,
    },
};
use keymoor_testkit::{Fixture, fuzz, token_request};
use proptest::prelude::*;

const GRANT: &str = "grant_type=client_credentials";

fn pair() -> (String, String) {
    let fixture = Fixture::new(1);
    (fixture.facts.api_key.to_string(), fixture.secret.expose().to_owned())
}

fn parse(
    method: &Method,
    uri: &str,
    headers: &[(http::HeaderName, &str)],
    body: &str,
) -> Result<TokenRequest, OAuthError> {
    let uri: Uri = uri.parse().unwrap();
    let value = |(name, text): &(http::HeaderName, &str)| {
        (name.clone(), HeaderValue::from_str(text).unwrap())
    };
    let headers: HeaderMap = headers.iter().map(value).collect();
    TokenRequest::parse(RequestHead { method, uri: &uri, headers: &headers }, body.as_bytes())
}

fn json(body: &str) -> Result<TokenRequest, OAuthError> {
    parse(&Method::POST, "/token", &[(CONTENT_TYPE, "application/json")], body)
}

fn error(answer: Result<TokenRequest, OAuthError>) -> OAuthError {
    answer.expect_err("the request is refused")
}

#[test]
fn the_php_sdks_request_is_read() {
    let (key, secret) = pair();
    let organization = "23aae327-baaa-11e3-8aaa-1231bbbba02c";
    let body = format!(
        "client_id={key}&client_secret={secret}&{GRANT}&scope=organization%3A{organization}"
    );
    let request = token_request(&body).unwrap();
    assert_eq!(request.client.api_key.unwrap().to_string(), key);
    assert_eq!(request.client.secret.damage(), None);
    assert_eq!(request.scope.to_string(), format!("organization:{organization}"));
}

#[test]
fn landos_json_with_an_empty_scope_is_read() {
    let (key, secret) = pair();
    let body = format!(
        r#"{{"grant_type":"client_credentials","client_id":"{key}","client_secret":"{secret}","scope":""}}"#
    );
    let request = json(&body).unwrap();
    assert!(request.scope.is_empty());
    assert_eq!(request.client.secret.damage(), None);
}

#[test]
fn s1_only_post_is_taken() {
    for method in ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert_eq!(error(parse(&method, "/token", &[], GRANT)), OAuthError::Method);
    }
}

#[test]
fn s1_nothing_is_taken_from_the_url() {
    let (key, secret) = pair();
    let form = format!("client_id={key}&client_secret={secret}&{GRANT}");
    for query in [
        format!("client_id={key}"),
        format!("x=1&client_secret={secret}"),
        GRANT.to_owned(),
        "scope=".to_owned(),
        "client%5Fsecret=x".to_owned(),
    ] {
        let answer = parse(&Method::POST, &format!("/token?{query}"), &[], &form);
        assert_eq!(error(answer), OAuthError::InvalidRequest(InvalidRequest::InUrl), "{query}");
    }
    assert!(parse(&Method::POST, "/token?x=1", &[], &form).is_ok());
}

#[test]
fn s2_no_parameter_may_stand_twice() {
    let (key, secret) = pair();
    let form = format!("client_id={key}&client_secret={secret}&{GRANT}&scope=");
    let names = ["client_id", "client_secret", "grant_type", "scope"];
    for name in names {
        let repeated = OAuthError::InvalidRequest(InvalidRequest::Repeated(name));
        for value in ["", "x", "client_credentials"] {
            assert_eq!(error(token_request(&format!("{form}&{name}={value}"))), repeated);
        }
        let twice = format!(r#"{{"{name}":"a","{name}":"a"}}"#);
        assert_eq!(error(json(&twice)), repeated);
    }
}

#[test]
fn s2_an_empty_parameter_is_an_absent_one() {
    let (key, secret) = pair();
    let missing = OAuthError::InvalidClient(InvalidClient::Missing);
    assert_eq!(error(token_request(&format!("{GRANT}&client_id={key}&client_secret="))), missing);
    assert_eq!(
        error(token_request(&format!("{GRANT}&client_id=&client_secret={secret}"))),
        missing
    );
    let body = format!("client_id={key}&client_secret={secret}&grant_type=");
    let no_grant = OAuthError::InvalidRequest(InvalidRequest::NoGrantType);
    assert_eq!(error(token_request(&body)), no_grant);
    let null = format!(
        r#"{{"client_id":"{key}","client_secret":"{secret}","grant_type":"client_credentials","scope":null}}"#
    );
    assert!(json(&null).unwrap().scope.is_empty());
}

#[test]
fn s2_unknown_parameters_are_ignored_even_twice() {
    let (key, secret) = pair();
    let body = format!("a=1&a=2&client_id={key}&client_secret={secret}&{GRANT}&audience=x");
    assert!(token_request(&body).is_ok());
}

#[test]
fn s3_only_form_and_json_are_taken() {
    let refused = OAuthError::UnsupportedMedia(InvalidRequest::ContentType);
    for media in ["multipart/form-data; boundary=x", "text/plain", "application/xml", "x", ""] {
        let answer = parse(&Method::POST, "/token", &[(CONTENT_TYPE, media)], GRANT);
        assert_eq!(error(answer), refused, "{media}");
    }
    let (key, secret) = pair();
    let form = format!("client_id={key}&client_secret={secret}&{GRANT}");
    for media in
        ["application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"]
    {
        assert!(parse(&Method::POST, "/token", &[(CONTENT_TYPE, media)], &form).is_ok());
    }
}

#[test]
fn s3_a_compressed_body_is_refused() {
    for encoding in ["gzip", "br", "deflate", "identity, gzip"] {
        let answer = parse(&Method::POST, "/token", &[(CONTENT_ENCODING, encoding)], GRANT);
        let refused = OAuthError::UnsupportedMedia(InvalidRequest::ContentEncoding);
        assert_eq!(error(answer), refused);
    }
}

#[test]
fn s3_a_body_over_16_kib_is_refused() {
    let (key, secret) = pair();
    let form = format!("client_id={key}&client_secret={secret}&{GRANT}&pad=");
    let whole = format!("{form}{}", "x".repeat(16 * 1024 - form.len()));
    assert!(token_request(&whole).is_ok());
    assert_eq!(error(token_request(&format!("{whole}x"))), OAuthError::TooLarge);
    assert_eq!(error(token_request(&"x".repeat(1_000_000))), OAuthError::TooLarge);
}

#[test]
fn json_that_is_not_an_object_of_texts_is_refused() {
    let refused = OAuthError::InvalidRequest(InvalidRequest::Json);
    for body in ["", "[]", "1", "\"x\"", "{", r#"{"client_id":1}"#, r#"{"scope":["x"]}"#, "{}x"] {
        assert_eq!(error(json(body)), refused, "{body}");
    }
    let deep = format!("{}{}", "[".repeat(8000), "]".repeat(8000));
    let ignored = OAuthError::InvalidClient(InvalidClient::Missing);
    assert_eq!(error(json(&format!(r#"{{"x":{deep}}}"#))), ignored);
    assert_eq!(error(json(&format!(r#"{{"scope":{deep}}}"#))), refused);
}

#[test]
fn s9_every_other_grant_type_is_unsupported() {
    let (key, secret) = pair();
    for grant in
        ["password", "implicit", "Refresh_Token", "authorization code", "Client_Credentials"]
    {
        let body = format!("client_id={key}&client_secret={secret}&grant_type={grant}");
        assert_eq!(error(token_request(&body)), OAuthError::UnsupportedGrantType);
    }
}

#[test]
fn a_secret_damaged_on_its_way_is_told_so_whatever_the_key() {
    let (key, secret) = pair();
    let damaged = secret.replacen('_', "+", 1);
    for id in [key.as_str(), "nobody"] {
        let body = format!("client_id={id}&client_secret={damaged}&{GRANT}");
        let request = token_request(&body).unwrap();
        let cause = InvalidClient::of(&request.client.secret);
        assert_eq!(cause, InvalidClient::Damaged(Damage::Encoding));
    }
}

fn of_application(cause: Proof) -> OAuthError {
    OAuthError::InvalidClient(InvalidClient::OfApplication(cause))
}

#[test]
fn s5_the_error_table() {
    let organization = "23aae327-baaa-11e3-8aaa-1231bbbba02c".parse().unwrap();
    let all = [
        OAuthError::InvalidRequest(InvalidRequest::InUrl),
        OAuthError::InvalidRequest(InvalidRequest::Repeated("scope")),
        OAuthError::InvalidRequest(InvalidRequest::NoGrantType),
        OAuthError::InvalidRequest(InvalidRequest::NoToken),
        OAuthError::InvalidRequest(InvalidRequest::Missing("code")),
        OAuthError::InvalidRequest(InvalidRequest::Json),
        OAuthError::InvalidRequest(InvalidRequest::SeveralMethods),
        OAuthError::InvalidRequest(InvalidRequest::OtherClient),
        OAuthError::InvalidRequest(InvalidRequest::NotBasic),
        OAuthError::InvalidRequest(InvalidRequest::Incomplete),
        OAuthError::Method,
        OAuthError::TooLarge,
        OAuthError::UnsupportedMedia(InvalidRequest::ContentType),
        OAuthError::UnsupportedMedia(InvalidRequest::ContentEncoding),
        OAuthError::InvalidClient(InvalidClient::Missing),
        OAuthError::InvalidClient(InvalidClient::BasicForm),
        OAuthError::InvalidClient(InvalidClient::Wrong),
        OAuthError::InvalidClient(InvalidClient::Damaged(Damage::Encoding)),
        OAuthError::InvalidClient(InvalidClient::Damaged(Damage::Shape)),
        OAuthError::InvalidClient(InvalidClient::Damaged(Damage::Checksum)),
        OAuthError::InvalidClient(InvalidClient::Removed),
        OAuthError::InvalidClient(InvalidClient::Expired),
        OAuthError::InvalidClient(InvalidClient::AccountDisabled),
        of_application(Proof::Unnamed),
        of_application(Proof::Missing),
        of_application(Proof::Wrong),
        of_application(Proof::Damaged(Damage::Encoding)),
        of_application(Proof::Damaged(Damage::Shape)),
        of_application(Proof::Damaged(Damage::Checksum)),
        OAuthError::UnauthorizedClient(Unauthorized::Address),
        OAuthError::UnsupportedGrantType,
        OAuthError::InvalidScope(ScopeRefusal::Unknown),
        OAuthError::InvalidScope(ScopeRefusal::SignInNeeded(organization)),
        OAuthError::InvalidTarget,
        OAuthError::AnothersToken,
        OAuthError::TooManyRefused(1),
        OAuthError::TooManyIssued(1),
        OAuthError::TooManyDelegated(1),
        OAuthError::Unavailable,
    ];
    let line =
        |e: &OAuthError| format!("{} {}: {}", e.status().as_u16(), e.code(), e.description());
    let table: Vec<String> = all.iter().map(line).collect();
    // RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E
    let plain = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E);
    assert!(all.iter().all(|error| error.description().bytes().all(plain)));
    insta::assert_snapshot!(table.join("\n"), @"
    400 invalid_request: Send the parameters in the body, never in the URL.
    400 invalid_request: The parameter scope stands more than once.
    400 invalid_request: The parameter grant_type is missing: an API token sends client_credentials.
    400 invalid_request: The parameter token is missing: send the access token, or an application's refresh token.
    400 invalid_request: The parameter code is missing.
    400 invalid_request: The body is not a JSON object whose parameters are strings.
    400 invalid_request: Send the credentials once: in the body or by Basic authentication.
    400 invalid_request: The client_id in the body is not the one in the header.
    400 invalid_request: The Authorization header of a token request must be Basic.
    400 invalid_request: The body did not arrive whole.
    405 invalid_request: Send the request by POST.
    413 invalid_request: The body is larger than 16 KiB.
    415 invalid_request: Send the body as application/x-www-form-urlencoded or application/json.
    415 invalid_request: Send the body without Content-Encoding.
    401 invalid_client: Send your API Key as client_id and your API Secret as client_secret, in the body or by Basic authentication.
    401 invalid_client: The Basic credentials are not base64 of client_id, a colon and client_secret: of an API token, the API Key and the API Secret.
    401 invalid_client: The API Key or the API Secret is wrong.
    401 invalid_client: The client_secret holds characters that no API Secret has: it was probably damaged by wrong URL encoding. Send it with --data-urlencode.
    401 invalid_client: The client_secret is not a whole API Secret: those start with km_ and have 52 characters.
    401 invalid_client: The client_secret is mistyped: its checksum does not fit. Copy it again.
    401 invalid_client: This API token was removed. Create a new one.
    401 invalid_client: This API token has expired. Create a new one.
    401 invalid_client: The account that owns this API token is disabled.
    401 invalid_client: The parameter client_id is missing: send that of your application.
    401 invalid_client: This application has a secret. Send it as client_secret, in the body or by Basic authentication.
    401 invalid_client: No application has this client_id, or the client_secret is not its own. One without a secret sends none.
    401 invalid_client: The client_secret holds characters that no secret of an application has: it was probably damaged by wrong URL encoding.
    401 invalid_client: The client_secret is not a whole one: those of applications start with km_ and have 52 characters. An application without a secret sends none.
    401 invalid_client: The client_secret is mistyped: its checksum does not fit. Copy it again.
    400 unauthorized_client: This API token may not be used from your address.
    400 unsupported_grant_type: The grant_type must be client_credentials, authorization_code, refresh_token or urn:ietf:params:oauth:grant-type:device_code.
    400 invalid_scope: A scope is malformed, unknown, or of an organization that you are not a member of. Write organization:<uuid> in lower case.
    400 invalid_scope: The organization 23aae327-baaa-11e3-8aaa-1231bbbba02c requires a recent sign-in through its single sign-on. Sign in there, then ask again.
    400 invalid_target: The resource is not one API that is registered here. Name one by its identifier, or none for the default API.
    400 unauthorized_client: The access token was not issued to this API token and still works. Revoke it with the API token that it was issued to.
    429 temporarily_unavailable: Too many requests from your address were refused. Check what you send (client_id and client_secret: API Key and API Secret of an API token), and try again after the seconds that Retry-After names.
    429 temporarily_unavailable: This API token gets access tokens too often. Keep one until it is about to expire: it lives for expires_in seconds.
    429 temporarily_unavailable: This application gets access tokens too often. Keep one until it is about to expire: it lives for expires_in seconds.
    503 temporarily_unavailable: The request cannot be answered at the moment. Try again shortly.
    ");
}

proptest! {
    #[test]
    fn no_bytes_make_reading_panic(bytes: Vec<u8>) {
        for (_, target) in fuzz::TARGETS {
            target(&bytes);
        }
    }
}
