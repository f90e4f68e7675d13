//! What the core promises, a fact a test. `sNN_` names the item of SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the core does no I/O, its tests do"
)]

mod access;
mod audience;
mod authenticate_cost;
mod authorization_request;
mod basic;
mod bearer;
mod corpora;
mod delegated;
mod delegation;
mod domain;
mod explain;
mod forgery;
mod ids;
mod inquiry;
mod issue;
mod jwks;
mod jwt;
mod listing;
mod methods;
mod mutants;
mod permission;
mod pkce;
mod rate;
mod redirect_uri;
mod refresh;
mod removals;
mod request;
mod response;
mod rotation;
mod scim;
mod scope;
mod seal;
mod secret;
