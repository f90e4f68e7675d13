//! What an identity provider says of a person, after everything about it was checked.

use keymoor_core::UnixTime;
use serde::{Deserialize, Serialize};

/// Somebody whom an identity provider vouches for. The verifiers of this crate make one; whoever
/// writes it down and reads it back must know that it is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The provider's unchanging name for the person: the `sub` of OpenID Connect, a persistent
    /// `NameID` or the configured attribute of SAML. 1 to 255 bytes. An account is linked by this
    /// and the provider, never by an e-mail address.
    pub subject: String,
    /// The address that the provider names, if any; told, never relied on to find an account.
    pub email: Option<String>,
    /// A name to show, if any.
    pub name: Option<String>,
    /// When the person proved to be who they are, by the provider's word (`auth_time`,
    /// `AuthnInstant`); never later than the present.
    pub authenticated_at: UnixTime,
    /// The same, where the provider said it; nothing where only the time of its answer is known.
    #[serde(default)]
    pub proved_at: Option<UnixTime>,
    /// The provider's name for its session, for signing out (`sid`, `SessionIndex`).
    pub session: Option<String>,
    /// Everything that came back, in the provider's order, to be shown by a test sign-in.
    pub claims: Vec<Claim>,
}

/// One claim or attribute, with all of its values as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its name as the provider writes it.
    pub name: String,
    /// Its values.
    pub values: Vec<String>,
}
