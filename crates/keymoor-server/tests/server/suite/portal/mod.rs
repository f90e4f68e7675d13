//! The portal without a browser: what a browser without scripts sends and gets.

mod api_tokens;
mod enumeration;
mod factors;
mod forms;
mod limits;
mod links;
mod mails;
mod operator;
mod organizations;
mod passkeys;
pub(crate) mod passwords;
mod refused_calls;
mod sessions;
mod setup;
pub(super) mod sink;
pub(crate) mod visitor;
