use std::fmt;

use zeroize::Zeroizing;

/// What an administrator configures. The secret does not show in `Debug`.
#[derive(Clone)]
pub struct Provider {
    /// The provider's issuer identifier, byte for byte as its tokens carry it (`OpenID` Connect
    /// Core §2 `iss`).
    pub issuer: String,
    /// The name under which the provider knows us.
    pub client_id: String,
    /// The secret that goes with it; none for a public client, which PKCE alone protects.
    pub client_secret: Option<Zeroizing<String>>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.issuer)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}
