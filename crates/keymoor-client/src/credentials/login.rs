use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};

use super::ClientSecret;

/// Which login a refresh token came of: the SHA-256 of the first one. It stays while they follow each
/// other, so that cached access tokens are found, and one process at a time exchanges.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Login(pub(crate) [u8; 32]);

impl Login {
    pub(super) fn by(first: &ClientSecret) -> Self {
        Self(first.digest())
    }

    /// Base64, as it is kept beside the refresh token.
    pub(crate) fn text(self) -> String {
        STANDARD.encode(self.0)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(Self(STANDARD.decode(text).ok()?.try_into().ok()?))
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}
