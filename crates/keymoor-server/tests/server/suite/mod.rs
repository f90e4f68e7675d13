//! The suite. It is a module of the test program twice: as `sqlite` and as `postgres`, each on the
//! engine of its name (see `place.rs`).

mod account;
mod api_tokens;
pub(crate) mod app;
mod credentials;
mod edge;
mod federation;
pub(crate) mod feed;
mod first_start;
mod forward_auth;
mod hanging;
mod introspection;
mod invitations;
mod leaks;
mod levels;
mod lists;
mod malformed;
mod members;
mod metadata;
mod metrics;
mod openapi;
mod organizations;
pub(crate) mod place;
mod portal;
mod raw;
mod removal;
mod resource_servers;
mod restore;
mod revocation;
mod roles;
mod rotation;
mod routes;
mod scim;
mod service_accounts;
mod token;
mod uses;
