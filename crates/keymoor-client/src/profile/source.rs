use async_trait::async_trait;
use tokio::sync::oneshot;

use super::{Profile, ProfileName, ProfileStore, SecretPlace};
use crate::{
    credentials::{CredentialSource, Credentials, CredentialsError, Mark},
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

    /// Key and secret. It waits for the system's store if they are there, for a limited time.
    pub fn read(&self) -> Result<Credentials, CredentialsError> {
        self.of(&self.profile()?)
    }

    fn of(&self, profile: &Profile) -> Result<Credentials, CredentialsError> {
        let found = self.store.vault().credentials(&self.name, profile.secret, &profile.key);
        let found = found.map_err(|error| self.failed(&error))?;
        let pair = found.ok_or_else(|| self.failed(&"its secret is gone"))?;
        if let SecretPlace::System(_) = profile.secret {
            self.heal(profile, &pair);
        }
        Ok(pair)
    }

    fn profile(&self) -> Result<Profile, CredentialsError> {
        let mut known = self.store.read().map_err(|error| self.failed(&error))?;
        let profile = known.named.remove(&self.name).ok_or_else(|| self.failed(&"it is gone"))?;
        if profile.endpoints != self.endpoints {
            return Err(self.failed(&"it is for another server now"));
        }
        Ok(profile)
    }

    /// After a crash between store and profile, the profile has the mark of the old secret, by which
    /// no token is found any more. The store is right. If it cannot be mended, tokens are got anew.
    fn heal(&self, profile: &Profile, pair: &Credentials) {
        let right = Mark::of(pair);
        if profile.mark().as_ref() == Some(&right) {
            return;
        }
        let Ok(lock) = self.store.lock() else { return };
        let Ok(mut known) = lock.read() else { return };
        match known.named.get_mut(&self.name) {
            Some(found) if found.mark() == profile.mark() => {
                found.key = right.key;
                found.secret = SecretPlace::System(right.digest);
            }
            _ => return,
        }
        if let Err(error) = lock.write(&known) {
            tracing::warn!(%error, "a profile is not mended");
        }
    }

    fn failed(&self, what: &impl ToString) -> CredentialsError {
        CredentialsError::Place { place: format!("profile {}", self.name), what: what.to_string() }
    }
}

#[async_trait]
impl CredentialSource for ProfileCredentials {
    async fn load(&self) -> Result<Credentials, CredentialsError> {
        let profile = self.profile()?;
        if profile.secret == SecretPlace::File {
            return self.of(&profile);
        }
        // The system's store may ask its owner for a password. No blocking task: a runtime would
        // wait for it at its end.
        let (sender, receiver) = oneshot::channel();
        let own = self.clone();
        std::thread::spawn(move || sender.send(own.of(&profile)).is_ok());
        receiver.await.unwrap_or_else(|_| Err(self.failed(&"the system's secret store failed")))
    }

    async fn mark(&self) -> Result<Option<Mark>, CredentialsError> {
        Ok(self.profile()?.mark())
    }
}
