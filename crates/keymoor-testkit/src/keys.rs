use aws_lc_rs::{
    encoding::AsDer,
    rsa::{KeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair},
};
use keymoor_core::{
    digest::Pepper,
    jwt::{Algorithm, Signer},
};
use zeroize::Zeroizing;

/// A fresh private key in PKCS#8.
///
/// # Panics
/// If the crypto library cannot generate keys.
pub fn pkcs8(algorithm: Algorithm) -> Vec<u8> {
    let bytes = match algorithm {
        Algorithm::Es256 => EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)
            .and_then(|pair| Ok(pair.to_pkcs8v1()?.as_ref().to_vec())),
        Algorithm::EdDsa => {
            Ed25519KeyPair::generate().and_then(|pair| Ok(pair.to_pkcs8v1()?.as_ref().to_vec()))
        }
        Algorithm::Rs256 => KeyPair::generate(KeySize::Rsa2048)
            .and_then(|pair| Ok(pair.as_der()?.as_ref().to_vec())),
    };
    bytes.expect("keys can be generated")
}

/// A signer with a fresh key.
///
/// # Panics
/// If the crypto library cannot generate keys.
pub fn signer(algorithm: Algorithm) -> Signer {
    Signer::from_pkcs8(algorithm, &pkcs8(algorithm)).expect("a generated key is a key")
}

/// The pepper numbered `id`, whose bytes are all `id`.
pub fn pepper(id: u8) -> Pepper {
    Pepper::new(i64::from(id), &Zeroizing::new([id; 32]))
}
