//! The OAuth 2.0 endpoints.

mod body;
pub(crate) mod introspection;
pub(crate) mod metadata;
pub(crate) mod revocation;
pub(crate) mod token;
