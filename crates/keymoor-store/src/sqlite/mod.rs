//! The embedded back end: SQLite, one writer, readers beside it.

mod accounts;
mod api_tokens;
mod connection;
mod facts;
mod keys;
mod migrations;
mod organizations;
mod rows;
mod store;
#[cfg(test)]
mod tests;
mod writing;

pub use connection::{SqliteOptions, SqliteStore};
