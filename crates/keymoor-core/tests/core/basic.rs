use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, Method, Uri, header::AUTHORIZATION};
use keymoor_core::wire::{InvalidClient, InvalidRequest, OAuthError, RequestHead, TokenRequest};
use keymoor_testkit::Fixture;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

const GRANT: &str = "grant_type=client_credentials";

fn request(value: &[u8], body: &str) -> Result<TokenRequest, OAuthError> {
    let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::from_bytes(value).unwrap())]);
    let (uri, method) = (Uri::from_static("/token"), Method::POST);
    TokenRequest::parse(
        RequestHead { method: &method, uri: &uri, headers: &headers },
        body.as_bytes(),
    )
}

fn basic(pair: &str, body: &str) -> Result<TokenRequest, OAuthError> {
    request(format!("Basic {}", STANDARD.encode(pair)).as_bytes(), body)
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

proptest! {
    #[test]
    fn s14_every_clients_way_of_encoding_reads_the_same(seed: u64) {
        let fixture = Fixture::new(seed);
        let (key, secret) = (fixture.facts.api_key.to_string(), fixture.secret.expose());
        let pairs = [
            format!("{key}:{secret}"),
            format!("{key}:{}", encoded(secret)),
            format!("{}:{}", encoded(&key), encoded(secret)),
            format!("{}:{secret}", key.replace('-', "%2d")),
        ];
        for pair in pairs {
            let client = basic(&pair, GRANT).unwrap().client;
            prop_assert_eq!(client.api_key, Some(fixture.facts.api_key));
            prop_assert_eq!(client.secret.damage(), None);
            let known = keymoor_core::authenticate::authenticate(
                &client.secret, Some(&fixture.facts), &fixture.pepper);
            prop_assert!(known.is_some());
        }
    }
}

#[test]
fn s13_a_secret_in_the_body_beside_basic_is_refused() {
    let fixture = Fixture::new(1);
    let (key, secret) = (fixture.facts.api_key, fixture.secret.expose());
    let answer = basic(&format!("{key}:{secret}"), &format!("{GRANT}&client_secret={secret}"));
    assert_eq!(answer.err(), Some(OAuthError::InvalidRequest(InvalidRequest::SeveralMethods)));
}

#[test]
fn s13_an_equal_client_id_in_the_body_is_allowed_and_another_refused() {
    let fixture = Fixture::new(1);
    let (key, secret) = (fixture.facts.api_key, fixture.secret.expose());
    let pair = format!("{key}:{secret}");
    assert!(basic(&pair, &format!("{GRANT}&client_id={key}")).is_ok());
    let answer = basic(&pair, &format!("{GRANT}&client_id=other"));
    assert_eq!(answer.err(), Some(OAuthError::InvalidRequest(InvalidRequest::OtherClient)));
}

#[test]
fn s14_loose_base64_is_refused() {
    let fixture = Fixture::new(1);
    let pair = format!("{}:{}", fixture.facts.api_key, fixture.secret.expose());
    // 36 + 1 + 52 bytes leave two bytes too many: one pad character and two unused bits.
    let good = STANDARD.encode(&pair);
    let unpadded = good.trim_end_matches('=');
    let mut loose_bits = unpadded.as_bytes().to_vec();
    *loose_bits.last_mut().unwrap() += 1;
    let loose_bits = format!("{}=", String::from_utf8(loose_bits).unwrap());
    let malformed = [
        unpadded.to_owned(),
        format!("{unpadded}=="),
        format!("{good}="),
        loose_bits,
        format!("{good} "),
        format!("{good}\t"),
        format!("{}\t{}", &good[..8], &good[8..]),
        format!("{} {}", &good[..8], &good[8..]),
        format!("{good}{good}"),
        format!("={good}"),
        format!("{good},"),
        format!("\"{good}\""),
        good.replacen('M', "-", 1),
        good.replacen('M', "_", 1),
        good.replacen('M', "!", 1),
        good.replacen('M', "%", 1),
        String::new(),
        "=".to_owned(),
        "====".to_owned(),
        "A".to_owned(),
        "AA".to_owned(),
        "AAA".to_owned(),
        "AAAA".to_owned(),
        ":".to_owned(),
        pair.clone(),
        STANDARD.encode("no colon"),
        STANDARD.encode([0xFF, 0xFE, b':', 0xFF]),
        STANDARD.encode([0x80, b':', 0x80]),
        STANDARD.encode([0xC0, 0xAF, b':', 0xC0]),
        STANDARD.encode(""),
    ];
    for value in malformed {
        let answer = request(format!("Basic {value}").as_bytes(), GRANT).err();
        let expected = OAuthError::InvalidClient(InvalidClient::BasicForm);
        assert_eq!(answer, Some(expected), "{value:?}");
    }
    assert!(request(format!("basic  {good}").as_bytes(), GRANT).is_ok());
}

#[test]
fn another_scheme_is_refused() {
    for value in ["Bearer abc", "Digest x", "Basic", "x", "Negotiate abc="] {
        let answer = request(value.as_bytes(), GRANT).err();
        assert_eq!(answer, Some(OAuthError::InvalidRequest(InvalidRequest::NotBasic)), "{value}");
    }
}
