//! A server that answers by script, a clock that is stepped, and clients of both.

mod server;
mod timer;
mod world;

pub(crate) use server::{Say, Seen, Server};
pub(crate) use timer::SteppedTimer;
pub(crate) use world::{KEY, SECRET, World, credentials, granted, scoped};
