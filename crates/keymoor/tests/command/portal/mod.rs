//! The portal in a real browser.

mod pages;
mod story;
mod world;
