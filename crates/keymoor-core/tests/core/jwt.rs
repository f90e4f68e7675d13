use std::sync::Arc;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keymoor_core::{
    claims::Claims,
    jwt::{Algorithm, Expectation, KeySet, Signer, TokenFault, verify},
};
use keymoor_testkit::{NOW, claims, expectation, signer};

fn keys(signer: &Signer) -> KeySet {
    KeySet::from_iter([signer.verification_key()])
}

fn part(token: &str, index: usize) -> String {
    let part = token.split('.').nth(index).unwrap();
    String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

#[test]
fn s23_a_token_has_the_header_and_claims_of_rfc_9068() {
    let signer = signer(Algorithm::Es256);
    let token = signer.sign(&claims());
    let kid = &signer.jwk().kid;
    assert_eq!(part(&token, 0), format!(r#"{{"alg":"ES256","kid":"{kid}","typ":"at+jwt"}}"#));
    insta::assert_snapshot!(part(&token, 1), @r#"{"iss":"https://auth.example.com","sub":"01a1ee56-5e00-72ac-b36b-a9bb61877573","client_id":"737a74e5-f890-4faf-afcc-5252147fbc5b","aud":"https://auth.example.com/api","exp":1795461360,"iat":1795461060,"jti":"07070707-0707-4707-8707-070707070707"}"#);
}

#[test]
fn what_is_signed_verifies_under_every_algorithm() {
    for algorithm in Algorithm::ALL {
        let signer = signer(algorithm);
        let verified = verify(&signer.sign(&claims()), &keys(&signer), &expectation(), NOW);
        let verified = verified.unwrap();
        assert_eq!(*verified.claims(), claims());
        assert_eq!(verified.kid(), signer.jwk().kid);
    }
}

#[test]
fn another_key_does_not_verify_it() {
    let (signer, other) = (signer(Algorithm::Es256), signer(Algorithm::Es256));
    let answer = verify(&signer.sign(&claims()), &keys(&other), &expectation(), NOW);
    assert_eq!(answer.unwrap_err(), TokenFault::UnknownKey);
}

#[test]
fn it_holds_until_the_second_of_its_expiry() {
    let signer = signer(Algorithm::EdDsa);
    let token = signer.sign(&claims());
    let at = |seconds: i64, leeway: u32| {
        let expectation = Expectation { leeway, ..expectation() };
        verify(&token, &keys(&signer), &expectation, NOW.plus(seconds)).err()
    };
    assert_eq!(at(299, 0), None);
    assert_eq!(at(300, 0), Some(TokenFault::Expired));
    assert_eq!(at(304, 5), None);
    assert_eq!(at(305, 5), Some(TokenFault::Expired));
    assert_eq!(at(-1, 0), Some(TokenFault::NotYetValid));
    assert_eq!(at(-5, 5), None);
    assert_eq!(at(-6, 5), Some(TokenFault::NotYetValid));
}

#[test]
fn not_before_is_honoured() {
    let signer = signer(Algorithm::EdDsa);
    let token = signer.sign(&Claims { nbf: Some(NOW.plus(10)), ..claims() });
    let at = |seconds| verify(&token, &keys(&signer), &expectation(), NOW.plus(seconds)).err();
    assert_eq!(at(9), Some(TokenFault::NotYetValid));
    assert_eq!(at(10), None);
}

#[test]
fn s28_another_issuer_or_audience_is_refused() {
    let signer = signer(Algorithm::EdDsa);
    let right = expectation();
    let variants = |url: &str| {
        [
            format!("{url}/"),
            url.to_uppercase(),
            url[..url.len() - 1].to_owned(),
            format!("{url}.evil.example"),
            url.replace("https", "http"),
            String::new(),
        ]
    };
    for issuer in variants(&right.issuer) {
        let token = signer.sign(&Claims { iss: Arc::from(issuer), ..claims() });
        let answer = verify(&token, &keys(&signer), &right, NOW);
        assert_eq!(answer.unwrap_err(), TokenFault::Issuer);
    }
    for audience in variants(&right.audience) {
        let token = signer.sign(&Claims { aud: Arc::from(audience), ..claims() });
        let answer = verify(&token, &keys(&signer), &right, NOW);
        assert_eq!(answer.unwrap_err(), TokenFault::Audience);
    }
}
