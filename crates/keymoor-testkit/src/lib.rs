//! Fixtures for Keymoor's tests: a clock that is stepped, keys, facts, and the bodies of the fuzz
//! targets. Everything random comes from a seed, so that a failure repeats.

pub mod bypass;
mod clock;
mod fixtures;
pub mod fuzz;
mod keys;
mod postgres;
mod random;

pub use clock::SteppedClock;
pub use fixtures::{Fixture, NOW, claims, expectation, moment, token_request};
pub use keys::{pepper, pkcs8, signer};
pub use postgres::{Postgres, postgres};
pub use random::Seeded;
