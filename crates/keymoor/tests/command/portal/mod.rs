//! The portal in a real browser.

mod bench;
mod examples;
mod factors;
mod mail;
mod pages;
mod secret;
mod story;
pub(crate) mod world;
