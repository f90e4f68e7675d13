//! Hostile providers, and what becomes of what they send.

mod oidc;
