//! Tests of single sign-on. `sNN_` names the item of SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod saml;
