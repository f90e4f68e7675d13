//! A guard in another process than the server: keys by HTTP, federated organizations by
//! configuration.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use keymoor_core::{
    Clock, OrganizationId,
    jwks::Jwks,
    jwt::{Expectation, KeySet},
    refusal::Pointers,
    wire::discovery::paths,
};
use tokio::sync::Mutex;

use crate::{ConfiguredDirectory, Guard, GuardConfig, KeySource, KeysUnavailable, SystemClock};

/// The least time between two fetches, however many foreign tokens come.
const PAUSE: Duration = Duration::from_secs(10);
/// The age at which keys are fetched again, the `max-age` that the server publishes them with.
const MAX_AGE: Duration = Duration::from_mins(5);
const CONNECT: Duration = Duration::from_secs(5);
const WHOLE: Duration = Duration::from_secs(10);
/// Seconds by which this machine's clock may differ from the server's.
const LEEWAY: u32 = 5;
/// The most bytes of a key set.
const MAX_BODY: usize = 64 * 1024;

/// The guard cannot be set up so.
#[derive(Debug, thiserror::Error)]
pub enum CannotGuard {
    /// Keys that come over the network in the clear could be anybody's.
    #[error("{0} must be an https URL, or http on a loopback address")]
    Insecure(String),
    /// The HTTP client does not start.
    #[error("the HTTP client does not start: {0}")]
    Client(#[from] reqwest::Error),
}

/// The public keys of a server, fetched when they are needed and again when they are old. What
/// was fetched stays usable when the server cannot be reached.
#[derive(Clone)]
pub struct RemoteKeys(Arc<Source>);

struct Source {
    url: String,
    client: reqwest::Client,
    fetched: ArcSwap<Fetched>,
    last_try: Mutex<Option<Instant>>,
    /// Whether a fetch goes on in the background.
    renewing: AtomicBool,
}

#[derive(Default)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Option<Instant>,
}

impl RemoteKeys {
    /// The keys published by the server at `issuer`.
    pub fn new(issuer: &str) -> Result<Self, CannotGuard> {
        check_transport(issuer)?;
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(WHOLE)
            .build()?;
        Ok(Self(Arc::new(Source {
            url: format!("{issuer}{}", paths::JWKS),
            client,
            fetched: ArcSwap::default(),
            last_try: Mutex::new(None),
            renewing: AtomicBool::new(false),
        })))
    }

    /// Fetches old keys again without letting a request wait, so that a withdrawn key goes.
    fn renew_if_old(&self) {
        let source = &self.0;
        let old = source.fetched.load().at.is_some_and(|at| at.elapsed() > MAX_AGE);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if !old || source.renewing.swap(true, Ordering::SeqCst) {
            return;
        }
        let keys = self.clone();
        runtime.spawn(async move {
            // What is there stays usable if this fails; the next request tries again.
            let _ = keys.refresh().await;
            keys.0.renewing.store(false, Ordering::SeqCst);
        });
    }
}

impl Source {
    async fn fetch(&self) -> Result<KeySet, KeysUnavailable> {
        let failed = |error: reqwest::Error| KeysUnavailable(error.to_string());
        let request = self.client.get(&self.url).send().await.map_err(failed)?;
        let mut response = request.error_for_status().map_err(failed)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BODY {
                return Err(KeysUnavailable("the key set is larger than 64 KiB".to_owned()));
            }
        }
        let jwks: Jwks =
            serde_json::from_slice(&body).map_err(|error| KeysUnavailable(error.to_string()))?;
        Ok(KeySet::from_jwks(&jwks))
    }

    /// Fetches, unless somebody did just before.
    async fn try_fetch(&self) -> Result<(), KeysUnavailable> {
        // Whoever waits here while another fetches finds its result and does not fetch again.
        let mut last_try = self.last_try.lock().await;
        if last_try.is_some_and(|at| at.elapsed() < PAUSE) {
            return Ok(());
        }
        *last_try = Some(Instant::now());
        let keys = Arc::new(self.fetch().await?);
        self.fetched.store(Arc::new(Fetched { keys, at: Some(Instant::now()) }));
        Ok(())
    }
}

#[async_trait]
impl KeySource for RemoteKeys {
    fn current(&self) -> Arc<KeySet> {
        self.renew_if_old();
        self.0.fetched.load().keys.clone()
    }

    async fn refresh(&self) -> Result<(), KeysUnavailable> {
        let outcome = self.0.try_fetch().await;
        if self.0.fetched.load().keys.is_empty() {
            return outcome.and(Err(KeysUnavailable("the last fetch failed".to_owned())));
        }
        Ok(())
    }
}

fn check_transport(issuer: &str) -> Result<(), CannotGuard> {
    let uri: http::Uri = issuer.parse().unwrap_or_default();
    let host = uri.host().unwrap_or_default();
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if loopback => Ok(()),
        _ => Err(CannotGuard::Insecure(issuer.to_owned())),
    }
}

/// Sets up a guard for the tokens of a server elsewhere.
pub struct RemoteGuard {
    issuer: String,
    audience: String,
    directory: ConfiguredDirectory,
    clock: Arc<dyn Clock>,
}

impl Guard {
    /// Begins a guard for the tokens of the server at `issuer`. Until it is told otherwise every
    /// organization counts as federated and the audience is `{issuer}/api`.
    pub fn remote(issuer: &str) -> RemoteGuard {
        let issuer = issuer.trim_end_matches('/');
        RemoteGuard {
            issuer: issuer.to_owned(),
            audience: format!("{issuer}/api"),
            directory: ConfiguredDirectory::AllFederated,
            clock: Arc::new(SystemClock),
        }
    }
}

impl RemoteGuard {
    /// The identifier of the API that tokens must be for.
    #[must_use]
    pub fn audience(mut self, audience: &str) -> Self {
        audience.clone_into(&mut self.audience);
        self
    }

    /// The only organizations that enforce single sign-on.
    #[must_use]
    pub fn federated(mut self, only: impl IntoIterator<Item = OrganizationId>) -> Self {
        self.directory = ConfiguredDirectory::Federated(only.into_iter().collect());
        self
    }

    /// The guard. Keys are fetched when the first token comes.
    pub fn build(self) -> Result<Guard, CannotGuard> {
        let keys = RemoteKeys::new(&self.issuer)?;
        let issuer = &self.issuer;
        let pointers = Pointers {
            token: format!("{issuer}{}", paths::TOKEN),
            documentation: format!("{issuer}/api/openapi.json"),
            resource_metadata: format!("{issuer}{}", paths::PROTECTED_RESOURCE),
        };
        let expectation = Expectation {
            issuer: self.issuer.into(),
            audience: self.audience.into(),
            leeway: LEEWAY,
        };
        let config = GuardConfig { expectation, pointers };
        Ok(Guard::new(config, Arc::new(keys), Arc::new(self.directory), self.clock))
    }
}
