use async_trait::async_trait;

use super::{ProfileName, ProfileStore};
use crate::{
    credentials::{CredentialSource, Credentials, CredentialsError},
    endpoints::Endpoints,
};

/// The credentials of a profile, read anew each time a token has to be got: what runs for long goes
/// on after a rotation. They are brought for the server that the profile had at first, and for no
/// other.
#[derive(Clone, Debug)]
pub struct ProfileCredentials {
    store: ProfileStore,
    name: ProfileName,
    endpoints: Endpoints,
}

impl ProfileCredentials {
    /// Those of the profile of that name, as long as its server is that one.
    pub fn new(store: ProfileStore, name: ProfileName, endpoints: Endpoints) -> Self {
        Self { store, name, endpoints }
    }

    fn read(&self) -> Result<Credentials, CredentialsError> {
        let known = self.store.read().map_err(|error| self.failed(&error))?;
        let profile = known.named.get(&self.name).ok_or_else(|| self.failed(&"it is gone"))?;
        if profile.endpoints != self.endpoints {
            return Err(self.failed(&"it is for another server now"));
        }
        let found = self.store.vault().credentials(&self.name, &profile.key);
        found
            .map_err(|error| self.failed(&error))?
            .ok_or_else(|| self.failed(&"its secret is gone"))
    }

    fn failed(&self, what: &impl ToString) -> CredentialsError {
        CredentialsError::Place { place: format!("profile {}", self.name), what: what.to_string() }
    }
}

#[async_trait]
impl CredentialSource for ProfileCredentials {
    async fn load(&self) -> Result<Credentials, CredentialsError> {
        self.read()
    }
}
