use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use http::Uri;
use keymoor_core::{
    Clock, UnixTime,
    access::Target,
    jwks::Jwks,
    jwt::{Algorithm, Expectation, KeySet},
    rotation::{PUBLISHED_AFTER, PUBLISHED_BEFORE},
};
use keymoor_guard::{ConfiguredDirectory, FixedKeys, Guard, GuardConfig};
use keymoor_server::{App, Settings, operations::CreatedApiToken};
use keymoor_store::Actor::Operator;

use super::app::{API, TestApp, URL, call, master};

/// The `kid` of each published key.
async fn published(app: &TestApp) -> Vec<String> {
    let jwks = app.call("GET", "/.well-known/jwks.json", "").await.json();
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

/// What each signing key does, oldest first.
async fn states(app: &TestApp) -> Vec<&'static str> {
    app.app.signing_key_states().await.unwrap().iter().map(|key| key.state).collect()
}

async fn signing(app: &TestApp) -> String {
    let states = app.app.signing_key_states().await.unwrap();
    states.into_iter().find(|key| key.state == "signing").unwrap().key.kid
}

#[tokio::test]
async fn s29_a_new_key_is_published_first_signs_later_and_the_old_one_stays_as_long_as_needed() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let old = signing(&app).await;
    let (new, _) = app.app.rotate_signing_key(Operator).await.unwrap();
    assert_eq!(published(&app).await, [old.clone(), new.clone()]);
    app.clock.step(i64::from(PUBLISHED_BEFORE) - 1);
    assert_eq!(signing(&app).await, old);
    let last_of_old = app.bearer(&token, "").await;
    app.clock.step(1);
    assert_eq!(signing(&app).await, new);
    assert_eq!(states(&app).await, ["retiring", "signing"]);
    app.clock.step(298);
    assert_eq!(app.call("GET", "/api/account", &last_of_old).await.status, 200);
    app.clock.step(i64::from(PUBLISHED_AFTER) - 298);
    assert_eq!(published(&app).await, [new]);
    assert_eq!(states(&app).await, ["retired", "signing"]);
}

#[tokio::test]
async fn a_key_is_replaced_when_its_life_is_over_and_not_before() {
    let app = TestApp::start().await;
    app.app.rotate_if_due().await;
    assert_eq!(states(&app).await.len(), 1);
    app.clock.step(90 * 86_400);
    app.app.rotate_if_due().await;
    app.app.rotate_if_due().await;
    assert_eq!(states(&app).await, ["signing", "waiting"]);
}

#[tokio::test]
async fn s29_another_algorithm_takes_its_turn_as_another_key_does() {
    let app = TestApp::start().await;
    let TestApp { place, app: inner, router, store, .. } = app;
    drop((inner, router));
    let settings = Settings { algorithm: Algorithm::EdDsa, ..Settings::new(URL) };
    let app = TestApp::open(place, store, settings).await;
    app.app.rotate_if_due().await;
    assert_eq!(states(&app).await, ["signing", "waiting"]);
    let keys = app.app.signing_key_states().await.unwrap();
    let algorithms: Vec<_> = keys.iter().map(|state| state.key.algorithm).collect();
    assert_eq!(algorithms, [Algorithm::Es256, Algorithm::EdDsa]);
}

/// Another server on the same store, by the same clock, with its own choice of algorithm.
async fn beside(app: &TestApp, algorithm: Algorithm) -> Arc<App> {
    let settings = Settings { algorithm, ..Settings::new(URL) };
    App::start(settings, app.store.clone(), master(), app.clock.clone()).await.unwrap()
}

#[tokio::test]
async fn two_servers_that_find_a_rotation_due_at_once_make_one_key() {
    let app = TestApp::start().await;
    let other = beside(&app, Algorithm::Es256).await;
    app.clock.step(90 * 86_400);
    let (here, there) =
        (app.app.rotation_due().await.unwrap(), other.rotation_due().await.unwrap());
    app.app.rotate_as_due(here.unwrap()).await.unwrap();
    assert!(other.rotate_as_due(there.unwrap()).await.is_err(), "it saw what was there before");
    assert_eq!(app.store.signing_keys().await.unwrap().len(), 2);
}

#[tokio::test]
async fn two_servers_whose_operators_chose_differently_do_not_make_keys_for_ever() {
    let app = TestApp::start().await;
    let other = beside(&app, Algorithm::EdDsa).await;
    for _ in 0..20 {
        app.app.rotate_if_due().await;
        other.rotate_if_due().await;
        app.clock.step(60);
    }
    assert_eq!(app.store.signing_keys().await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_command_that_knows_no_choice_keeps_the_algorithm() {
    let app = TestApp::with(|settings| settings.algorithm = Algorithm::EdDsa).await;
    let settings = Settings { keeps_algorithm: true, ..Settings::new(URL) };
    let command = App::start(settings, app.store.clone(), master(), app.clock.clone()).await;
    command.unwrap().rotate_signing_key(Operator).await.unwrap();
    let keys = app.store.signing_keys().await.unwrap();
    assert!(keys.iter().all(|key| key.algorithm == Algorithm::EdDsa), "{}", keys.len());
}

#[tokio::test]
async fn s32_a_withdrawn_key_is_dead_at_once_and_another_signs() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let stolen = signing(&app).await;
    app.app.withdraw_signing_key(&stolen, Operator).await.unwrap();
    assert_eq!(app.call("GET", "/api/account", &bearer).await.error(), "invalid_token");
    assert!(!app.is_active(&server, &bearer).await);
    assert_eq!(states(&app).await, ["withdrawn", "signing"]);
    assert!(!published(&app).await.contains(&stolen));
    app.clock.step(1);
    let new = app.bearer(&token, "").await;
    assert_eq!(app.call("GET", "/api/account", &new).await.status, 200);
    app.clock.step(298);
    let app = app.restart().await;
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 401);
    assert_eq!(app.call("GET", "/api/account", &new).await.status, 200);
}

#[tokio::test]
async fn an_unknown_key_cannot_be_withdrawn_and_no_key_twice() {
    let app = TestApp::start().await;
    assert!(app.app.withdraw_signing_key("x", Operator).await.is_err());
    let kid = signing(&app).await;
    app.app.withdraw_signing_key(&kid, Operator).await.unwrap();
    assert!(app.app.withdraw_signing_key(&kid, Operator).await.is_err());
    assert_eq!(states(&app).await, ["withdrawn", "signing"]);
}

/// A guard elsewhere that fetched the keys a while ago and asks for no others.
struct Elsewhere {
    keys: Arc<FixedKeys>,
    guard: Guard,
    fetched: UnixTime,
}

impl Elsewhere {
    fn new(app: &TestApp) -> Self {
        let keys = Arc::new(FixedKeys::default());
        let expectation = Expectation { issuer: URL.into(), audience: API.into(), leeway: 5 };
        let config = GuardConfig { expectation, pointers: app.app.guard().pointers().clone() };
        let directory = Arc::new(ConfiguredDirectory::AllFederated);
        let guard = Guard::new(config, keys.clone(), directory, app.clock.clone());
        Self { keys, guard, fetched: UnixTime::from_seconds(0) }
    }

    /// Why it refuses, if it does.
    async fn refusal(&mut self, app: &TestApp, bearer: &str) -> Option<String> {
        let now = app.clock.now();
        // As old as its `max-age` allows, less the steps of the clock that can come meanwhile.
        if now.since(self.fetched) > 300 - 2 * STEP {
            let jwks = app.call("GET", "/.well-known/jwks.json", "").await.text;
            let jwks: Jwks = serde_json::from_str(&jwks).unwrap();
            self.keys.replace(KeySet::from_jwks(&jwks));
            self.fetched = now;
        }
        let headers = call("GET", "/", bearer, "").into_parts().0.headers;
        let checked = self.guard.check(&headers, &Uri::from_static("/"), Target::General).await;
        checked.err().map(|refusal| format!("elsewhere: {refusal:?}"))
    }
}

/// Seconds that the clock goes on at a time, while the load takes a turn.
const STEP: i64 = 60;

/// One who uses the server while its keys change.
struct Load {
    app: Arc<TestApp>,
    token: Arc<CreatedApiToken>,
    goes_on: Arc<AtomicBool>,
    refused: Arc<Mutex<Vec<String>>>,
    turns: Arc<AtomicUsize>,
}

impl Load {
    /// Asks for tokens and uses them at once and again later.
    async fn run(self) {
        let mut elsewhere = Elsewhere::new(&self.app);
        let mut kept = (self.app.bearer(&self.token, "").await, self.app.clock.now());
        while self.goes_on.load(Ordering::SeqCst) {
            let asked = self.app.clock.now();
            let fresh = self.app.bearer(&self.token, "").await;
            for bearer in [&fresh, &kept.0] {
                let here = self.app.call("GET", "/api/account", bearer).await;
                let here = (here.status != 200).then(|| format!("here: {here:?}"));
                let there = elsewhere.refusal(&self.app, bearer).await;
                self.refused.lock().unwrap().extend(here.into_iter().chain(there));
            }
            if self.app.clock.now().since(kept.1) > 300 - 3 * STEP {
                kept = (fresh, asked);
            }
            self.turns.fetch_add(1, Ordering::SeqCst);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s29_a_hundred_rotations_under_load_refuse_nobody() {
    let app = Arc::new(TestApp::start().await);
    let (_, token) = app.client("a@example.com").await;
    let (token, goes_on) = (Arc::new(token), Arc::new(AtomicBool::new(true)));
    let refused = Arc::new(Mutex::new(Vec::new()));
    let turns = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
    let loads = turns.clone().map(|turns| {
        let (app, token, goes_on) = (app.clone(), token.clone(), goes_on.clone());
        tokio::spawn(Load { app, token, goes_on, refused: refused.clone(), turns }.run())
    });
    let mut signed = HashSet::new();
    for _ in 0..100 {
        app.app.rotate_signing_key(Operator).await.unwrap();
        for _ in 0..6 {
            let before = turns.each_ref().map(|turns| turns.load(Ordering::SeqCst));
            app.pass(STEP).await;
            while turns.iter().zip(before).any(|(now, then)| now.load(Ordering::SeqCst) <= then) {
                assert!(!loads.iter().any(tokio::task::JoinHandle::is_finished), "a load gave up");
                tokio::task::yield_now().await;
            }
        }
        signed.insert(signing(&app).await);
    }
    goes_on.store(false, Ordering::SeqCst);
    for load in loads {
        load.await.unwrap();
    }
    assert_eq!(signed.len(), 100, "each key signed");
    let none: [String; 0] = [];
    assert_eq!(*refused.lock().unwrap(), none, "of at least 2400 uses");
}
