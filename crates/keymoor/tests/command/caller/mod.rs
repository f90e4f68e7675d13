//! The caller's commands, as real processes.

mod api;
mod certificate;
mod codes;
mod device;
mod doctor;
mod flow;
mod keys;
mod lend;
mod person;
mod proxy;
mod scripted;
mod secrets;
mod store;
mod terminal;
mod values;
mod watch;
mod world;
