//! The caller's commands, as real processes.

mod api;
mod codes;
mod flow;
mod keys;
mod lend;
mod proxy;
mod scripted;
mod secrets;
mod terminal;
mod values;
mod world;
