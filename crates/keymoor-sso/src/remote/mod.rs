//! Asking providers over the network: the real [`Fetch`](crate::Fetch).

mod address;
mod hosts;
mod http_fetch;
mod resolver;

pub use address::is_public;
pub use hosts::{Hosts, NotAHost};
pub use http_fetch::{CannotFetch, HttpFetch, MAX_BODY};
