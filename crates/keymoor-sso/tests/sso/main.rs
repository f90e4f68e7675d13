//! Hostile providers, and what becomes of what they send. `sNN_` names the item of SECURITY.md that
//! a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod oidc;
mod saml;
