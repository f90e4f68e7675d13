//! The house keeps itself: who may import whom, licences, versions, advisories, and what stands
//! in no file.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod advisories;
mod floors;
mod graph;
mod licences;
mod light;
mod release;
mod sources;
mod versions;
