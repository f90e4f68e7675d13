//! What is the same text for both engines. This folder is a module of `sqlite` and of `postgres`:
//! each brings its `driver`, which names the types and says how a transaction begins.

#[macro_use]
mod macros;

mod accounts;
mod activity;
mod api_secrets;
mod api_token_lists;
mod api_tokens;
mod audit;
mod copying;
mod domains;
mod factors;
mod facts;
mod grants;
mod invitations;
mod keys;
mod members;
pub(super) mod migrations;
mod organizations;
mod people;
mod providers;
mod refused_calls;
mod removals;
mod resource_servers;
mod roles;
mod rows;
mod scim;
mod scim_users;
mod seats;
mod service_accounts;
mod sign_ins;
mod sign_on;
mod store;
mod switches;
mod team_members;
mod teams;
mod writing;

use super::driver;
