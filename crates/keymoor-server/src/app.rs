use std::sync::Arc;

use keymoor_core::{
    Clock, UnixTime,
    digest::Pepper,
    jwks::Jwks,
    jwt::{KeySet, Signer},
    seal::{CannotOpen, MasterKey},
    token::{Issuer, Moment},
};
use keymoor_guard::{FixedKeys, Guard, GuardConfig};
use keymoor_store::{Store, StoreError};

use crate::{
    Settings, credentials::Credentials, directory::LocalDirectory, keys, random, uses::Uses,
};

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys in the store do not open.
    #[error(
        "the master key is not the one that this data was made with: bring back the master key \
         that belongs to it (the file master.key, or KEYMOOR_MASTER_KEY)"
    )]
    WrongMasterKey,
}

impl From<CannotOpen> for StartError {
    fn from(_: CannotOpen) -> Self {
        Self::WrongMasterKey
    }
}

/// What every request needs. One per process, shared by all.
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) credentials: Credentials,
    pub(crate) directory: Arc<LocalDirectory>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) issuer: Issuer,
    pub(crate) pepper: Pepper,
    pub(crate) signer: Signer,
    pub(crate) jwks: Jwks,
    pub(crate) uses: Uses,
}

impl App {
    /// Opens the server's secrets in `store`, making them at first start, and reads what its
    /// guard has to know.
    pub async fn start(
        settings: Settings,
        store: Arc<dyn Store>,
        master: &MasterKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StartError> {
        let now = clock.now();
        let pepper = keys::pepper(&*store, master, now).await?;
        let mut signers = keys::signers(&*store, master, settings.algorithm, now).await?;
        let jwks = Jwks { keys: signers.iter().map(|(_, signer)| signer.jwk().clone()).collect() };
        let newest = signers.iter().rposition(|(algorithm, _)| *algorithm == settings.algorithm);
        let (_, signer) = signers.swap_remove(newest.unwrap_or_default());
        let directory = Arc::new(LocalDirectory::load(&*store, now).await?);
        let guard = guard(&settings, &jwks, directory.clone(), clock.clone());
        Ok(Arc::new(Self {
            issuer: settings.issuer(),
            credentials: Credentials::new(Box::new(store.clone())),
            uses: Uses::default(),
            settings,
            store,
            clock,
            directory,
            guard,
            pepper,
            signer,
            jwks,
        }))
    }

    /// The guard that stands before the server's own resources, for other APIs in this process.
    pub fn guard(&self) -> Arc<Guard> {
        self.guard.clone()
    }

    /// The URL under which clients reach the server, without a slash at its end.
    pub fn public_url(&self) -> &str {
        &self.settings.public_url
    }

    /// Writes the noted uses to the store; a failure is logged and tried again at the next call.
    pub async fn flush_uses(&self) {
        if let Err(error) = self.uses.flush(&*self.store).await {
            tracing::warn!(%error, "last uses could not be recorded yet");
        }
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(crate) fn moment(&self, address: std::net::IpAddr) -> Moment {
        Moment { now: self.now(), random: random(), address }
    }

    /// The absolute URL of a path of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_url)
    }
}

fn guard(
    settings: &Settings,
    jwks: &Jwks,
    directory: Arc<LocalDirectory>,
    clock: Arc<dyn Clock>,
) -> Arc<Guard> {
    let config = GuardConfig { expectation: settings.expectation(), pointers: settings.pointers() };
    let keys = FixedKeys::new(KeySet::from_jwks(jwks));
    Arc::new(Guard::new(config, Arc::new(keys), directory, clock))
}
