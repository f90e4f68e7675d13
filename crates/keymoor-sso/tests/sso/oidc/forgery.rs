//! Tokens that the provider did not sign, or not so.

use aws_lc_rs::{hmac, signature::KeyPair};
use keymoor_sso::oidc::{Algorithm, MAX_JWT, OidcError, OidcRefusal, TokenFault};
use serde_json::{Value, json};

use super::{
    idp::{Flow, at, refused},
    signing::{RSA, SigningKey, encode},
};

#[test]
fn s57_a_token_without_signature_is_refused() {
    let flow = Flow::es256();
    for alg in ["none", "None", "NONE", "nOnE"] {
        let header = json!({"alg": alg, "kid": "key-1"}).to_string();
        let token = format!("{}.{}.", encode(header), encode(flow.claims().to_string()));
        refused(flow.with(&token), TokenFault::Algorithm(alg.to_owned()));
    }
    let token = flow.id_token(&flow.claims());
    let (message, _) = token.rsplit_once('.').unwrap();
    refused(flow.with(&format!("{message}.")), TokenFault::Signature);
    refused(flow.with(message), TokenFault::Malformed);
}

/// The public key, as anybody has it, used as a shared secret.
#[test]
fn s57_a_token_with_the_public_key_as_shared_secret_is_refused() {
    let flow = Flow::new(Algorithm::Rs256);
    let modulus = RSA.public_key().modulus().big_endian_without_leading_zero().to_vec();
    let secrets = [flow.key.jwk().to_string().into_bytes(), modulus, b"a secret".to_vec()];
    for (secret, alg) in secrets.iter().zip(["HS256", "HS384", "HS512"]) {
        let message = format!(
            "{}.{}",
            encode(json!({"alg": alg, "kid": "key-1"}).to_string()),
            encode(flow.claims().to_string())
        );
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let token = format!("{message}.{}", encode(hmac::sign(&key, message.as_bytes())));
        refused(flow.with(&token), TokenFault::Algorithm(alg.to_owned()));
    }
}

#[test]
fn s57_a_token_of_another_key_with_the_same_kid_is_refused() {
    for algorithm in [Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa] {
        let flow = Flow::new(algorithm);
        let other = SigningKey::new(algorithm, "key-1");
        let token = other.jwt(&other.header().to_string(), &flow.claims().to_string());
        refused(flow.with(&token), TokenFault::Signature);
    }
}

/// The kid of one key with the algorithm of another kind of key, though the key names none.
#[test]
fn s57_a_kid_of_another_kind_of_key_is_refused() {
    for (own, others) in [
        (Algorithm::Rs256, ["ES256", "ES384", "EdDSA"]),
        (Algorithm::Es256, ["RS256", "ES384", "EdDSA"]),
        (Algorithm::EdDsa, ["PS256", "ES256", "ES384"]),
    ] {
        let flow = Flow::new(own);
        let mut jwk = flow.key.jwk();
        jwk.as_object_mut().unwrap().remove("alg");
        flow.idp.json(&at("jwks"), &json!({"keys": [jwk]}));
        for alg in others {
            refused(flow.heading(|header| header["alg"] = json!(alg)), TokenFault::UnknownKey);
        }
    }
}

/// A key for PS256 does not verify what is signed with it as RS256.
#[test]
fn s57_a_key_serves_no_other_algorithm_than_it_names() {
    let flow = Flow::new(Algorithm::Rs256);
    let mut jwk = flow.key.jwk();
    jwk["alg"] = json!("PS256");
    flow.idp.json(&at("jwks"), &json!({"keys": [jwk]}));
    refused(flow.finish(), TokenFault::UnknownKey);
}

#[test]
fn s57_a_signature_of_another_scheme_is_refused() {
    let flow = Flow::new(Algorithm::Rs256);
    let mut jwk = flow.key.jwk();
    jwk.as_object_mut().unwrap().remove("alg");
    flow.idp.json(&at("jwks"), &json!({"keys": [jwk]}));
    let pss = SigningKey::new(Algorithm::Ps256, "key-1");
    let token = pss.jwt(&flow.key.header().to_string(), &flow.claims().to_string());
    refused(flow.with(&token), TokenFault::Signature);
}

#[test]
fn s57_an_algorithm_that_the_provider_did_not_announce_is_refused() {
    let mut flow = Flow::es256();
    flow.metadata.algorithms = vec![Algorithm::Rs256];
    refused(flow.finish(), TokenFault::Algorithm("ES256".to_owned()));
}

#[test]
fn s57_an_algorithm_that_is_not_one_is_refused() {
    let flow = Flow::es256();
    for alg in ["", "es256", "ES256 ", "ES512", "RS1", "RSA-OAEP", "dir"] {
        let fault = TokenFault::Algorithm(alg.to_owned());
        refused(flow.heading(|header| header["alg"] = json!(alg)), fault);
    }
    refused(flow.heading(|header| header["alg"] = json!(7)), TokenFault::Claim("alg"));
    let without = |header: &mut Value| drop(header.as_object_mut().unwrap().remove("alg"));
    refused(flow.heading(without), TokenFault::Malformed);
}

/// A token that brings its own key, and is signed with it.
#[test]
fn s57_a_header_that_brings_a_key_is_refused() {
    let flow = Flow::es256();
    let own = SigningKey::new(Algorithm::Es256, "key-1");
    let jwks = "https://evil.example.com/jwks";
    flow.idp.json(jwks, &json!({"keys": [own.jwk()]}));
    let brought =
        [("jwk", own.jwk()), ("jku", json!(jwks)), ("x5u", json!(jwks)), ("x5c", json!(["MIIB"]))];
    for (name, value) in brought {
        let mut header = own.header();
        header[name] = value;
        let token = own.jwt(&header.to_string(), &flow.claims().to_string());
        refused(flow.with(&token), TokenFault::Header(name.to_owned()));
    }
    assert_eq!(flow.idp.count(jwks), 0);
}

#[test]
fn s57_a_header_that_asks_for_more_is_refused() {
    let flow = Flow::es256();
    let asked = [
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("cty", json!("JWT")),
    ];
    for (name, value) in asked {
        let fault = TokenFault::Header(name.to_owned());
        refused(flow.heading(|header| header[name] = value), fault);
    }
    assert!(flow.heading(|header| header["x5t"] = json!("AAAA")).is_ok(), "Entra sends it");
}

#[test]
fn s57_another_type_of_token_is_refused() {
    let flow = Flow::es256();
    for typ in ["at+jwt", "application/at+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", ""] {
        refused(flow.heading(|header| header["typ"] = json!(typ)), TokenFault::Type("JWT"));
    }
    assert!(flow.heading(|header| header["typ"] = json!("application/jwt")).is_ok());
    let without = |header: &mut Value| drop(header.as_object_mut().unwrap().remove("typ"));
    assert!(flow.heading(without).is_ok());
}

#[test]
fn s57_a_header_member_that_comes_twice_is_refused() {
    let flow = Flow::es256();
    let header = r#"{"alg":"none","alg":"ES256","kid":"key-1"}"#;
    let token = flow.key.jwt(header, &flow.claims().to_string());
    refused(flow.with(&token), TokenFault::Malformed);
}

#[test]
fn s57_a_changed_claim_is_seen() {
    let flow = Flow::es256();
    let token = flow.id_token(&flow.claims());
    let mut claims = flow.claims();
    claims["sub"] = json!("subject-2");
    let parts: Vec<_> = token.split('.').collect();
    let forged = format!("{}.{}.{}", parts[0], encode(claims.to_string()), parts[2]);
    refused(flow.with(&forged), TokenFault::Signature);
}

/// One spelling: every changed character makes it another token, which does not hold.
#[test]
fn s57_no_character_of_a_token_can_be_changed_left_out_or_added() {
    let flow = Flow::new(Algorithm::EdDsa);
    let token = flow.id_token(&flow.claims());
    for index in 0..token.len() {
        let (before, after) = token.split_at(index);
        let old = after.as_bytes()[0];
        let new = if old == b'A' { 'B' } else { 'A' };
        assert!(flow.with(&format!("{before}{new}{}", &after[1..])).is_err(), "{index}");
        assert!(flow.with(&format!("{before}{}", &after[1..])).is_err(), "{index} left out");
        assert!(flow.with(before).is_err(), "cut at {index}");
        assert!(flow.with(&format!("{before}={after}")).is_err(), "{index} added");
    }
    assert!(flow.with(&token).is_ok());
}

#[test]
fn s57_base64_that_is_not_canonical_is_refused() {
    // 64 bytes of signature leave 4 unused bits in the last character.
    let flow = Flow::new(Algorithm::EdDsa);
    let token = flow.id_token(&flow.claims());
    let last = token.chars().last().unwrap();
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit = alphabet.find(last).unwrap();
    let same_bits = alphabet.chars().nth(digit + 1).unwrap();
    let start = &token[..token.len() - 1];
    refused(flow.with(&format!("{start}{same_bits}")), TokenFault::Malformed);
    for ending in ["=", "==", " ", "\n", "."] {
        assert!(flow.with(&format!("{token}{ending}")).is_err(), "{ending:?}");
    }
    assert!(flow.with(&format!(" {token}")).is_err());
    let standard = token.replace('-', "+").replace('_', "/");
    assert!(standard == token || flow.with(&standard).is_err());
}

#[test]
fn s57_a_token_of_five_parts_is_refused() {
    let flow = Flow::es256();
    let token = flow.id_token(&flow.claims());
    refused(flow.with(&format!("{token}.e30.e30")), TokenFault::Malformed);
    refused(flow.with(&format!("e30.{token}")), TokenFault::Malformed);
}

#[test]
fn s57_a_token_without_end_is_not_read() {
    let flow = Flow::es256();
    let mut claims = flow.claims();
    claims["x"] = json!("x".repeat(MAX_JWT));
    refused(flow.with(&flow.id_token(&claims)), TokenFault::TooLong(MAX_JWT));
}

#[test]
fn s57_claims_that_are_no_object_are_refused() {
    let flow = Flow::es256();
    let deep = "[".repeat(10_000);
    for claims in ["", "[]", "null", "{", "{}{}", "\"a\"", "\u{feff}{}", &deep] {
        let token = flow.key.jwt(&flow.key.header().to_string(), claims);
        refused(flow.with(&token), TokenFault::Malformed);
    }
}

fn with_rsa_key(name: &str, value: &str) -> OidcRefusal {
    let flow = Flow::new(Algorithm::Rs256);
    let mut jwk = flow.key.jwk();
    jwk[name] = json!(value);
    flow.idp.json(&at("jwks"), &json!({"keys": [jwk]}));
    flow.finish().unwrap_err()
}

#[test]
fn s57_a_weak_rsa_key_is_of_no_use() {
    let short = encode([0xff; 128]);
    for (name, value) in [("n", &*short), ("n", ""), ("e", "AQ"), ("e", "Ag"), ("e", "AAA")] {
        let refusal = with_rsa_key(name, value);
        assert_eq!(refusal, OidcRefusal::Token(TokenFault::Signature), "{name}: {value}");
    }
}

#[test]
fn s57_an_rsa_key_that_takes_long_is_passed_over() {
    for (name, value) in [("n", encode([0xff; 1025])), ("n", "=".to_owned())] {
        let useless = OidcRefusal::Unusable(OidcError::NoKeys(at("jwks")));
        assert_eq!(with_rsa_key(name, &value), useless);
    }
}

/// RFC 7518 §6.3.1.1 forbids zeros in front, and some send them.
#[test]
fn zeros_in_front_of_a_modulus_do_no_harm() {
    let flow = Flow::new(Algorithm::Rs256);
    let modulus = RSA.public_key().modulus().big_endian_without_leading_zero();
    let mut jwk = flow.key.jwk();
    jwk["n"] = json!(encode([&[0], modulus].concat()));
    flow.idp.json(&at("jwks"), &json!({"keys": [jwk]}));
    assert!(flow.finish().is_ok());
}
