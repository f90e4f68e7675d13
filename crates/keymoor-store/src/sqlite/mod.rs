//! The embedded back end: SQLite, one writer, readers beside it.

mod driver;
#[path = "../engine/mod.rs"]
mod engine;
#[cfg(test)]
mod tests;

pub use driver::{SqliteOptions, SqliteStore};
