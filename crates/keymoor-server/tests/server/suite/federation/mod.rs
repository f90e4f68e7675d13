mod administration;
mod domains;
mod newcomers;
mod provider;
mod resources;
mod scope;
mod sign_in;
