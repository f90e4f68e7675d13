//! PostgreSQL, for several nodes on one database.

mod driver;
#[expect(clippy::duplicate_mod, reason = "the same text for both engines, compiled for each")]
#[path = "../engine/mod.rs"]
mod engine;
mod notices;
#[cfg(test)]
mod notices_tests;
mod parameters;
#[cfg(test)]
mod putting_under_servers;
#[cfg(test)]
mod rolling_upgrade;
#[cfg(test)]
mod single_spend;
#[cfg(test)]
mod standing_in_the_way;
#[cfg(test)]
mod tests;

pub use driver::{InvalidUrl, PostgresOptions, PostgresStore};
