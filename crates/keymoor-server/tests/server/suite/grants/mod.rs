//! What people allow applications: asked in the portal, exchanged at the token endpoint.

mod applications;
mod authorize;
mod bound;
mod code;
pub(crate) mod device;
mod events;
mod floods;
mod inside;
mod operator;
mod rate;
mod words;
mod leaks;
mod metadata;
mod refresh;
pub(crate) mod world;
