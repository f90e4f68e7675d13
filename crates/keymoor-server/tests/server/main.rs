//! What the server promises, a fact a test. `sNN_` names the item of SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod account;
mod api_tokens;
mod app;
mod credentials;
mod edge;
mod first_start;
mod leaks;
mod malformed;
mod metadata;
mod openapi;
mod organizations;
mod raw;
mod removal;
mod routes;
mod token;
mod uses;
