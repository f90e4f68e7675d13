//! What has to work, so that nothing else passes by refusing everything.

use keymoor_sso::{Claim, oidc::Algorithm};
use serde_json::json;

use super::{
    idp::{ACCESS_TOKEN, Flow, NOW, REDIRECT, at, secret},
    signing::encode,
};

#[test]
fn a_sign_in_works_under_every_algorithm() {
    for algorithm in Algorithm::ALL {
        let identity = Flow::new(algorithm).finish();
        assert_eq!(identity.unwrap().subject, "subject-1", "{algorithm:?}");
    }
}

#[test]
fn the_identity_is_what_the_token_says() {
    let identity = Flow::es256().finish().unwrap();
    assert_eq!(identity.email.as_deref(), Some("ann@example.com"));
    assert_eq!(identity.name.as_deref(), Some("Ann"));
    assert_eq!(identity.session.as_deref(), Some("session-1"));
    assert_eq!(identity.authenticated_at, NOW.plus(-1));
}

#[test]
fn every_claim_is_told_in_the_providers_order() {
    let flow = Flow::es256();
    let claims = flow.claims().to_string();
    let claims = claims.replacen('{', r#"{"zeta":["a",1,null],"alpha":{"b":true},"#, 1);
    let token = flow.key.jwt(&flow.key.header().to_string(), &claims);
    let told = flow.with(&token).unwrap().claims;
    let claim = |name: &str, values: &[&str]| Claim {
        name: name.to_owned(),
        values: values.iter().map(|&value| value.to_owned()).collect(),
    };
    assert_eq!(told[0], claim("zeta", &["a", "1", "null"]));
    assert_eq!(told[1], claim("alpha", &[r#"{"b":true}"#]));
    assert!(told.contains(&claim("email_verified", &["true"])));
    assert_eq!(told.len(), 12);
}

#[test]
fn the_code_is_exchanged_with_everything_that_belongs_to_it() {
    let flow = Flow::es256();
    flow.finish().unwrap();
    let form = flow.idp.form(&at("token"));
    assert_eq!(form["grant_type"], "authorization_code");
    assert_eq!(form["code"], "the code");
    assert_eq!(form["redirect_uri"], REDIRECT);
    assert_eq!(form["code_verifier"], secret(&flow.begun, "code_verifier"));
    assert_eq!(form.len(), 4);
}

#[test]
fn auth_time_is_when_the_person_proved_it() {
    let told = |seconds: i64| {
        let at = NOW.plus(seconds).seconds();
        let identity = Flow::es256().claiming(|claims| claims["auth_time"] = json!(at));
        identity.unwrap().authenticated_at
    };
    assert_eq!(told(-86_400), NOW.plus(-86_400));
    // A provider whose clock is ahead does not make it the future.
    assert_eq!(told(59), NOW);
}

#[test]
fn at_hash_is_checked_with_the_algorithms_own_hash() {
    use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
    let hashes = [(Algorithm::Rs256, &SHA256), (Algorithm::Es384, &SHA384)];
    for (algorithm, hash) in hashes.into_iter().chain([(Algorithm::EdDsa, &SHA512)]) {
        let whole = digest(hash, ACCESS_TOKEN.as_bytes());
        let half = encode(&whole.as_ref()[..whole.as_ref().len() / 2]);
        let identity = Flow::new(algorithm).claiming(|claims| claims["at_hash"] = json!(half));
        assert!(identity.is_ok(), "{algorithm:?}");
    }
}

#[test]
fn a_key_without_an_algorithm_serves_every_one_of_its_kind() {
    for algorithm in [Algorithm::Rs512, Algorithm::Ps256, Algorithm::Es256, Algorithm::EdDsa] {
        let flow = Flow::new(algorithm);
        let mut jwk = flow.key.jwk();
        jwk.as_object_mut().unwrap().remove("alg");
        jwk.as_object_mut().unwrap().remove("use");
        flow.idp.json(&at("jwks"), &json!({"keys": [jwk]}));
        assert!(flow.finish().is_ok(), "{algorithm:?}");
    }
}

#[test]
fn a_token_without_kid_is_signed_with_the_only_key() {
    let flow = Flow::es256();
    assert!(flow.heading(|header| drop(header.as_object_mut().unwrap().remove("kid"))).is_ok());
}

#[test]
fn several_audiences_are_fine_with_us_as_party() {
    let identity = Flow::es256().claiming(|claims| {
        claims["aud"] = json!(["client", "api"]);
        claims["azp"] = json!("client");
    });
    assert!(identity.is_ok());
}

#[test]
fn the_name_of_the_newer_rfc_is_taken_too() {
    let flow = Flow::new(Algorithm::EdDsa);
    assert!(flow.heading(|header| header["alg"] = json!("Ed25519")).is_ok());
}

#[test]
fn what_was_begun_survives_being_kept() {
    let mut flow = Flow::es256();
    let kept = serde_json::to_string(&flow.begun).unwrap();
    flow.begun = serde_json::from_str(&kept).unwrap();
    let kept = serde_json::to_string(&flow.metadata).unwrap();
    flow.metadata = serde_json::from_str(&kept).unwrap();
    assert!(flow.finish().is_ok());
}

#[test]
fn no_secret_shows() {
    let flow = Flow::es256();
    flow.finish().unwrap();
    let request = format!("{:?}", flow.idp.asked.lock().unwrap());
    let seen = format!("{request}{:?}{:?}{:?}", flow.provider, flow.begun, flow.callback);
    for secret in ["a secret", "the code", "Basic", flow.begun.state(), &flow.nonce()] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
    }
}
