//! What people allow applications: asked in the portal, exchanged at the token endpoint.

mod applications;
mod authorize;
mod bound;
mod code;
mod device;
mod events;
mod leaks;
mod metadata;
mod refresh;
mod world;
