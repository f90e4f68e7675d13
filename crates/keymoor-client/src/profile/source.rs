use async_trait::async_trait;
use tokio::sync::oneshot;

use super::{Profile, ProfileName, ProfileStore, SecretPlace};
use crate::{
    credentials::{ClientSecret, CredentialSource, Credentials, CredentialsError, Mark},
    endpoints::Endpoints,
    vault::Wanted,
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
        let pair = self.of_unhealed(profile)?;
        if let SecretPlace::System(_) = profile.secret {
            self.heal(profile, &pair);
        }
        Ok(pair)
    }

    fn of_unhealed(&self, profile: &Profile) -> Result<Credentials, CredentialsError> {
        let found = self.store.vault().credentials(&self.name, profile.secret, &profile.key);
        let found = found.map_err(|error| self.failed(&error))?;
        found.ok_or_else(|| self.failed(&"its secret is gone"))
    }

    fn profile(&self) -> Result<Profile, CredentialsError> {
        let mut known = self.store.read().map_err(|error| self.failed(&error))?;
        let profile = known.named.remove(&self.name).ok_or_else(|| self.failed(&"it is gone"))?;
        if profile.endpoints != self.endpoints {
            return Err(self.failed(&"it is for another server now"));
        }
        Ok(profile)
    }

    /// On a thread of its own: the system's store may ask its owner for a password, and the lock of the
    /// profiles may be another's. No blocking task: a runtime would wait for it at its end.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, CredentialsError> + Send + 'static,
    ) -> Result<T, CredentialsError> {
        let (sender, receiver) = oneshot::channel();
        let own = self.clone();
        std::thread::spawn(move || sender.send(work(&own)).is_ok());
        receiver.await.unwrap_or_else(|_| Err(self.failed(&"its secret store failed")))
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
                found.refreshes = right.refreshes;
            }
            _ => return,
        }
        if let Err(error) = lock.write(&known) {
            tracing::warn!(%error, "a profile is not mended");
        }
    }

    /// Under the lock of the profiles, so that a login meanwhile is not written over. What another
    /// process stored after `used` is newer, or of another login.
    fn write(&self, used: &Credentials, next: ClientSecret) -> Result<(), CredentialsError> {
        let lock = self.store.lock().map_err(|error| self.failed(&error))?;
        let profile = self.profile()?;
        if self.of_unhealed(&profile)? == *used {
            let wanted = match profile.secret {
                SecretPlace::File => Wanted::File,
                SecretPlace::System(_) => Wanted::System,
            };
            let written = self.store.vault().write(&self.name, &used.followed_by(next), wanted);
            written.map_err(|error| self.failed(&error))?;
        }
        drop(lock);
        Ok(())
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
        self.apart(move |own| own.of(&profile)).await
    }

    async fn mark(&self) -> Result<Option<Mark>, CredentialsError> {
        Ok(self.profile()?.mark())
    }

    async fn follow(
        &self,
        used: &Credentials,
        refresh_token: ClientSecret,
    ) -> Result<(), CredentialsError> {
        let used = used.clone();
        self.apart(move |own| own.write(&used, refresh_token)).await
    }
}
