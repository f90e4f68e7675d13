//! Access tokens: JWTs (RFC 9068) signed with ES256 (RFC 7518 §3.4), the key pair parsed once.

use aws_lc_rs::{
    digest::{SHA256, digest},
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

/// The claims of RFC 9068 §2.2.
#[derive(Serialize)]
pub(crate) struct Claims<'a> {
    pub(crate) iss: &'a str,
    pub(crate) sub: &'a str,
    pub(crate) client_id: &'a str,
    pub(crate) aud: &'a str,
    /// Seconds since 1970, as `iat`.
    pub(crate) exp: u64,
    pub(crate) iat: u64,
    /// 16 random bytes, as a UUID.
    pub(crate) jti: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<&'a str>,
}

/// A public key on P-256 (RFC 7518 §6.2.1).
#[derive(Serialize)]
pub(crate) struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
    /// The key's thumbprint (RFC 7638 §3).
    kid: String,
}

/// Signs tokens with one key pair.
pub(crate) struct Signer {
    pair: EcdsaKeyPair,
    jwk: Jwk,
    /// The encoded header and its dot, the same for every token.
    header: String,
}

impl Signer {
    /// A signer with a new key pair.
    pub(crate) fn generate() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .expect("a P-256 key pair can be made");
        let jwk = Jwk::of(&pair);
        let header = format!(r#"{{"alg":"ES256","kid":"{}","typ":"at+jwt"}}"#, jwk.kid);
        Self { pair, jwk, header: URL_SAFE_NO_PAD.encode(header) + "." }
    }

    pub(crate) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The token that says `claims`, in the compact form of RFC 7515 §7.1.
    pub(crate) fn sign(&self, claims: &Claims<'_>) -> String {
        let payload = serde_json::to_vec(claims).expect("claims have only text keys");
        let mut token = String::with_capacity(self.header.len() + payload.len() * 4 / 3 + 96);
        token.push_str(&self.header);
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.pair.sign(&SystemRandom::new(), token.as_bytes());
        let signature = signature.expect("P-256 signing does not fail");
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }

    #[cfg(test)]
    pub(crate) fn public_key(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }
}

impl Jwk {
    fn of(pair: &EcdsaKeyPair) -> Self {
        // An uncompressed point: 04, 32 bytes x, 32 bytes y (SEC 1 §2.3.3).
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, canonical.as_bytes()));
        Self { kty: "EC", crv: "P-256", x, y, kid }
    }
}
