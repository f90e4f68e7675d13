//! The portal in a real browser.

mod factors;
mod mail;
pub(crate) mod pages;
mod secret;
mod story;
pub(crate) mod world;
