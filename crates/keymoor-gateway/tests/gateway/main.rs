//! What the gateway promises, a fact a test. `sNN_` names the item of SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bypass;
mod certificate;
mod configuration;
mod events;
mod forward_auth;
mod framing;
mod h2;
mod heads;
mod passing;
mod print;
mod proxies;
mod proxy;
mod refusals;
mod stalled;
mod support;
mod told;
mod upgrades;
mod uploads;
mod upstreams;
