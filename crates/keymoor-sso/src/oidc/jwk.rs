//! A provider's public keys (RFC 7517, RFC 7518 §6, RFC 8037 §2).

use aws_lc_rs::{rsa::PublicKeyComponents, signature::UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{
    Algorithm,
    algorithm::Verification,
    members::{Members, WrongType},
};

/// The most bytes of an RSA modulus: 8192 bits.
const MAX_MODULUS: usize = 1024;

/// One public key that can verify.
#[derive(Clone, Debug)]
pub(super) struct Key {
    kid: Option<String>,
    /// The one algorithm that it is for, if it names one.
    algorithm: Option<Algorithm>,
    kty: String,
    crv: Option<String>,
    material: Material,
}

#[derive(Clone, Debug)]
enum Material {
    Rsa(PublicKeyComponents<Vec<u8>>),
    /// An uncompressed point (SEC 1 §2.3.3), or the 32 bytes of Ed25519.
    Curve(Vec<u8>),
}

impl Key {
    /// The key, if it is public, for signatures, and of a known kind. Others are passed over (RFC
    /// 7517 §5).
    pub(super) fn read(value: &Value) -> Option<Self> {
        let members: Members = serde_json::from_value(value.clone()).ok()?;
        // Whose private half is published is nobody's key.
        if members.get("d").is_some() || !verifies(&members).ok()? {
            return None;
        }
        let named = members.text("alg").ok()?;
        Some(Self {
            kid: members.text("kid").ok()?.map(str::to_owned),
            algorithm: named.map(|name| Algorithm::from_name(name).ok_or(())).transpose().ok()?,
            kty: members.text("kty").ok()??.to_owned(),
            crv: members.text("crv").ok()?.map(str::to_owned),
            material: Material::read(&members)?,
        })
    }

    /// Whether it is the key of that id, or any is meant, and can be one of `algorithm`.
    pub(super) fn fits(&self, kid: Option<&str>, algorithm: Algorithm) -> bool {
        let (kty, crv) = algorithm.key_type();
        let named = kid.is_none() || self.kid.as_deref() == kid;
        let alike = self.kty == kty && (crv.is_none() || self.crv.as_deref() == crv);
        named && alike && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Whether `signature` is this key's for `message`.
    pub(super) fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        match (algorithm.verification(), &self.material) {
            (Verification::Rsa(parameters), Material::Rsa(components)) => {
                components.verify(parameters, message, signature).is_ok()
            }
            (Verification::Curve(curve), Material::Curve(bytes)) => {
                UnparsedPublicKey::new(curve, bytes).verify(message, signature).is_ok()
            }
            _ => false,
        }
    }
}

/// Whether the key is meant for signatures: `use` and `key_ops`, where they are there.
fn verifies(members: &Members) -> Result<bool, WrongType> {
    let usage = members.text("use")?.is_none_or(|usage| usage == "sig");
    let operations = members.texts("key_ops")?;
    Ok(usage && operations.is_none_or(|operations| operations.contains(&"verify")))
}

impl Material {
    fn read(members: &Members) -> Option<Self> {
        match (members.text("kty").ok()??, members.text("crv").ok()?) {
            ("RSA", _) => Self::rsa(members),
            ("EC", Some("P-256")) => Self::point(members, 32),
            ("EC", Some("P-384")) => Self::point(members, 48),
            ("OKP", Some("Ed25519")) => coordinate(members, "x", 32).map(Self::Curve),
            _ => None,
        }
    }

    /// A modulus may come with zeros in front, which RFC 7518 §6.3.1.1 forbids and some do.
    fn rsa(members: &Members) -> Option<Self> {
        let (n, e) = (number(members, "n")?, number(members, "e")?);
        (n.len() <= MAX_MODULUS).then_some(Self::Rsa(PublicKeyComponents { n, e }))
    }

    fn point(members: &Members, length: usize) -> Option<Self> {
        let (x, y) = (coordinate(members, "x", length)?, coordinate(members, "y", length)?);
        Some(Self::Curve([vec![4], x, y].concat()))
    }
}

fn coordinate(members: &Members, name: &'static str, length: usize) -> Option<Vec<u8>> {
    decoded(members, name).filter(|bytes| bytes.len() == length)
}

fn number(members: &Members, name: &'static str) -> Option<Vec<u8>> {
    let bytes = decoded(members, name)?;
    Some(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

fn decoded(members: &Members, name: &'static str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(members.text(name).ok()??).ok()
}
