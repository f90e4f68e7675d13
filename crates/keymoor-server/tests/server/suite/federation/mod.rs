mod administration;
mod provider;
mod resources;
mod restricted;
mod scope;
mod service_accounts;
mod sign_in;
