//! Exchanges API Keys and API Secrets for access tokens, keeps them fresh, and calls APIs with them.

pub mod cache;
pub mod credentials;
pub mod endpoints;
pub mod environment;
pub mod error;
pub mod profile;
pub mod timing;
pub mod vault;

mod builder;
mod client;
mod exchange;
mod hint;
mod retry;
mod source;
mod token;
mod transport;

pub use builder::Builder;
pub use cache::DiskCache;
pub use client::{Call, Client, Response};
pub use credentials::{
    ClientKey, ClientSecret, CredentialCommand, CredentialFile, CredentialSource, Credentials,
};
pub use endpoints::Endpoints;
pub use error::{Error, Kind};
pub use exchange::{Malformed, Style};
pub use keymoor_core::{OrganizationId, Scope, Scopes};
pub use retry::Retries;
pub use source::{Given, GivenToken, TokenSource, Tokens};
pub use timing::Timer;
pub use token::AccessToken;
pub use transport::{Cause, TimeOuts, Unreachable};
