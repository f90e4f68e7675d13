use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use keymoor_sso::oidc::{OidcRefusal, TokenFault};
use serde_json::json;
use url::Url;

use super::{
    idp::{Flow, NOW, at, begin, callback, refused, secret},
    signing::encode,
};

fn parameters(url: &str) -> HashMap<String, String> {
    Url::parse(url).unwrap().query_pairs().into_owned().collect()
}

#[test]
fn s55_the_authorization_request_carries_state_nonce_and_an_s256_challenge() {
    let flow = Flow::es256();
    let url = flow.begun.authorization_url(&flow.provider, &flow.metadata).unwrap();
    assert!(url.starts_with(&at("authorize?")));
    let sent = parameters(&url);
    assert_eq!(sent["response_type"], "code");
    assert_eq!(sent["client_id"], "client");
    assert_eq!(sent["scope"], "openid email profile");
    assert_eq!(sent["state"], flow.begun.state());
    assert_eq!(sent["nonce"], flow.nonce());
    assert_eq!(sent["code_challenge_method"], "S256");
    let verifier = secret(&flow.begun, "code_verifier");
    assert_eq!(sent["code_challenge"], encode(digest(&SHA256, verifier.as_bytes())));
    assert!(!url.contains(&verifier));
    assert!(!sent.contains_key("prompt"));
}

#[test]
fn s55_state_nonce_and_verifier_are_three_different_secrets() {
    let begun = Flow::es256().begun;
    let (state, nonce) = (secret(&begun, "state"), secret(&begun, "nonce"));
    let verifier = secret(&begun, "code_verifier");
    assert!(state != nonce && nonce != verifier && verifier != state);
    assert!([state, nonce, verifier].iter().all(|text| text.len() == 43));
}

#[test]
fn what_the_endpoints_own_query_says_is_kept() {
    let mut flow = Flow::es256();
    flow.metadata.authorization_endpoint = at("authorize?tenant=a%26b");
    let url = flow.begun.authorization_url(&flow.provider, &flow.metadata).unwrap();
    assert_eq!(parameters(&url)["tenant"], "a&b");
    assert_eq!(parameters(&url)["client_id"], "client");
}

#[test]
fn a_forced_sign_in_asks_for_a_new_proof() {
    let flow = Flow::forced();
    let sent = parameters(&flow.begun.authorization_url(&flow.provider, &flow.metadata).unwrap());
    assert_eq!((&*sent["prompt"], &*sent["max_age"]), ("login", "0"));
}

#[test]
fn s55_the_state_of_another_browser_is_refused() {
    let mut flow = Flow::es256();
    let other = begin(&flow.provider, 9, false);
    flow.callback = callback(&other);
    assert_eq!(flow.finish().unwrap_err(), OidcRefusal::State);
    assert_eq!(flow.idp.count(&at("token")), 0, "the code was not spent");
}

#[test]
fn s55_a_missing_cut_or_longer_state_is_refused() {
    let mut flow = Flow::es256();
    let state = flow.begun.state().to_owned();
    let wrong = [None, Some(String::new()), Some(state[..42].to_owned()), Some(state + "A")];
    for state in wrong {
        flow.callback.state = state;
        assert_eq!(flow.finish().unwrap_err(), OidcRefusal::State);
    }
}

#[test]
fn s55_the_nonce_of_another_sign_in_is_refused() {
    let flow = Flow::es256();
    let other = secret(&begin(&flow.provider, 9, false), "nonce");
    refused(flow.claiming(|claims| claims["nonce"] = json!(other)), TokenFault::Nonce);
}

#[test]
fn s55_a_missing_or_empty_nonce_is_refused() {
    let flow = Flow::es256();
    let without = |claims: &mut serde_json::Value| {
        claims.as_object_mut().unwrap().remove("nonce");
    };
    refused(flow.claiming(without), TokenFault::Nonce);
    refused(flow.claiming(|claims| claims["nonce"] = json!("")), TokenFault::Nonce);
    refused(flow.claiming(|claims| claims["nonce"] = json!(7)), TokenFault::Claim("nonce"));
}

/// The provider compares; what it is sent has to be this sign-in's.
#[test]
fn s55_the_verifier_is_the_one_of_the_challenge() {
    let flow = Flow::es256();
    let url = flow.begun.authorization_url(&flow.provider, &flow.metadata).unwrap();
    flow.finish().unwrap();
    let verifier = flow.idp.form(&at("token"))["code_verifier"].clone();
    let challenge = encode(digest(&SHA256, verifier.as_bytes()));
    assert_eq!(parameters(&url)["code_challenge"], challenge);
    let other = begin(&flow.provider, 9, false);
    assert_ne!(secret(&other, "code_verifier"), verifier);
}

#[test]
fn s55_a_swapped_verifier_ends_as_the_providers_refusal() {
    let mut flow = Flow::es256();
    let mut kept = serde_json::to_value(&flow.begun).unwrap();
    kept["code_verifier"] = json!(secret(&begin(&flow.provider, 9, false), "code_verifier"));
    flow.begun = serde_json::from_value(kept).unwrap();
    let answer = json!({"error": "invalid_grant", "error_description": "PKCE"});
    flow.idp.put(&at("token"), 400, "application/json", answer.to_string());
    let refusal = flow.finish().unwrap_err();
    assert!(matches!(refusal, OidcRefusal::Provider { error, .. } if error == "invalid_grant"));
}

#[test]
fn a_sign_in_that_was_begun_too_long_ago_is_refused() {
    let flow = Flow::es256();
    assert_eq!(flow.finish_at(NOW.plus(871)).unwrap_err(), OidcRefusal::Late);
    assert_ne!(flow.finish_at(NOW.plus(870)).unwrap_err(), OidcRefusal::Late);
}
