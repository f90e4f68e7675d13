//! The OAuth 2.0 endpoints.

mod application;
pub(crate) mod authorization;
mod body;
mod delegated;
pub(crate) mod device_authorization;
pub(crate) mod introspection;
pub(crate) mod metadata;
pub(crate) mod revocation;
pub(crate) mod token;
