//! The portal without a browser: what a browser without scripts sends and gets.

mod api_tokens;
mod enumeration;
mod factors;
mod forms;
mod links;
mod operator;
mod organizations;
mod passwords;
mod sessions;
mod setup;
pub(crate) mod visitor;
