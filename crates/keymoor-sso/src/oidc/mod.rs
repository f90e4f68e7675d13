//! OpenID Connect 1.0, as relying party.
