use super::{ClientKey, Credentials};

/// Which credentials: the API Key and the SHA-256 of the API Secret. It finds a cached token without
/// the secret itself, so that a store that may ask its owner is not opened for nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark {
    pub(crate) key: ClientKey,
    pub(crate) digest: [u8; 32],
}

impl Mark {
    /// The mark of these credentials.
    pub fn of(credentials: &Credentials) -> Self {
        Self { key: credentials.key.clone(), digest: credentials.secret.digest() }
    }

    /// The API Key.
    pub fn key(&self) -> &ClientKey {
        &self.key
    }
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Mark").field(&self.key).finish()
    }
}
