//! The algorithms that may sign: these and no others (SECURITY.md 66).

use aws_lc_rs::{
    digest,
    signature::{self, VerificationAlgorithm},
};

/// The only canonicalisation (xml-exc-c14n §4), and the only other transform (xmldsig-core §6.6.4).
pub(crate) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(crate) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";

/// The kind of a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Rsa,
    P256,
    P384,
}

/// A hash of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

/// The digest algorithm of that URI (xmlenc-core §5.7, RFC 6931 §2.1).
pub(crate) fn digest_algorithm(uri: &str) -> Option<&'static digest::Algorithm> {
    match uri {
        "http://www.w3.org/2001/04/xmlenc#sha256" => Some(&digest::SHA256),
        "http://www.w3.org/2001/04/xmldsig-more#sha384" => Some(&digest::SHA384),
        "http://www.w3.org/2001/04/xmlenc#sha512" => Some(&digest::SHA512),
        _ => None,
    }
}

/// How a signature is made: with RSA or with ECDSA, and a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureMethod {
    Rsa(Hash),
    Ecdsa(Hash),
}

/// The signature algorithm of that URI (RFC 6931 §2.3).
pub(crate) fn signature_method(uri: &str) -> Option<SignatureMethod> {
    match uri.strip_prefix("http://www.w3.org/2001/04/xmldsig-more#")? {
        "rsa-sha256" => Some(SignatureMethod::Rsa(Hash::Sha256)),
        "rsa-sha384" => Some(SignatureMethod::Rsa(Hash::Sha384)),
        "rsa-sha512" => Some(SignatureMethod::Rsa(Hash::Sha512)),
        "ecdsa-sha256" => Some(SignatureMethod::Ecdsa(Hash::Sha256)),
        "ecdsa-sha384" => Some(SignatureMethod::Ecdsa(Hash::Sha384)),
        _ => None,
    }
}

/// What verifies `method` with a key of `kind`, if they fit together. A curve goes with the hash
/// of its size.
pub(crate) fn verifier(
    method: SignatureMethod,
    kind: KeyKind,
) -> Option<&'static dyn VerificationAlgorithm> {
    match (method, kind) {
        (SignatureMethod::Rsa(Hash::Sha256), KeyKind::Rsa) => {
            Some(&signature::RSA_PKCS1_2048_8192_SHA256)
        }
        (SignatureMethod::Rsa(Hash::Sha384), KeyKind::Rsa) => {
            Some(&signature::RSA_PKCS1_2048_8192_SHA384)
        }
        (SignatureMethod::Rsa(Hash::Sha512), KeyKind::Rsa) => {
            Some(&signature::RSA_PKCS1_2048_8192_SHA512)
        }
        (SignatureMethod::Ecdsa(Hash::Sha256), KeyKind::P256) => {
            Some(&signature::ECDSA_P256_SHA256_FIXED)
        }
        (SignatureMethod::Ecdsa(Hash::Sha384), KeyKind::P384) => {
            Some(&signature::ECDSA_P384_SHA384_FIXED)
        }
        _ => None,
    }
}
