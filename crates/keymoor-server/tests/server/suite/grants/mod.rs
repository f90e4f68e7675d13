//! What people allow applications: asked in the portal, exchanged at the token endpoint.

mod applications;
mod authorize;
mod bound;
mod code;
pub(crate) mod device;
mod events;
mod floods;
mod inside;
mod leaks;
mod metadata;
mod operator;
mod rate;
mod refresh;
mod words;
pub(crate) mod world;
