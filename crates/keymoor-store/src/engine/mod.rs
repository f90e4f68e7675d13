//! What is the same text for both engines. This folder is a module of `sqlite` and of `postgres`:
//! each brings its `driver`, which names the types and says how a transaction begins.

mod accounts;
mod api_secrets;
mod api_tokens;
mod facts;
mod keys;
mod members;
pub(super) mod migrations;
mod organizations;
mod removals;
mod resource_servers;
mod rows;
mod store;
mod switches;
mod writing;

use super::driver;
