//! `OpenID` Connect, the relying party's half: authorization code with PKCE, `state` and `nonce`.
//!
//! [`discover`] learns what a provider offers, [`Begun::new`] and [`Begun::authorization_url`] send
//! somebody there, [`finish`] turns the callback into an [`Identity`](crate::Identity), and
//! [`logout_token`] reads what a provider says when a session of its ends.
//!
//! JWTs are verified with aws-lc-rs directly, as in the core. The `openidconnect` crate takes
//! fractional times and non-canonical base64, drops what it cannot read from a key set, knows
//! neither RFC 9207 nor logout tokens, and brings a second stack of cryptography; jsonwebtoken reads
//! the system clock.

mod algorithm;
mod answer;
mod begun;
mod callback;
mod claims;
mod discovery;
mod document;
mod finish;
#[doc(hidden)]
pub mod fuzz;
mod id_token;
mod jwk;
mod jwt;
mod keys;
mod logout;
mod members;
mod metadata;
mod provider;
mod refusal;
mod shown;
mod token_request;
mod userinfo;

pub use algorithm::Algorithm;
pub use begun::{BEGUN_LIFE, Begun};
pub use callback::Callback;
pub use discovery::discover;
pub use finish::finish;
pub use jwt::{MAX_JWT, SKEW};
pub use keys::{KEYS_LIFE, Keys, REFETCH_PAUSE};
pub use logout::{LogoutNotice, logout_token};
pub use metadata::{Metadata, SecretMethod};
pub use provider::Provider;
pub use refusal::{OidcError, OidcRefusal, TokenFault};
