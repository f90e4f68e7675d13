use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use keymoor_core::{
    Clock, UnixTime,
    digest::Pepper,
    refresh::GrantKeys,
    seal::{CannotOpen, MasterKey},
    token::{Issuer, Moment},
};
use keymoor_guard::{Guard, GuardConfig};
use keymoor_store::{Shut, Store, StoreError};
use prometheus_client::registry::Registry;
use tokio_util::sync::CancellationToken;

use crate::{
    Settings, WhenCutOff,
    credentials::Credentials,
    directory::LocalDirectory,
    explain::Refusals,
    federation::{KnownProviders, Watched},
    feed::Feed,
    follower::Follower,
    in_step::Step,
    keyring::Keyring,
    keys,
    limits::Limits,
    metrics::Metrics,
    portal::{self, Mailer, passwords::Passwords},
    random,
    resource_servers::ResourceServers,
    scim::Pace,
    uses::Uses,
    vouching::Vouching,
};

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The installation is not to be used.
    #[error("{0}")]
    Shut(Shut),
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

async fn check_open(store: &dyn Store) -> Result<(), StartError> {
    match store.shut().await? {
        None => Ok(()),
        Some(why) => Err(StartError::Shut(why)),
    }
}

/// What every request needs. One per process, shared by all.
pub struct App {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) credentials: Credentials,
    pub(crate) directory: Arc<LocalDirectory>,
    pub(crate) step: Arc<Step>,
    pub(crate) vouching: Arc<Vouching>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) resource_servers: ResourceServers,
    pub(crate) pepper: Pepper,
    pub(crate) grant_keys: GrantKeys,
    pub(crate) master: MasterKey,
    pub(crate) keyring: Keyring,
    pub(crate) uses: Uses,
    pub(crate) refusals: Arc<Refusals>,
    pub(crate) feed: Feed,
    pub(crate) follower: Follower,
    pub(crate) metrics: Metrics,
    pub(crate) portal: portal::Keys,
    pub(crate) passwords: Passwords,
    pub(crate) mailer: Option<Mailer>,
    pub(crate) known_providers: KnownProviders,
    pub(crate) watched: Watched,
    pub(crate) pace: Pace,
    pub(crate) limits: Limits,
    /// By the clock that never jumps.
    pub(crate) started: Duration,
    /// Set when the server is about to stop, so that nobody is sent here any more.
    pub(crate) leaving: AtomicBool,
    /// Cancelled when the server is to stop, so that what never ends by itself does.
    pub(crate) closing: CancellationToken,
    /// Cancelled when everybody was answered.
    pub(crate) ended: CancellationToken,
}

impl App {
    /// Opens the server's secrets in `store`, making them at first start, and reads what its
    /// guard has to know.
    pub async fn start(
        mut settings: Settings,
        store: Arc<dyn Store>,
        master: MasterKey,
        clock: Arc<dyn Clock>,
    ) -> Result<Arc<Self>, StartError> {
        let now = clock.now();
        store.set_clock(clock.clone());
        check_open(&*store).await?;
        // First: whatever changes from here on is taken in later.
        let directory = Arc::new(LocalDirectory::load(&*store, now).await?);
        let pepper = keys::pepper(&*store, &master, now).await?;
        // Again: before there was a pepper, a restore could still put everything in.
        check_open(&*store).await?;
        let stored = keys::signing_keys(&*store, &master, settings.algorithm, now).await?;
        if settings.keeps_algorithm {
            settings.algorithm = stored.last().map_or(settings.algorithm, |key| key.algorithm);
        }
        let keyring = Keyring::new(&stored, &master, now)?;
        let all = store.resource_servers().await?;
        let closing = CancellationToken::new();
        let refusals = Arc::new(Refusals::default());
        let step = Arc::new(Step::new(store.is_shared(), clock.clone()));
        let vouching = Vouching::new(step.clone(), keyring.verifying(), directory.clone());
        let expectation = settings.expectation();
        let config = GuardConfig { expectation, pointers: settings.pointers() };
        let guard = vouching.guard(config, settings.when_cut_off);
        let app = Arc::new(Self {
            resource_servers: ResourceServers::new(&settings, all),
            credentials: Credentials::new(Box::new(store.clone()), settings.cached_keys.into()),
            uses: Uses::default(),
            feed: Feed::new(directory.number()),
            follower: Follower::default(),
            metrics: Metrics::new(Registry::with_prefix("keymoor")),
            grant_keys: GrantKeys::new(&master),
            portal: portal::Keys::new(&master),
            passwords: Passwords::new(settings.password_threads),
            mailer: settings.smtp.clone().map(|smtp| Mailer::new(smtp, closing.clone())),
            known_providers: KnownProviders::default(),
            watched: Watched::default(),
            pace: Pace::default(),
            limits: Limits::new(&settings),
            started: clock.monotonic(),
            leaving: AtomicBool::new(false),
            closing,
            ended: CancellationToken::new(),
            guard: Arc::new(guard.telling(refusals.clone())),
            vouching,
            step,
            refusals,
            settings,
            store,
            clock,
            directory,
            pepper,
            master,
            keyring,
        });
        app.catch_up().await?;
        app.load_watched().await?;
        Ok(app)
    }

    /// The guard that stands before the server's own resources, for other APIs in this process.
    pub fn guard(&self) -> Arc<Guard> {
        self.guard.clone()
    }

    /// The same for an API of another identifier, by the same keys and removals, if one is named; with
    /// a policy of its own.
    pub fn guard_of(&self, audience: Option<&str>, when_cut_off: WhenCutOff) -> Arc<Guard> {
        let audience = audience.unwrap_or(&self.settings.audience);
        let expectation = self.settings.expectation_of(audience.into());
        let config = GuardConfig { expectation, pointers: self.settings.pointers() };
        let guard = self.vouching.guard(config, when_cut_off);
        Arc::new(guard.telling(self.refusals.clone()))
    }

    /// The URL under which clients reach the server, without a slash at its end.
    pub fn public_url(&self) -> &str {
        &self.settings.public_url
    }

    /// How many passwords were hashed since the start: each costs the same.
    pub fn passwords_hashed(&self) -> u64 {
        self.passwords.done()
    }

    /// How many passwords were taken to be hashed since the start, those that wait among them.
    pub fn passwords_begun(&self) -> u64 {
        self.passwords.begun()
    }

    /// Says at `/readyz` that this server is about to stop. It goes on answering.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::SeqCst);
    }

    /// Ends what never ends by itself, such as the removal feed, so that running requests do.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Ends [`App::follow`]: nobody is to be answered any more.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Lets go of the database, at the very end ([`Store::close`]).
    pub async fn let_go(&self) {
        self.store.close().await;
    }

    /// Writes the noted uses and refused calls to the store; a failure is logged and tried again at the next call.
    pub async fn flush_uses(&self) {
        if let Err(error) = self.uses.flush(&*self.store).await {
            tracing::warn!(%error, "last uses could not be recorded yet");
        }
        if let Err(error) = self.refusals.flush(&*self.store, self.now()).await {
            tracing::warn!(%error, "refused calls could not be stored yet");
        }
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.clock.now()
    }

    pub(crate) fn moment(&self, address: std::net::IpAddr) -> Moment {
        Moment { now: self.now(), random: random(), address }
    }

    pub(crate) fn issuer(&self) -> Arc<Issuer> {
        self.resource_servers.issuer()
    }

    /// The absolute URL of a path of this server.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_url)
    }
}
