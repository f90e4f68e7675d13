use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use ::http::header::CACHE_CONTROL;
use arc_swap::ArcSwap;
use async_trait::async_trait;
use keymoor_core::{
    Clock, jwks::Jwks, jwt::KeySet, rotation::KEY_SET_MAX_AGE, wire::discovery::paths,
};
use tokio::sync::Mutex;

use super::{
    CannotGuard,
    heard::{self, Heard},
    http,
};
use crate::{KeySource, KeysUnavailable, SystemClock};

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
    clock: Arc<dyn Clock>,
    /// Times are those of the monotonic clock.
    last_try: Mutex<Option<Duration>>,
    /// Whether a fetch goes on in the background.
    renewing: AtomicBool,
    /// What the removal feed told, if there is one.
    heard: OnceLock<Arc<Heard>>,
}

#[derive(Default)]
struct Fetched {
    keys: Arc<KeySet>,
    at: Option<Duration>,
}

impl RemoteKeys {
    /// The keys published by the server at `issuer`.
    pub fn new(issuer: &str) -> Result<Self, CannotGuard> {
        Self::with_clock(issuer, Arc::new(SystemClock))
    }

    pub(super) fn with_clock(issuer: &str, clock: Arc<dyn Clock>) -> Result<Self, CannotGuard> {
        http::check_transport(issuer)?;
        let client = http::client().timeout(http::WHOLE).build()?;
        Ok(Self(Arc::new(Source {
            url: format!("{issuer}{}", paths::JWKS),
            client,
            fetched: ArcSwap::default(),
            clock,
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

    /// Whether a key of that `kid` is there.
    pub(super) fn has(&self, kid: &str) -> bool {
        self.0.fetched.load().keys.contains(kid)
    }

    /// Fetches the keys, however short ago the last fetch was; whether it could.
    pub(super) async fn fetch_now(&self) -> bool {
        self.0.fetch_now(&mut *self.0.last_try.lock().await).await.is_ok()
    }

    /// Fetches old keys again without letting a request wait, so that a withdrawn key goes.
    fn renew_if_old(&self) {
        let source = &self.0;
        let old = source.fetched.load().at.is_some_and(|at| source.since(at) > MAX_AGE);
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
        // A cache on the way may hold a set from before a key was withdrawn.
        let request = self.client.get(&self.url).header(CACHE_CONTROL, "no-cache");
        let request = request.send().await.map_err(failed)?;
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
        if last_try.is_some_and(|at| self.since(at) < PAUSE) {
            return Ok(());
        }
        self.fetch_now(&mut last_try).await
    }

    /// The keys are as old as the request for them.
    async fn fetch_now(&self, last_try: &mut Option<Duration>) -> Result<(), KeysUnavailable> {
        let at = Some(self.clock.monotonic());
        *last_try = at;
        let keys = Arc::new(self.fetch().await?);
        self.fetched.store(Arc::new(Fetched { keys, at }));
        Ok(())
    }

    fn since(&self, at: Duration) -> Duration {
        self.clock.monotonic().saturating_sub(at)
    }

    /// Whether neither a fetch nor the feed has confirmed the keys for too long.
    fn is_expired(&self, fetched: &Fetched) -> bool {
        let fresh = fetched.at.is_some_and(|at| self.since(at) <= heard::USABLE);
        self.heard.get().is_some_and(|heard| !fresh && !heard.is_usable())
    }

    /// The fetched keys that still count.
    fn counting(&self) -> Arc<KeySet> {
        let fetched = self.fetched.load();
        let Some(heard) = self.heard.get() else {
            return fetched.keys.clone();
        };
        if self.is_expired(&fetched) {
            return Arc::default();
        }
        let Some(told) = heard.removals() else {
            return fetched.keys.clone();
        };
        // A key set that was fetched later may still be an old one, from a cache on the way: what
        // was withdrawn stays out, whichever word is later.
        let later = heard.spoke_after(fetched.at);
        let counts = |kid: &str| !told.is_withdrawn(kid) && (!later || told.has_key(kid));
        if fetched.keys.kids().all(counts) {
            return fetched.keys.clone();
        }
        Arc::new(fetched.keys.only(counts))
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
        let fetched = self.0.fetched.load();
        if fetched.keys.is_empty() || self.0.is_expired(&fetched) {
            return outcome.and(Err(KeysUnavailable("the last fetch failed".to_owned())));
        }
        Ok(())
    }
}
