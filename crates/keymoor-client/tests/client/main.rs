//! The client against a server that answers by script, faults included.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

mod api;
mod blocking;
mod cache;
mod credentials;
mod device;
mod layer;
mod organization;
mod origin;
mod pages;
mod processes;
mod renewal;
mod retries;
mod secrecy;
mod tls;
mod token;
