//! Exchanges API Keys and API Secrets for access tokens, keeps them fresh, and calls APIs with them:
//! Acquia's Cloud Platform API v2, and any Keymoor.
//!
//! ```no_run
//! use std::env;
//!
//! use futures_util::TryStreamExt;
//! use keymoor_client::{Call, Client, Credentials, DiskCache, Endpoints, cache::user_folder};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let credentials = Credentials::new(&env::var("KEYMOOR_KEY")?, &env::var("KEYMOOR_SECRET")?)?;
//! let folder = user_folder(|name| env::var_os(name)).ok_or("there is no home folder")?;
//! let client = Client::builder(Endpoints::acquia(), credentials)
//!     .cache(DiskCache::open(folder)?)
//!     .build()?;
//!
//! let account: serde_json::Value = client.get("/account").await?.json()?;
//! println!("I am {}", account["mail"]);
//! let mut organizations = client.items(Call::get("/organizations"));
//! while let Some(organization) = organizations.try_next().await? {
//!     println!("{}", organization["name"]);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What it does by itself
//!
//! - **One token request**, however many tasks and processes want a token. With a [`DiskCache`] they
//!   share it through files (0600) in a folder (0700). An entry is for one token URL, key, secret,
//!   list of scopes and [`Style`]; what cannot be read counts as none and is replaced.
//! - **Renewal** in the background when 60 seconds are left, or a fifth of the token's life if that
//!   is less. The old token is served meanwhile. Lives are counted by a clock that does not jump,
//!   from before the request was sent.
//! - **Time-outs** ([`TimeOuts`]): 10 seconds for a token, 5 for a connection, 60 for an API call.
//! - **Retries** ([`Retries`]) with jitter after failed connections, 429 and 5xx, not before what
//!   `Retry-After` says; of API calls only those that may be made twice. Never after `invalid_client`.
//! - **A 401** gets one more try with another token, if the body can be sent again.
//! - **An organization that wants its scope** (`additional_authentication_required`): the call is
//!   made once more with it, and whose the resource is is remembered; with a [`DiskCache`] by the next
//!   process, too.
//!
//! # What it refuses
//!
//! - The API Secret goes to the token URL and nowhere else: redirects of it are not followed.
//! - The access token goes to the API's scheme, host and port. A redirect elsewhere is followed
//!   without it, if something is fetched by HTTPS; else it is an error.
//! - A call that names a port which the base URL does not have, and URLs without TLS other than of
//!   this machine.
//!
//! Key, secret and token do not show in `Debug`. Each [`Error`] has a [`Kind`] and a hint of what to
//! do. Proxies are taken from `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, further
//! certificate authorities from `SSL_CERT_FILE` or [`Builder::root_certificates`].
//!
//! # Other ways in
//!
//! [`Builder::to_log_in`] begins a login by [`device`]: somebody lets the program in, and a refresh token
//! takes the place of the API Secret. [`TokenSource`] brings tokens alone. [`AuthorizeLayer`] is a tower layer for HTTP clients that are
//! tower services, reqwest's included, and [`Client::execute`] sends what reqwest built. The module
//! `blocking` (feature `blocking`) is for programs without an async runtime.

pub mod cache;
pub mod credentials;
pub mod device;
pub mod endpoints;
pub mod environment;
pub mod error;
pub mod profile;
pub mod timing;
pub mod vault;

#[cfg(feature = "blocking")]
pub mod blocking;

mod builder;
mod client;
mod exchange;
mod hint;
mod layer;
mod retry;
mod source;
mod token;
mod transport;

pub use builder::Builder;
pub use cache::DiskCache;
pub use client::{ACCEPTED, Call, Client, Page, Response};
pub use credentials::{
    ClientKey, ClientSecret, CredentialCommand, CredentialFile, CredentialSource, Credentials,
    Login, Mark,
};
pub use endpoints::Endpoints;
pub use error::{Error, Kind};
pub use exchange::{Malformed, Style};
pub use keymoor_core::{Clock, OrganizationId, Scope, Scopes, UnixTime};
pub use layer::{Answered, Authorizable, Authorize, AuthorizeLayer};
pub use retry::Retries;
pub use source::{Given, GivenToken, TokenSource, Tokens};
pub use timing::Timer;
pub use token::AccessToken;
pub use transport::{Cause, TimeOuts, Unreachable};
