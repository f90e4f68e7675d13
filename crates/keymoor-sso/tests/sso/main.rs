//! Hostile providers, and what becomes of what they send.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod oidc;
