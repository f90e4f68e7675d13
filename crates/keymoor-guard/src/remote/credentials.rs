use std::fmt;

use zeroize::Zeroizing;

/// The credentials of a resource server, as `keymoor admin resource-server create` prints them.
/// The secret does not show in `Debug`.
#[derive(Clone)]
pub struct FeedCredentials {
    id: String,
    secret: Zeroizing<String>,
}

impl FeedCredentials {
    /// The `client_id` and `client_secret` of the resource server.
    pub fn new(client_id: &str, client_secret: &str) -> Self {
        Self { id: client_id.to_owned(), secret: Zeroizing::new(client_secret.to_owned()) }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn secret(&self) -> &str {
        &self.secret
    }
}

impl fmt::Debug for FeedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FeedCredentials").field("id", &self.id).finish_non_exhaustive()
    }
}
