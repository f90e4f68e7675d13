//! What the server promises, a fact a test, on SQLite and on PostgreSQL. `sNN_` names the item of
//! SECURITY.md that a test shows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cut_off;
mod gone_back;
mod hanging_commit;
#[path = "suite/mod.rs"]
mod postgres;
mod postgres_only;
#[expect(clippy::duplicate_mod, reason = "the whole suite runs on both engines")]
#[path = "suite/mod.rs"]
mod sqlite;
mod sqlite_only;
mod two_servers;
