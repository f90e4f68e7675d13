//! What the guard promises, a fact a test. `sNN_` names the item of SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod allocations;
mod federation;
#[cfg(feature = "remote")]
mod feed;
#[cfg(feature = "remote")]
mod feed_keys;
mod keys;
mod layer;
#[cfg(feature = "remote")]
mod lost;
mod paths;
mod refusals;
#[cfg(feature = "remote")]
mod remote;
mod support;
mod tokens;
mod verdicts;
