mod administration;
mod provider;
mod resources;
mod scope;
mod sign_in;
