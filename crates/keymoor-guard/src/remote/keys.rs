use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;
use async_trait::async_trait;
use keymoor_core::{jwks::Jwks, jwt::KeySet, rotation::KEY_SET_MAX_AGE, wire::discovery::paths};
use tokio::sync::Mutex;

use super::{
    CannotGuard,
    heard::{self, Heard},
    http,
};
use crate::{KeySource, KeysUnavailable};

/// The least time between two fetches, however many foreign tokens come.
const PAUSE: Duration = Duration::from_secs(10);
/// The age at which keys are fetched again, the `max-age` that the server publishes them with.
const MAX_AGE: Duration = Duration::from_secs(KEY_SET_MAX_AGE as u64);
/// The most bytes of a key set.
const MAX_BODY: usize = 64 * 1024;

/// The public keys of a server, fetched when they are needed and again when they are old. What
/// was fetched stays usable when the server cannot be reached. With a removal feed, the keys that
/// it withdraws go at once, and all of them once neither the feed nor a fetch has confirmed them
/// for longer than any token lives.
#[derive(Clone)]
pub struct RemoteKeys(Arc<Source>);

struct Source {
    url: String,
    client: reqwest::Client,
    fetched: ArcSwap<Fetched>,
    last_try: Mutex<Option<Instant>>,
    /// Whether a fetch goes on in the background.
    renewing: AtomicBool,
    /// What the removal feed told, if there is one.
    heard: OnceLock<Arc<Heard>>,
}

#[derive(Default)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Option<Instant>,
}

impl RemoteKeys {
    /// The keys published by the server at `issuer`.
    pub fn new(issuer: &str) -> Result<Self, CannotGuard> {
        http::check_transport(issuer)?;
        let client = http::client().timeout(http::WHOLE).build()?;
        Ok(Self(Arc::new(Source {
            url: format!("{issuer}{}", paths::JWKS),
            client,
            fetched: ArcSwap::default(),
            last_try: Mutex::new(None),
            renewing: AtomicBool::new(false),
            heard: OnceLock::new(),
        })))
    }

    /// From now on these keys count only as far as the removal feed says so.
    pub(super) fn confirmed_by(&self, heard: Arc<Heard>) {
        // Set once, when the guard is made.
        let _ = self.0.heard.set(heard);
    }

    /// Fetches the keys if the removal feed names one that is not there, however short ago the
    /// last fetch was.
    pub(super) async fn follow(&self, heard: &Heard) {
        let keys = self.0.fetched.load().keys.clone();
        let missing = heard.removals().is_some_and(|told| told.kids().any(|k| !keys.contains(k)));
        if missing {
            // Tried again at the next heartbeat if it fails.
            let _ = self.0.fetch_now(&mut *self.0.last_try.lock().await).await;
        }
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
        self.fetch_now(&mut last_try).await
    }

    async fn fetch_now(&self, last_try: &mut Option<Instant>) -> Result<(), KeysUnavailable> {
        *last_try = Some(Instant::now());
        let keys = Arc::new(self.fetch().await?);
        self.fetched.store(Arc::new(Fetched { keys, at: Some(Instant::now()) }));
        Ok(())
    }

    /// The fetched keys that still count.
    fn counting(&self) -> Arc<KeySet> {
        let fetched = self.fetched.load();
        let Some(heard) = self.heard.get() else {
            return fetched.keys.clone();
        };
        let fresh = fetched.at.is_some_and(|at| at.elapsed() <= heard::USABLE);
        match heard.removals() {
            _ if !fresh && !heard.is_usable() => Arc::default(),
            Some(told) if fetched.keys.kids().any(|kid| !told.has_key(kid)) => {
                Arc::new(fetched.keys.only(|kid| told.has_key(kid)))
            }
            _ => fetched.keys.clone(),
        }
    }
}

#[async_trait]
impl KeySource for RemoteKeys {
    fn current(&self) -> Arc<KeySet> {
        self.renew_if_old();
        self.0.counting()
    }

    async fn refresh(&self) -> Result<(), KeysUnavailable> {
        let outcome = self.0.try_fetch().await;
        if self.0.fetched.load().keys.is_empty() {
            return outcome.and(Err(KeysUnavailable("the last fetch failed".to_owned())));
        }
        Ok(())
    }
}
