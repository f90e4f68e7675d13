//! SCIM 2.0 users (RFC 7643, RFC 7644): what a provisioning client says of a person, the filters that
//! it finds people by, and the changes that it makes.

mod error;
mod filter;
mod patch;
mod user;

pub use error::ScimError;
pub use filter::Filter;
pub use patch::apply;
pub use user::{Address, PersonName, USER, User};

/// The URN of a list's schema (RFC 7644 §3.4.2).
pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The URN of an error's schema (RFC 7644 §3.12).
pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The media type of everything (RFC 7644 §8.1).
pub const MEDIA_TYPE: &str = "application/scim+json";
