use super::{ClientKey, Credentials};

/// Which credentials: the API Key and the SHA-256 of the API Secret, or the client ID and the login. It finds a cached token without
/// the secret itself, so that a store that may ask its owner is not opened for nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark {
    pub(crate) key: ClientKey,
    pub(crate) digest: [u8; 32],
    /// Whether each exchange replaces the secret, which is a refresh token.
    pub(crate) refreshes: bool,
}

impl Mark {
    /// The mark of these credentials.
    pub fn of(credentials: &Credentials) -> Self {
        let digest = credentials.login.map_or_else(|| credentials.secret.digest(), |one| one.0);
        let refreshes = credentials.login.is_some();
        Self { key: credentials.key.clone(), digest, refreshes }
    }

    /// Whether it is of a login, whose refresh token each exchange replaces.
    pub fn refreshes(&self) -> bool {
        self.refreshes
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
