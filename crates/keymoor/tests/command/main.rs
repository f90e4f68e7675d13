//! The command as its users run it: real processes, real curl, a fact a test. `sNN_` names the
//! item of SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admin;
mod audit;
mod browser;
mod caller;
mod curl;
mod demo;
mod disk;
mod domains;
mod federation;
mod feed;
mod gateway;
mod health;
mod interop;
mod leaks;
mod moving;
mod operations;
mod options;
mod peers;
mod portal;
mod postgres;
mod process;
mod start;
mod tls;
