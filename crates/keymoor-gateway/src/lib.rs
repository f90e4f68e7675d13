//! The guard as a process in front of an API in any language: a reverse proxy that lets through what
//! the guard lets through.
//!
//! [`Gateway`] holds a [`Guard`](keymoor_guard::Guard) and what the operator's file says
//! ([`Config`]); [`Listener`] serves it. The path that is judged is the path that is served, byte for
//! byte. What a client could forge (identity headers in any spelling, forwarded headers, two lengths)
//! never reaches the API, which hears of the caller by `X-Keymoor-…` headers alone.

mod client;
mod config;
mod forward;
mod gateway;
mod head;
mod health;
mod held;
mod idle;
mod internal_token;
mod limits;
mod listen;
mod live;
mod log;
mod look_up;
mod places;
pub mod print;
mod reply;
mod still;
mod tls;
mod tunnel;
mod upload;
mod upstream;
mod visit;
mod workers;

pub use config::{Config, HostMode, InvalidConfig, LossPolicy, TokenMode, UpstreamConfig, Urls};
pub use gateway::Gateway;
pub use limits::Limits;
pub use listen::Listener;
pub use tls::{Tls, TlsError};
