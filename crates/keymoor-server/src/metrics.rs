//! What `/metrics` shows (`OpenMetrics` text, which Prometheus reads). Counting an issued token takes
//! one lock, for as long as it takes to add to a histogram.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use keymoor_core::wire::OAuthError;
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};

use crate::App;

/// Upper bounds of the latency histogram, in seconds.
const LATENCIES: [f64; 10] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0];

/// How many key ids of HMAC requests are told apart.
const HMAC_IDS: usize = 100;

type Label = [(&'static str, &'static str); 1];
type Refused = [(&'static str, &'static str); 2];
type KeyId = [(&'static str, String); 1];
type Seconds = Gauge<f64, AtomicU64>;

/// The numbers, shared by all requests.
pub(crate) struct Metrics {
    registry: Registry,
    issued: Counter,
    refused: Family<Refused, Counter>,
    latency: Histogram,
    introspections: Family<Label, Counter>,
    hmac: Family<KeyId, Counter>,
    hmac_ids: Mutex<BTreeSet<String>>,
    caches: Family<Label, Gauge>,
    loads: Counter,
    listeners: Gauge,
    number: Gauge,
    feed_age: Seconds,
    database_up: Gauge,
    database_seconds: Seconds,
}

impl Metrics {
    pub(crate) fn new(registry: Registry) -> Self {
        let mut metrics = Self {
            registry,
            issued: Counter::default(),
            refused: Family::default(),
            latency: Histogram::new(LATENCIES),
            introspections: Family::default(),
            hmac: Family::default(),
            hmac_ids: Mutex::default(),
            caches: Family::default(),
            loads: Counter::default(),
            listeners: Gauge::default(),
            number: Gauge::default(),
            feed_age: Seconds::default(),
            database_up: Gauge::default(),
            database_seconds: Seconds::default(),
        };
        metrics.register();
        metrics
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        all.register("tokens_issued", "Access tokens issued", self.issued.clone());
        let help = "Token requests refused, by error code and reason";
        all.register("tokens_refused", help, self.refused.clone());
        let help = "Time from a token request's head to its answer";
        all.register_with_unit("token_request", help, Unit::Seconds, self.latency.clone());
        let help = "Introspections, by whether the token was active";
        all.register("introspections", help, self.introspections.clone());
        let help = "HMAC requests refused, by the key id that they name";
        all.register("hmac_refused", help, self.hmac.clone());
        all.register("cache_entries", "Entries of a cache", self.caches.clone());
        let help = "Reads of credentials from the database";
        all.register("credential_loads", help, self.loads.clone());
        all.register("feed_listeners", "Listeners to the removal feed", self.listeners.clone());
        all.register("feed_number", "Number of the last change taken in", self.number.clone());
        let help =
            "Time since changes were last looked for; a shared database is asked each second";
        all.register_with_unit("feed_age", help, Unit::Seconds, self.feed_age.clone());
        all.register("database_up", "Whether the database answers", self.database_up.clone());
        let help = "Time that the database took to answer the last ping";
        all.register_with_unit("database_ping", help, Unit::Seconds, self.database_seconds.clone());
    }

    /// How a token request ended, and how long it took.
    pub(crate) fn answered(&self, refused: Option<&OAuthError>, took: Duration) {
        match refused {
            None => {
                self.issued.inc();
            }
            Some(error) => {
                let labels = [("error", error.code()), ("reason", error.reason())];
                self.refused.get_or_create(&labels).inc();
            }
        }
        self.latency.observe(took.as_secs_f64());
    }

    pub(crate) fn introspected(&self, active: bool) {
        let label = [("active", if active { "true" } else { "false" })];
        self.introspections.get_or_create(&label).inc();
    }

    /// An HMAC request was refused. Only so many key ids are told apart: anybody can make them up.
    pub(crate) fn hmac(&self, id: Option<&str>) {
        let mut known = self.hmac_ids.lock().unwrap_or_else(PoisonError::into_inner);
        let told = match id {
            None => "none",
            Some(id) if known.contains(id) => id,
            Some(id) if known.len() < HMAC_IDS => {
                known.insert(id.to_owned());
                id
            }
            Some(_) => "other",
        };
        self.hmac.get_or_create(&[("id", told.to_owned())]).inc();
    }
}

impl App {
    /// The numbers as text.
    pub async fn metrics_text(&self) -> String {
        let metrics = &self.metrics;
        let begun = self.clock.monotonic();
        let up = self.store.ping().await.is_ok();
        let now = self.clock.monotonic();
        metrics.database_up.set(i64::from(up));
        metrics.database_seconds.set(now.saturating_sub(begun).as_secs_f64());
        let entries = i64::try_from(self.credentials.entries().await).unwrap_or(i64::MAX);
        metrics.caches.get_or_create(&[("cache", "credentials")]).set(entries);
        metrics.loads.inner().store(self.credentials.loads(), Ordering::Relaxed);
        metrics.listeners.set(i64::try_from(self.feed.listeners()).unwrap_or(i64::MAX));
        metrics.number.set(self.directory.number());
        metrics.feed_age.set(self.step.age().as_secs_f64());
        let mut text = String::new();
        encode(&mut text, &metrics.registry).expect("writing to a string does not fail");
        text
    }
}
