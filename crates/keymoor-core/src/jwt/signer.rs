use std::fmt;

use aws_lc_rs::{
    rsa,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
    },
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use super::{Algorithm, low_s, verify::VerificationKey};
use crate::{claims::Claims, jwks::Jwk};

/// The bytes are no private key for the algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a PKCS#8 private key for this algorithm")]
pub struct InvalidKey;

/// Signs access tokens with one private key, parsed once. No secret shows in `Debug`.
pub struct Signer {
    key: PrivateKey,
    public: Jwk,
    /// The encoded header and its dot, the same for every token of this key.
    header: String,
}

enum PrivateKey {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(Box<rsa::KeyPair>),
}

impl Signer {
    /// The signer for a private key in PKCS#8 (RFC 5958). Its `kid` is the key's thumbprint.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, InvalidKey> {
        let key = PrivateKey::from_pkcs8(algorithm, pkcs8)?;
        let public = key.public();
        let header = format!(r#"{{"alg":"{algorithm}","kid":"{}","typ":"at+jwt"}}"#, public.kid);
        let header = URL_SAFE_NO_PAD.encode(header) + ".";
        Ok(Self { key, public, header })
    }

    /// The public key, to publish.
    pub fn jwk(&self) -> &Jwk {
        &self.public
    }

    /// The public key, to verify with.
    pub fn verification_key(&self) -> VerificationKey {
        self.public.verification_key().expect("a signer's own public key is usable")
    }

    /// The access token that says `claims`.
    ///
    /// # Panics
    /// Only if the crypto library cannot sign at all.
    pub fn sign(&self, claims: &Claims) -> String {
        let payload = serde_json::to_vec(claims).expect("claims have only text keys");
        let mut token = String::with_capacity(self.header.len() + payload.len() * 4 / 3 + 96);
        token.push_str(&self.header);
        URL_SAFE_NO_PAD.encode_string(payload, &mut token);
        let signature = self.key.sign(token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        token
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("public", &self.public).finish_non_exhaustive()
    }
}

impl PrivateKey {
    fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, InvalidKey> {
        match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                .map(Self::Es256)
                .map_err(|_| InvalidKey),
            Algorithm::EdDsa => {
                Ed25519KeyPair::from_pkcs8(pkcs8).map(Self::EdDsa).map_err(|_| InvalidKey)
            }
            Algorithm::Rs256 => rsa::KeyPair::from_pkcs8(pkcs8)
                .map(|pair| Self::Rs256(Box::new(pair)))
                .map_err(|_| InvalidKey),
        }
    }

    fn public(&self) -> Jwk {
        match self {
            Self::Es256(pair) => Jwk::from_point(pair.public_key().as_ref()),
            Self::EdDsa(pair) => Jwk::from_ed25519(pair.public_key().as_ref()),
            Self::Rs256(pair) => Jwk::from_rsa(
                pair.public_key().modulus().big_endian_without_leading_zero(),
                pair.public_key().exponent().big_endian_without_leading_zero(),
            ),
        }
    }

    #[expect(
        clippy::disallowed_methods,
        clippy::disallowed_types,
        reason = "the one exception: ECDSA needs a nonce that nobody else may choose or see"
    )]
    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = aws_lc_rs::rand::SystemRandom::new();
        match self {
            Self::Es256(pair) => {
                let made = pair.sign(&random, message).expect("P-256 signing does not fail");
                let mut signature = [0; 64];
                signature.copy_from_slice(made.as_ref());
                low_s::make_low(&mut signature);
                signature.to_vec()
            }
            Self::EdDsa(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Rs256(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .expect("the buffer has the modulus' length");
                signature
            }
        }
    }
}
