//! Proof Key for Code Exchange (RFC 7636), by SHA-256 alone: `plain` proves nothing to whoever
//! reads the request.

use aws_lc_rs::{
    constant_time,
    digest::{SHA256, digest},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The `code_challenge` of a request: SHA-256 of a verifier that only its client knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The only `code_challenge_method`.
    pub const METHOD: &str = "S256";

    /// Reads 43 characters of base64url that stand for 32 bytes (RFC 7636 §4.2), in the one
    /// spelling that these have.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 32).then(|| Self(text.to_owned()))
    }

    /// The text, to be kept beside the code.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `verifier` is the one: 43 to 128 unreserved characters (RFC 7636 §4.1) that hash to
    /// the challenge, compared in constant time.
    pub fn is_answered_by(&self, verifier: &str) -> bool {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let fits = (43..=128).contains(&verifier.len()) && verifier.bytes().all(unreserved);
        let hashed = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let equal = constant_time::verify_slices_are_equal(self.0.as_bytes(), hashed.as_bytes());
        fits && equal.is_ok()
    }
}
