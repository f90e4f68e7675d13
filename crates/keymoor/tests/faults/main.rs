//! Faults and what they may not do (SECURITY.md 83-93): the real program is killed, starved, cut off
//! and lied to, while a ledger remembers every change that it acknowledged. Afterwards each of them
//! has to be there: what was created works, what was removed is refused.
//!
//! The tests are the short form. `bench/faults` runs the same rounds with other counts, named in
//! [`figures`], and writes the table of docs/reliability.md.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod database;
mod figures;
mod full_disk;
mod http;
mod inspect;
mod io_errors;
mod kills;
mod leaving;
mod ledger;
mod load;
mod node;
mod nodes;
mod partition;
mod place;
mod power;
mod rolling;
mod skew;
mod strace;
mod upgrades;
