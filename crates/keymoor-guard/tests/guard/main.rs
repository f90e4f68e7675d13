//! What the guard promises, a fact a test. `sNN_` names the item of SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod check;
mod keys;
mod layer;
#[cfg(feature = "remote")]
mod remote;
mod target;
mod world;
