//! The OAuth 2.0 endpoints.

pub(crate) mod metadata;
pub(crate) mod token;
