//! JSON Web Key Sets (RFC 7517, 7518 §6, 8037 §2): the public keys that tokens verify under.

use aws_lc_rs::{digest, rsa, signature};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::jwt::{Algorithm, VerificationKey};

/// A set as published at `/.well-known/jwks.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys; order means nothing.
    pub keys: Vec<Jwk>,
}

/// One public key. Members that its type lacks are absent; members that Keymoor does not know
/// are ignored (RFC 7517 §4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the names are those of RFC 7517 §4 and RFC 7518 §6")]
pub struct Jwk {
    pub kty: String,
    pub kid: String,
    #[serde(rename = "use")]
    pub usage: String,
    pub alg: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
}

/// 2048 bits: anything shorter can be broken (NIST SP 800-131A).
const MIN_RSA_BYTES: usize = 256;

/// The key cannot verify Keymoor's tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a signature key of a supported type")]
pub struct UnusableKey;

impl Jwk {
    /// ES256 from an uncompressed P-256 point: `04`, 32 bytes x, 32 bytes y.
    pub(crate) fn from_point(point: &[u8]) -> Self {
        let (x, y) = point[1..].split_at(32);
        Self {
            kty: "EC".to_owned(),
            crv: Some("P-256".to_owned()),
            x: Some(encode(x)),
            y: Some(encode(y)),
            ..Self::default()
        }
        .named(Algorithm::Es256)
    }

    /// `EdDSA` from the 32 bytes of an Ed25519 public key.
    pub(crate) fn from_ed25519(public: &[u8]) -> Self {
        Self {
            kty: "OKP".to_owned(),
            crv: Some("Ed25519".to_owned()),
            x: Some(encode(public)),
            ..Self::default()
        }
        .named(Algorithm::EdDsa)
    }

    /// RS256 from big-endian modulus and exponent.
    pub(crate) fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self {
            kty: "RSA".to_owned(),
            n: Some(encode(modulus)),
            e: Some(encode(exponent)),
            ..Self::default()
        }
        .named(Algorithm::Rs256)
    }

    fn named(mut self, algorithm: Algorithm) -> Self {
        self.kid = self.thumbprint();
        algorithm.name().clone_into(&mut self.alg);
        "sig".clone_into(&mut self.usage);
        self
    }

    /// The SHA-256 thumbprint (RFC 7638 §3, RFC 8037 §2) that serves as `kid`.
    fn thumbprint(&self) -> String {
        let text = |member: &Option<String>| member.clone().unwrap_or_default();
        let (crv, kty, x) = (text(&self.crv), &self.kty, text(&self.x));
        let canonical = match kty.as_str() {
            "EC" => format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{}"}}"#, text(&self.y)),
            "OKP" => format!(r#"{{"crv":"{crv}","kty":"OKP","x":"{x}"}}"#),
            _ => format!(r#"{{"e":"{}","kty":"{kty}","n":"{}"}}"#, text(&self.e), text(&self.n)),
        };
        encode(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
    }

    /// The key ready to verify with. Its algorithm is the one its type allows, and must be the
    /// one it names.
    pub fn verification_key(&self) -> Result<VerificationKey, UnusableKey> {
        if self.usage != "sig" || self.kid.is_empty() {
            return Err(UnusableKey);
        }
        let algorithm = Algorithm::from_name(&self.alg).ok_or(UnusableKey)?;
        let key = match (algorithm, self.kty.as_str(), self.crv.as_deref()) {
            (Algorithm::Es256, "EC", Some("P-256")) => self.p256_key(),
            (Algorithm::EdDsa, "OKP", Some("Ed25519")) => self.ed25519_key(),
            (Algorithm::Rs256, "RSA", _) => self.rsa_key(),
            _ => Err(UnusableKey),
        }?;
        Ok(VerificationKey::new(&self.kid, algorithm, key))
    }

    fn p256_key(&self) -> Result<signature::ParsedPublicKey, UnusableKey> {
        let mut point = vec![4];
        point.extend(decode(self.x.as_ref())?);
        point.extend(decode(self.y.as_ref())?);
        parsed(&signature::ECDSA_P256_SHA256_FIXED, &point)
    }

    fn ed25519_key(&self) -> Result<signature::ParsedPublicKey, UnusableKey> {
        parsed(&signature::ED25519, &decode(self.x.as_ref())?)
    }

    fn rsa_key(&self) -> Result<signature::ParsedPublicKey, UnusableKey> {
        let (n, e) = (decode(self.n.as_ref())?, decode(self.e.as_ref())?);
        if n.len() < MIN_RSA_BYTES {
            return Err(UnusableKey);
        }
        let components = rsa::PublicKeyComponents { n, e };
        components
            .to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256)
            .map_err(|_| UnusableKey)
    }
}

fn parsed(
    algorithm: &'static dyn signature::VerificationAlgorithm,
    bytes: &[u8],
) -> Result<signature::ParsedPublicKey, UnusableKey> {
    signature::ParsedPublicKey::new(algorithm, bytes).map_err(|_| UnusableKey)
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(member: Option<&String>) -> Result<Vec<u8>, UnusableKey> {
    URL_SAFE_NO_PAD.decode(member.ok_or(UnusableKey)?).map_err(|_| UnusableKey)
}
