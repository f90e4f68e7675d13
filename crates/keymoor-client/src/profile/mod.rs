//! Profiles: named servers, each with whose API Key is used there.

mod acquia;
mod lock;
mod name;
mod record;
mod source;
mod store;
#[cfg(test)]
mod tests;

pub use acquia::{AcquiaKey, AcquiaStore};
pub use name::ProfileName;
pub use record::{Organization, Profile, SecretPlace};
pub use source::ProfileCredentials;
pub use store::{ProfileError, ProfileStore, Profiles, ProfilesLock, configuration_folder};
