//! Single sign-on: bytes from an identity provider become a verified [`Identity`], or a refusal.
//!
//! Time and randomness are arguments. What has to be fetched goes through [`Fetch`], whose bounds
//! the caller sets.

mod fetch;
mod identity;
pub mod oidc;
#[cfg(feature = "remote")]
pub mod remote;
pub mod saml;

pub use fetch::{Fetch, FetchError, Fetched, Method, Request};
pub use identity::{Claim, Identity};
