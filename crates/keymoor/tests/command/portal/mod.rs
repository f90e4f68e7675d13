//! The portal in a real browser.

mod factors;
mod mail;
mod pages;
mod secret;
mod story;
mod world;
