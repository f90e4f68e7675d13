//! What the gateway promises, a fact a test. `sNN_` names the item of SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bypass;
mod configuration;
mod forward_auth;
mod framing;
mod heads;
mod passing;
mod print;
mod proxies;
mod proxy;
mod support;
mod upgrades;
