//! The words and rules of Keymoor: credentials, scopes, access tokens, and who may do what.
//!
//! Nothing here does I/O, reads a clock or draws random numbers: time and random bytes are
//! arguments. The one exception is the nonce inside an ECDSA signature, behind [`jwt::Signer`].
//! A token request walks through [`wire::TokenRequest`], [`token::issue`] and
//! [`jwt::Signer::sign`]; a guarded call through [`jwt::verify`] and [`access::judge`].

pub mod access;
pub mod attempts;
pub mod audience;
pub mod authenticate;
pub mod claims;
pub mod delegation;
pub mod digest;
pub mod domain;
pub mod explain;
pub mod facts;
pub mod id;
pub mod jwks;
pub mod jwt;
pub mod name;
pub mod network;
pub mod permission;
pub mod rate;
pub mod refresh;
pub mod refusal;
pub mod removals;
pub mod rotation;
pub mod scim;
pub mod scope;
pub mod seal;
pub mod secret;
pub mod ticket;
pub mod time;
pub mod token;
pub mod wire;

pub use id::{
    AccountId, ApiKey, ApplicationId, GrantId, IdentityProviderId, InvitationId, OrganizationId,
    ResourceServerId, RoleId, ScimUserId, SecretId, SessionId, TeamId, TokenId,
};
pub use scope::{InvalidScope, Scope, ScopeName, Scopes};
pub use secret::{ApiSecret, PresentedSecret, ProvisioningSecret};
pub use time::{Clock, UnixTime};
