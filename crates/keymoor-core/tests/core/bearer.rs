use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::{
    refusal::Refusal,
    wire::{bearer_token, is_hmac},
};

const HMAC: &str = "acquia-http-hmac realm=\"r\",id=\"i\",nonce=\"n\",version=\"2.0\",headers=\"\",signature=\"c2ln\"";

fn headers(values: &[&str]) -> HeaderMap {
    let value = |text: &&str| (AUTHORIZATION, HeaderValue::from_str(text).unwrap());
    let mut headers = HeaderMap::new();
    for (name, value) in values.iter().map(value) {
        headers.append(name, value);
    }
    headers
}

fn token(values: &[&str], uri: &'static str) -> Result<String, Refusal> {
    bearer_token(&headers(values), &Uri::from_static(uri)).map(str::to_owned)
}

#[test]
fn s76_one_bearer_token_in_the_header_is_read() {
    for value in ["Bearer abc.DEF-_~+/==", "bearer abc.DEF-_~+/==", "BEARER   abc.DEF-_~+/=="] {
        assert_eq!(token(&[value], "/api"), Ok("abc.DEF-_~+/==".to_owned()), "{value}");
    }
}

#[test]
fn s76_everything_else_is_refused_by_its_cause() {
    let cases: [(&[&str], &'static str, Refusal); 12] = [
        (&[], "/api", Refusal::NoToken),
        (&["Basic YTpi"], "/api", Refusal::NotBearer),
        (&["Bearer"], "/api", Refusal::NotBearer),
        (&["Bearer "], "/api", Refusal::NotBearer),
        (&["Bearer ="], "/api", Refusal::NotBearer),
        (&["Bearer a b"], "/api", Refusal::NotBearer),
        (&["Bearer a,b"], "/api", Refusal::NotBearer),
        (&["Bearer\ta"], "/api", Refusal::NotBearer),
        (&["Bearer a", "Bearer a"], "/api", Refusal::SeveralTokens),
        (&["Bearer a"], "/api?access_token=a", Refusal::TokenInUrl),
        (&[], "/api?x=1&access_token=a", Refusal::TokenInUrl),
        (&[], "/api?access%5Ftoken=a", Refusal::TokenInUrl),
    ];
    for (values, uri, expected) in cases {
        assert_eq!(token(values, uri), Err(expected), "{values:?} {uri}");
    }
}

#[test]
fn s78_every_hmac_form_is_recognised() {
    let forms = [
        HMAC,
        "Acquia-HTTP-HMAC realm=\"x\"",
        "ACQUIA-HTTP-HMAC",
        "Acquia 1:c2ln",
        "HMAC x",
        "hmac-sha256 x",
        "HMAC-SHA1 Credential=x",
        "Bearer abc, acquia-http-hmac realm=\"x\"",
    ];
    for form in forms {
        assert!(is_hmac(&headers(&[form])), "{form}");
        assert_eq!(token(&[form], "/api"), Err(Refusal::Hmac), "{form}");
    }
}

#[test]
fn s78_hmac_beside_a_bearer_token_is_refused_as_hmac() {
    assert_eq!(token(&["Bearer abc", HMAC], "/api"), Err(Refusal::Hmac));
    assert_eq!(token(&[HMAC, "Bearer abc"], "/api"), Err(Refusal::Hmac));
}

#[test]
fn s78_a_bearer_token_is_not_taken_for_hmac() {
    assert!(!is_hmac(&headers(&["Bearer hmac"])));
    assert!(!is_hmac(&headers(&["Bearer acquia"])));
}
