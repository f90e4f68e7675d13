//! Tokens that somebody made who may even have the key, but not the form.

use aws_lc_rs::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use keymoor_core::jwt::{Algorithm, KeySet, Signer, TokenFault, verify};
use keymoor_testkit::{NOW, claims, expectation, pkcs8};
use serde_json::{Value, json};

/// Signs any header and claims whatever with a key that the guard trusts.
struct Forger {
    pair: EcdsaKeyPair,
    signer: Signer,
}

impl Forger {
    fn new() -> Self {
        let pkcs8 = pkcs8(Algorithm::Es256);
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8).unwrap();
        Self { pair, signer: Signer::from_pkcs8(Algorithm::Es256, &pkcs8).unwrap() }
    }

    fn header(&self) -> Value {
        json!({ "alg": "ES256", "kid": self.signer.jwk().kid, "typ": "at+jwt" })
    }

    /// Signs until the low signature comes out, as the right signer would.
    fn sign(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", BASE64.encode(header), BASE64.encode(claims));
        loop {
            let made = self.pair.sign(&SystemRandom::new(), message.as_bytes()).unwrap();
            if made.as_ref()[32] < 0x7F {
                return format!("{message}.{}", BASE64.encode(made.as_ref()));
            }
        }
    }

    fn verify(&self, token: &str) -> Result<(), TokenFault> {
        let keys = KeySet::from_iter([self.signer.verification_key()]);
        verify(token, &keys, &expectation(), NOW).map(drop)
    }
}

fn claims_json() -> Value {
    serde_json::to_value(claims()).unwrap()
}

#[test]
fn the_forger_signs_what_the_guard_takes() {
    let forger = Forger::new();
    let token = forger.sign(&forger.header().to_string(), &claims_json().to_string());
    assert_eq!(forger.verify(&token), Ok(()));
}

#[test]
fn s24_the_token_does_not_choose_its_algorithm() {
    let forger = Forger::new();
    for alg in ["none", "None", "NONE", "", "HS256", "RS256", "EdDSA", "ES384", "es256"] {
        let mut header = forger.header();
        header["alg"] = json!(alg);
        let token = forger.sign(&header.to_string(), &claims_json().to_string());
        assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{alg}");
        let unsigned = format!("{}.", token.rsplit_once('.').unwrap().0);
        assert!(forger.verify(&unsigned).is_err(), "{alg}");
    }
}

#[test]
fn s24_the_public_key_is_no_hmac_secret() {
    let forger = Forger::new();
    let mut header = forger.header();
    header["alg"] = json!("HS256");
    let jwk = forger.signer.jwk();
    let secrets = [jwk.x.clone().unwrap(), serde_json::to_string(jwk).unwrap()];
    for secret in secrets {
        let claims = BASE64.encode(claims_json().to_string());
        let message = format!("{}.{claims}", BASE64.encode(header.to_string()));
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, message.as_bytes());
        assert!(forger.verify(&format!("{message}.{}", BASE64.encode(tag))).is_err());
    }
}

#[test]
fn s24_a_header_with_anything_else_in_it_is_refused() {
    let forger = Forger::new();
    let jwk = serde_json::to_value(forger.signer.jwk()).unwrap();
    let extras = [
        ("jku", json!("https://evil.example/jwks.json")),
        ("jwk", jwk),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("x5c", json!(["MII"])),
        ("crit", json!(["exp"])),
        ("b64", json!(false)),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("extra", json!(1)),
    ];
    for (name, value) in extras {
        let mut header = forger.header();
        header[name] = value;
        let token = forger.sign(&header.to_string(), &claims_json().to_string());
        assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{name}");
    }
}

#[test]
fn s24_a_key_id_that_is_not_in_the_set_is_refused() {
    let forger = Forger::new();
    for kid in ["", "other", "../../etc/passwd", "' OR 1=1"] {
        let mut header = forger.header();
        header["kid"] = json!(kid);
        let token = forger.sign(&header.to_string(), &claims_json().to_string());
        assert_eq!(forger.verify(&token), Err(TokenFault::UnknownKey), "{kid}");
    }
    let mut header = forger.header();
    header.as_object_mut().unwrap().remove("kid");
    let token = forger.sign(&header.to_string(), &claims_json().to_string());
    assert_eq!(forger.verify(&token), Err(TokenFault::Malformed));
}

#[test]
fn s27_another_type_of_token_is_no_access_token() {
    let forger = Forger::new();
    let types =
        ["JWT", "jwt", "logout+jwt", "rt+jwt", "id+jwt", "AT+JWT", "application/at+jwt", ""];
    for typ in types {
        let mut header = forger.header();
        header["typ"] = json!(typ);
        let token = forger.sign(&header.to_string(), &claims_json().to_string());
        assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{typ}");
    }
}

#[test]
fn s25_no_claim_may_be_missing() {
    let forger = Forger::new();
    for name in ["iss", "sub", "client_id", "aud", "exp", "iat", "jti"] {
        let mut claims = claims_json();
        claims.as_object_mut().unwrap().remove(name);
        let token = forger.sign(&forger.header().to_string(), &claims.to_string());
        assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{name}");
    }
}

#[test]
fn s25_a_time_is_a_plausible_whole_number() {
    let forger = Forger::new();
    let values = [
        "\"1795461360\"",
        "1795461360.0",
        "1.8e9",
        "99999999999999999999",
        "253402300800",
        "-1",
        "true",
        "[]",
        "{}",
        "\"\"",
    ];
    for name in ["exp", "iat", "nbf"] {
        for value in values {
            let mut claims = claims_json();
            claims[name] = json!("MARK");
            let claims = claims.to_string().replace("\"MARK\"", value);
            let token = forger.sign(&forger.header().to_string(), &claims);
            assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{name} {value}");
        }
    }
    for name in ["exp", "iat"] {
        let mut claims = claims_json();
        claims[name] = Value::Null;
        let token = forger.sign(&forger.header().to_string(), &claims.to_string());
        assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{name} null");
    }
}

#[test]
fn s25_a_claim_that_stands_twice_is_refused() {
    let forger = Forger::new();
    for name in ["exp", "sub", "client_id", "scope", "aud"] {
        let claims = claims_json();
        let again = claims.get(name).cloned().unwrap_or_default();
        let twice = claims.to_string().replacen('{', &format!("{{\"{name}\":{again},"), 1);
        let twice = if claims.get(name).is_some() {
            twice
        } else {
            twice.replacen('{', &format!("{{\"{name}\":{again},"), 1)
        };
        let token = forger.sign(&forger.header().to_string(), &twice);
        assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{name}");
    }
}

#[test]
fn s28_an_audience_that_is_a_list_is_refused() {
    let forger = Forger::new();
    let mut claims = claims_json();
    claims["aud"] = json!([claims["aud"], "https://other.example"]);
    let token = forger.sign(&forger.header().to_string(), &claims.to_string());
    assert_eq!(forger.verify(&token), Err(TokenFault::Malformed));
}

#[test]
fn s27_a_token_of_another_kind_opens_nothing_though_the_right_key_signed_it() {
    let forger = Forger::new();
    for typ in ["JWT", "logout+jwt", "rt+jwt", "token-introspection+jwt", "application/at+jwt", ""]
    {
        let mut header = forger.header();
        header["typ"] = json!(typ);
        let token = forger.sign(&header.to_string(), &claims_json().to_string());
        assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{typ}");
    }
    let mut header = forger.header();
    header.as_object_mut().unwrap().remove("typ");
    let token = forger.sign(&header.to_string(), &claims_json().to_string());
    assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "no typ");
    // An ID token has a nonce and no client; a logout token has events and no expiry.
    for (name, value) in [("events", json!({})), ("nonce", json!("n"))] {
        let mut claims = claims_json();
        claims.as_object_mut().unwrap().remove("client_id");
        claims[name] = value;
        let token = forger.sign(&forger.header().to_string(), &claims.to_string());
        assert_eq!(forger.verify(&token), Err(TokenFault::Malformed), "{name}");
    }
}
