use keymoor_core::{
    jwks::{Jwk, Jwks},
    jwt::{Algorithm, KeySet},
};
use keymoor_testkit::signer;

#[test]
fn a_published_key_verifies_again() {
    for algorithm in Algorithm::ALL {
        let signer = signer(algorithm);
        let published = serde_json::to_string(&Jwks { keys: vec![signer.jwk().clone()] }).unwrap();
        let read: Jwks = serde_json::from_str(&published).unwrap();
        assert!(KeySet::from_jwks(&read).contains(&signer.jwk().kid), "{algorithm}");
    }
}

#[test]
fn s31_what_is_published_holds_no_private_member() {
    for algorithm in Algorithm::ALL {
        let published = serde_json::to_value(signer(algorithm).jwk()).unwrap();
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(published.get(private).is_none(), "{algorithm} {private}");
        }
    }
}

#[test]
fn keys_of_other_kinds_are_passed_over() {
    let good = signer(Algorithm::Es256).jwk().clone();
    let spoiled: [fn(&mut Jwk); 8] = [
        |jwk| jwk.usage = "enc".to_owned(),
        |jwk| jwk.usage = String::new(),
        |jwk| jwk.kid = String::new(),
        |jwk| jwk.alg = "ES384".to_owned(),
        |jwk| jwk.alg = "EdDSA".to_owned(),
        |jwk| jwk.kty = "oct".to_owned(),
        |jwk| jwk.crv = Some("P-384".to_owned()),
        |jwk| jwk.x = Some("AAAA".to_owned()),
    ];
    for (index, spoil) in spoiled.into_iter().enumerate() {
        let mut jwk = good.clone();
        spoil(&mut jwk);
        assert!(KeySet::from_jwks(&Jwks { keys: vec![jwk] }).is_empty(), "{index}");
    }
    assert!(!KeySet::from_jwks(&Jwks { keys: vec![good] }).is_empty());
}

#[test]
fn unknown_members_are_ignored() {
    let text = r#"{"keys":[{"kty":"oct","k":"AAAA","future":{"a":[1]}}],"more":1}"#;
    let read: Jwks = serde_json::from_str(text).unwrap();
    assert!(KeySet::from_jwks(&read).is_empty());
}

#[test]
fn a_small_rsa_key_is_unusable() {
    let jwk = Jwk {
        kty: "RSA".to_owned(),
        kid: "small".to_owned(),
        usage: "sig".to_owned(),
        alg: "RS256".to_owned(),
        n: Some("AQAB".repeat(43)),
        e: Some("AQAB".to_owned()),
        ..Jwk::default()
    };
    assert!(jwk.verification_key().is_err());
}
