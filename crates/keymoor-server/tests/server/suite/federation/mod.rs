mod administration;
mod domains;
mod newcomers;
pub(crate) mod provider;
mod resources;
mod restricted;
mod scope;
mod service_accounts;
mod sign_in;
