//! Keymoor's HTTP server: the token endpoint, discovery, and the resources of the authentication
//! domain, guarded by Keymoor's own guard.
//!
//! [`App`] holds what every request needs; [`routes`] is the one table of what is served;
//! [`failure`] the one place where an error becomes a response.

pub mod admin;
mod alive;
mod app;
mod authorization;
pub mod backup;
mod client_address;
mod credentials;
mod directory;
mod dns;
mod edge;
mod explain;
pub mod failure;
pub mod federation;
mod feed;
mod follower;
mod forward_auth;
mod generations;
mod hal;
mod in_step;
mod keyring;
mod keys;
mod limits;
mod listen;
mod metrics;
mod oauth;
mod openapi;
pub mod operations;
pub mod portal;
mod random;
mod resource_servers;
mod resources;
pub mod routes;
mod scim;
mod settings;
mod time;
mod uses;
mod vouching;

pub use app::{App, StartError};
pub use credentials::{Credentials, FactsSource, Known};
pub use directory::LocalDirectory;
pub use dns::{DnsError, NoDns, TxtAnswer, TxtLookup};
pub use federation::{NoFetch, ProviderSettings};
pub use feed::{MAX_LISTENERS, MAX_LISTENERS_EACH};
pub use forward_auth::ForwardAuthSettings;
pub use listen::{Running, Tls, TlsError, listen};
pub use portal::{InvalidSmtp, SmtpSettings};
pub use random::random;
pub use settings::Settings;
pub use vouching::WhenCutOff;
