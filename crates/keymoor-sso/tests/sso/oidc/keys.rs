use keymoor_sso::oidc::{Algorithm, KEYS_LIFE, OidcError, OidcRefusal, REFETCH_PAUSE, TokenFault};
use serde_json::{Value, json};

use super::{
    idp::{Flow, NOW, at, refused},
    signing::SigningKey,
};

/// The flow, with a token of a key that is not published.
fn unknown() -> (Flow, SigningKey) {
    let flow = Flow::es256();
    let other = SigningKey::new(Algorithm::Es256, "key-2");
    flow.answer(&other.jwt(&other.header().to_string(), &flow.claims().to_string()));
    (flow, other)
}

#[test]
fn keys_are_fetched_once() {
    let flow = Flow::es256();
    for _ in 0..3 {
        flow.finish().unwrap();
    }
    assert_eq!(flow.idp.count(&at("jwks")), 1);
}

#[test]
fn s57_a_new_key_is_fetched_when_it_is_used() {
    let (flow, other) = unknown();
    flow.answer(&flow.id_token(&flow.claims()));
    flow.finish().unwrap();
    flow.answer(&other.jwt(&other.header().to_string(), &flow.claims().to_string()));
    flow.idp.json(&at("jwks"), &json!({"keys": [flow.key.jwk(), other.jwk()]}));
    assert!(flow.finish_at(NOW.plus(REFETCH_PAUSE)).is_ok());
    assert_eq!(flow.idp.count(&at("jwks")), 2);
}

#[test]
fn s57_unknown_keys_cause_one_fetch_in_ten_seconds() {
    let (flow, _) = unknown();
    for _ in 0..50 {
        refused(flow.finish_at(NOW), TokenFault::UnknownKey);
    }
    refused(flow.finish_at(NOW.plus(REFETCH_PAUSE - 1)), TokenFault::UnknownKey);
    assert_eq!(flow.idp.count(&at("jwks")), 1);
    refused(flow.finish_at(NOW.plus(REFETCH_PAUSE)), TokenFault::UnknownKey);
    assert_eq!(flow.idp.count(&at("jwks")), 2);
}

#[test]
fn a_failed_fetch_is_not_repeated_at_once_either() {
    let flow = Flow::es256();
    flow.idp.put(&at("jwks"), 500, "text/plain", "no");
    let status = OidcError::Status { url: at("jwks"), status: 500 };
    assert_eq!(flow.finish().unwrap_err(), OidcRefusal::Unusable(status));
    for _ in 0..10 {
        let refusal = flow.finish().unwrap_err();
        assert_eq!(refusal, OidcRefusal::Unusable(OidcError::KeysUnavailable));
    }
    assert_eq!(flow.idp.count(&at("jwks")), 1);
}

#[test]
fn s57_a_withdrawn_key_goes_within_the_hour() {
    let flow = Flow::es256();
    flow.finish().unwrap();
    let other = SigningKey::new(Algorithm::Es256, "key-2");
    flow.idp.json(&at("jwks"), &json!({"keys": [other.jwk()]}));
    let later = NOW.plus(KEYS_LIFE);
    let mut flow = flow;
    let mut kept = serde_json::to_value(&flow.begun).unwrap();
    kept["at"] = json!(later.seconds());
    flow.begun = serde_json::from_value(kept).unwrap();
    let mut claims = flow.claims();
    claims["iat"] = json!(later.seconds());
    claims["exp"] = json!(later.plus(300).seconds());
    flow.answer(&flow.id_token(&claims));
    refused(flow.finish_at(later), TokenFault::UnknownKey);
}

#[test]
fn a_clock_that_was_set_back_does_not_stop_the_fetching() {
    let (flow, _) = unknown();
    refused(flow.finish_at(NOW.plus(100)), TokenFault::UnknownKey);
    refused(flow.finish_at(NOW), TokenFault::UnknownKey);
    assert_eq!(flow.idp.count(&at("jwks")), 2);
}

#[test]
fn keys_of_one_set_do_not_count_for_another() {
    let mut flow = Flow::es256();
    flow.finish().unwrap();
    let other = SigningKey::new(Algorithm::Es256, "key-1");
    flow.metadata.jwks_uri = at("jwks-2");
    flow.idp.json(&at("jwks-2"), &json!({"keys": [other.jwk()]}));
    assert!(flow.finish().is_err());
}

fn with_jwk(change: impl FnOnce(&mut Value)) -> Result<(), OidcRefusal> {
    let flow = Flow::es256();
    let mut jwk = flow.key.jwk();
    change(&mut jwk);
    flow.idp.json(&at("jwks"), &json!({"keys": [jwk]}));
    flow.finish().map(drop)
}

#[test]
fn s57_a_key_that_is_not_for_signatures_is_of_no_use() {
    let none = OidcRefusal::Unusable(OidcError::NoKeys(at("jwks")));
    let wrong = [
        ("use", json!("enc")),
        ("key_ops", json!(["encrypt"])),
        ("key_ops", json!("verify")),
        ("alg", json!("HS256")),
        ("alg", json!("ECDH-ES")),
        ("kty", json!("oct")),
        ("kty", json!("RSA")),
        ("crv", json!("P-521")),
        ("crv", json!("P-384")),
        ("x", json!("AAAA")),
        ("y", json!(null)),
        // The private half.
        ("d", json!("AAAA")),
    ];
    for (name, value) in wrong {
        assert_eq!(with_jwk(|jwk| jwk[name] = value.clone()).unwrap_err(), none, "{name}: {value}");
    }
    assert!(with_jwk(|jwk| jwk["key_ops"] = json!(["verify"])).is_ok());
}

#[test]
fn s57_a_point_that_is_not_on_the_curve_verifies_nothing() {
    let refusal = with_jwk(|jwk| jwk["y"] = jwk["x"].clone()).unwrap_err();
    assert_eq!(refusal, OidcRefusal::Token(TokenFault::Signature));
}

#[test]
fn s57_two_keys_of_one_name_are_ambiguous() {
    let flow = Flow::es256();
    let other = SigningKey::new(Algorithm::Es256, "key-1");
    flow.idp.json(&at("jwks"), &json!({"keys": [flow.key.jwk(), other.jwk()]}));
    refused(flow.finish(), TokenFault::AmbiguousKey);
}

#[test]
fn s57_a_token_without_kid_needs_a_single_key() {
    let flow = Flow::es256();
    let other = SigningKey::new(Algorithm::Es256, "key-2");
    flow.idp.json(&at("jwks"), &json!({"keys": [flow.key.jwk(), other.jwk()]}));
    let without = |header: &mut Value| drop(header.as_object_mut().unwrap().remove("kid"));
    refused(flow.heading(without), TokenFault::AmbiguousKey);
}

#[test]
fn keys_of_unknown_kinds_are_passed_over() {
    let flow = Flow::es256();
    let odd = [json!(7), json!({}), json!({"kty": "LMS"}), json!({"kty": "oct", "k": "AAAA"})];
    let keys: Vec<_> = odd.into_iter().chain([flow.key.jwk()]).collect();
    flow.idp.json(&at("jwks"), &json!({"keys": keys}));
    assert!(flow.finish().is_ok());
}

#[test]
fn a_key_set_that_is_none_is_refused() {
    for body in ["", "[]", "not json", "{\"keys\":[],\"keys\":[]}"] {
        let flow = Flow::es256();
        flow.idp.put(&at("jwks"), 200, "application/json", body);
        let refusal = OidcRefusal::Unusable(OidcError::NotJson(at("jwks")));
        assert_eq!(flow.finish().unwrap_err(), refusal);
    }
    for body in ["{}", "{\"keys\":{}}", "{\"keys\":[]}"] {
        let flow = Flow::es256();
        flow.idp.put(&at("jwks"), 200, "application/jwk-set+json", body);
        let refusal = OidcRefusal::Unusable(OidcError::NoKeys(at("jwks")));
        assert_eq!(flow.finish().unwrap_err(), refusal);
    }
}
