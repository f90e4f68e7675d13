//! A guard that listens to a removal feed, which the test tells what to say.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use bytes::Bytes;
use futures_util::stream::unfold;
use keymoor_core::{
    Clock, OrganizationId, Scope,
    access::Target,
    claims::Claims,
    jwks::Jwks,
    jwt::{Algorithm, Signer, TokenFault},
    refusal::Refusal,
    removals::{Event, Federated, Snapshot, Subject, Tombstone},
};
use keymoor_guard::{FeedCredentials, FeedProblem, FeedWatch, Guard, RemoteGuard, WhenLost};
use keymoor_testkit::{NOW, SteppedClock, claims, signer};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

use crate::support::{check, organization};

/// A server that does as it is told.
#[derive(Default)]
pub(crate) struct Script {
    pub(crate) jwks: Mutex<Jwks>,
    /// Holds every answer about the keys back.
    pub(crate) jwks_held: AtomicBool,
    pub(crate) jwks_down: AtomicBool,
    pub(crate) jwks_asked: AtomicUsize,
    /// What introspection answers; down if `None`.
    pub(crate) active: Mutex<Option<bool>>,
    pub(crate) introspected: AtomicUsize,
    /// The `Last-Event-ID` of each connection.
    pub(crate) connections: Mutex<Vec<Option<String>>>,
    pub(crate) feed: Mutex<Option<UnboundedSender<String>>>,
}

async fn jwks(State(script): State<Arc<Script>>) -> Response {
    script.jwks_asked.fetch_add(1, Ordering::SeqCst);
    while script.jwks_held.load(Ordering::SeqCst) {
        tokio::task::yield_now().await;
    }
    if script.jwks_down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Json(script.jwks.lock().unwrap().clone()).into_response()
}

async fn introspect(State(script): State<Arc<Script>>) -> Response {
    script.introspected.fetch_add(1, Ordering::SeqCst);
    match *script.active.lock().unwrap() {
        Some(active) => Json(json!({ "active": active })).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn removals(State(script): State<Arc<Script>>, headers: HeaderMap) -> Response {
    // reports:secret
    if headers.get("authorization").is_none_or(|value| value != "Basic cmVwb3J0czpzZWNyZXQ=") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let last = headers.get("last-event-id").map(|id| id.to_str().unwrap().to_owned());
    script.connections.lock().unwrap().push(last);
    let (sender, receiver) = unbounded_channel();
    *script.feed.lock().unwrap() = Some(sender);
    let stream = unfold(receiver, |mut receiver: UnboundedReceiver<String>| async move {
        let text = receiver.recv().await?;
        Some((Ok::<_, Infallible>(Bytes::from(text)), receiver))
    });
    Body::from_stream(stream).into_response()
}

/// A guard that listens, with all that it stands on.
pub(crate) struct Stage {
    pub(crate) script: Arc<Script>,
    pub(crate) signer: Signer,
    pub(crate) clock: Arc<SteppedClock>,
    pub(crate) guard: Arc<Guard>,
    pub(crate) watch: FeedWatch,
    pub(crate) url: String,
}

impl Stage {
    pub(crate) async fn set(when_lost: WhenLost) -> Self {
        Self::with(|guard| guard.when_lost(when_lost), "secret").await
    }

    pub(crate) async fn with(
        change: impl FnOnce(RemoteGuard) -> RemoteGuard,
        secret: &str,
    ) -> Self {
        let (script, signer) = (Arc::new(Script::default()), signer(Algorithm::EdDsa));
        *script.jwks.lock().unwrap() = Jwks { keys: vec![signer.jwk().clone()] };
        *script.active.lock().unwrap() = Some(true);
        let router = Router::new()
            .route("/.well-known/jwks.json", get(jwks))
            .route("/api/auth/oauth/introspect", post(introspect))
            .route("/api/auth/removals", get(removals))
            .with_state(script.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let clock = Arc::new(SteppedClock::new(NOW));
        let guard = Guard::remote(&url).feed(FeedCredentials::new("reports", secret));
        let (guard, watch) = change(guard).clock(clock.clone()).build_watched().unwrap();
        Self { script, signer, clock, guard: Arc::new(guard), watch: watch.unwrap(), url }
    }

    /// A guard that has heard the snapshot of number 1, with one federated organization.
    pub(crate) async fn heard(when_lost: WhenLost) -> Self {
        let stage = Self::set(when_lost).await;
        stage.tell_snapshot(1).await;
        stage
    }

    pub(crate) fn snapshot(&self, number: i64) -> Snapshot {
        let keys = vec![self.signer.jwk().kid.clone()];
        Snapshot { number, keys, federated: vec![organization(1)], ..Snapshot::default() }
    }

    pub(crate) async fn tell_snapshot(&self, number: i64) {
        let data = serde_json::to_value(self.snapshot(number)).unwrap();
        self.tell("snapshot", number, &data).await;
    }

    pub(crate) async fn tell_event(&self, number: i64, event: Event) {
        self.tell("change", number, &json!({ "number": number, "event": event })).await;
    }

    /// Sends an event and waits until the guard has taken it in.
    pub(crate) async fn tell(&self, name: &str, number: i64, data: &serde_json::Value) {
        self.send(&format!("event: {name}\nid: {number}\ndata: {data}\n\n")).await;
        self.until(|stage| stage.watch.health().number == number).await;
    }

    /// Sends text as soon as somebody listens.
    pub(crate) async fn send(&self, text: &str) {
        self.until(|stage| {
            let feed = stage.script.feed.lock().unwrap();
            feed.as_ref().is_some_and(|feed| feed.send(text.to_owned()).is_ok())
        })
        .await;
    }

    /// Waits, not for ever.
    pub(crate) async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let begun = Instant::now();
        while !holds(self) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", self.watch.health());
            tokio::task::yield_now().await;
        }
    }

    pub(crate) fn claims(&self) -> Claims {
        let now = self.clock.now();
        let (iss, aud) = (self.url.as_str().into(), format!("{}/api", self.url).into());
        Claims { iss, aud, iat: now, exp: now.plus(300), ..claims() }
    }

    pub(crate) async fn ask(&self, claims: &Claims, target: Target) -> Option<Refusal> {
        check(&self.guard, &self.signer.sign(claims), target).await.err()
    }

    pub(crate) async fn ask_new(&self) -> Option<Refusal> {
        self.ask(&self.claims(), Target::General).await
    }
}

pub(crate) fn dead(subject: Subject) -> Event {
    Event::Removed(Tombstone { subject, issued_until: None })
}

pub(crate) const UNKNOWN_KEY: Option<Refusal> = Some(Refusal::InvalidToken(TokenFault::UnknownKey));

#[tokio::test]
async fn what_the_feed_tells_counts_at_the_next_call() {
    let stage = Stage::heard(WhenLost::Ride).await;
    let (claims, ours) = (stage.claims(), organization(1));
    let target = Target::Organization(ours);
    assert_eq!(stage.ask(&claims, Target::General).await, None);
    assert_eq!(
        stage.ask(&claims, target).await,
        Some(Refusal::AdditionalAuthentication(ours)),
        "the snapshot says so"
    );
    stage.tell_event(2, Event::Unfederated(ours)).await;
    assert_eq!(stage.ask(&claims, target).await, None);
    stage.tell_event(3, Event::Disabled { organization: ours, issued_until: NOW }).await;
    assert_eq!(stage.ask(&claims, target).await, Some(Refusal::OrganizationDisabled));
    stage.tell_event(4, dead(Subject::ApiKey(claims.client_id))).await;
    assert_eq!(stage.ask(&claims, Target::General).await, Some(Refusal::Removed));
}

#[tokio::test]
async fn s38_a_scope_that_was_got_before_federation_opens_nothing_after_it() {
    let stage = Stage::heard(WhenLost::Ride).await;
    let ours = organization(2);
    let scoped = |stage: &Stage| {
        let scope = [Scope::Organization(ours)].into_iter().collect();
        Claims { scope, ..stage.claims() }
    };
    let free = scoped(&stage);
    assert_eq!(stage.ask(&free, Target::Organization(ours)).await, None);
    let federated = Federated { organization: ours, issued_until: Some(NOW.plus(2)) };
    stage.tell_event(2, Event::Federated(federated)).await;
    assert_eq!(stage.ask(&free, Target::Organization(ours)).await, Some(Refusal::Removed));
    stage.clock.step(3);
    let later = scoped(&stage);
    assert_eq!(stage.ask(&later, Target::Organization(ours)).await, None, "signed in since");
}

#[tokio::test]
async fn before_the_first_snapshot_every_organization_is_federated() {
    let stage = Stage::set(WhenLost::Ride).await;
    let other = organization(7);
    let refused = stage.ask(&stage.claims(), Target::Organization(other)).await;
    assert_eq!(refused, Some(Refusal::AdditionalAuthentication(other)));
    stage.tell_snapshot(1).await;
    assert_eq!(stage.ask(&stage.claims(), Target::Organization(other)).await, None);
}

#[tokio::test]
async fn s94_riding_tokens_live_their_full_life_with_the_server_dead() {
    let stage = Stage::heard(WhenLost::Ride).await;
    let claims = stage.claims();
    assert_eq!(stage.ask(&claims, Target::Organization(organization(2))).await, None);
    stage.script.jwks_down.store(true, Ordering::SeqCst);
    stage.clock.step(299);
    assert!(stage.watch.health().lost);
    assert_eq!(stage.ask(&claims, Target::Organization(organization(2))).await, None);
}

#[tokio::test]
async fn riding_ends_when_no_token_from_before_is_left() {
    let stage = Stage::heard(WhenLost::Ride).await;
    let other = organization(2);
    let target = Target::Organization(other);
    stage.clock.step(305);
    assert_eq!(stage.ask(&stage.claims(), target).await, None);
    stage.clock.step(1);
    let refused = stage.ask(&stage.claims(), target).await;
    assert_eq!(
        refused,
        Some(Refusal::AdditionalAuthentication(other)),
        "federated, for all it knows"
    );
}

#[tokio::test]
async fn riding_keys_expire_unless_a_fetch_confirms_them() {
    let stage = Stage::heard(WhenLost::Ride).await;
    assert_eq!(stage.ask_new().await, None);
    stage.script.jwks_down.store(true, Ordering::SeqCst);
    stage.clock.step(305);
    assert_eq!(stage.ask_new().await, None);
    stage.clock.step(1);
    assert_eq!(stage.ask_new().await, Some(Refusal::Unavailable));
    stage.script.jwks_down.store(false, Ordering::SeqCst);
    stage.clock.step(10);
    assert_eq!(stage.ask_new().await, None);
}

#[tokio::test]
async fn what_was_removed_stays_removed_when_the_feed_is_lost() {
    let stage = Stage::heard(WhenLost::Ride).await;
    let claims = stage.claims();
    stage.tell_event(2, dead(Subject::ApiKey(claims.client_id))).await;
    stage.clock.step(290);
    assert_eq!(stage.ask(&claims, Target::General).await, Some(Refusal::Removed));
}

#[tokio::test]
async fn a_broken_connection_is_made_again_where_it_broke() {
    let stage = Stage::heard(WhenLost::Ride).await;
    *stage.script.feed.lock().unwrap() = None;
    stage.until(|stage| stage.script.connections.lock().unwrap().len() == 2).await;
    assert_eq!(*stage.script.connections.lock().unwrap(), [None, Some("1".to_owned())]);
    stage.tell_event(2, dead(Subject::ApiKey(stage.claims().client_id))).await;
    assert_eq!(stage.ask_new().await, Some(Refusal::Removed));
}

#[tokio::test]
async fn a_guard_that_heard_nothing_for_long_wants_to_be_told_everything() {
    let stage = Stage::heard(WhenLost::Ride).await;
    stage.clock.step(306);
    *stage.script.feed.lock().unwrap() = None;
    stage.until(|stage| stage.script.connections.lock().unwrap().len() == 2).await;
    let asked = [None, None];
    assert_eq!(*stage.script.connections.lock().unwrap(), asked, "1 may be another change by now");
}

#[tokio::test]
async fn what_is_not_understood_makes_the_guard_begin_anew() {
    let stage = Stage::heard(WhenLost::Deny).await;
    assert_eq!(stage.ask_new().await, None);
    let odd = r#"{"number":2,"event":{"later":"x"}}"#;
    stage.send(&format!("event: change\nid: 2\ndata: {odd}\n\n")).await;
    stage.until(|stage| stage.watch.health().lost).await;
    assert_eq!(stage.ask_new().await, Some(Refusal::Unavailable));
    stage.until(|stage| stage.script.connections.lock().unwrap().len() == 2).await;
    assert_eq!(*stage.script.connections.lock().unwrap(), [None, None], "it wants a snapshot");
    stage.tell_snapshot(3).await;
    assert_eq!(stage.ask_new().await, None);
}

#[tokio::test]
async fn wrong_credentials_show_in_the_health() {
    let stage = Stage::with(|guard| guard, "wrong").await;
    stage.until(|stage| stage.watch.health().problem.is_some()).await;
    let health = stage.watch.health();
    assert_eq!((health.problem, health.connected), (Some(FeedProblem::Refused(401)), false));
    assert_eq!((health.age, health.lost), (None, true));
}

#[tokio::test]
async fn s101_the_secret_does_not_show() {
    let shown = format!("{:?}", FeedCredentials::new("reports", "hidden"));
    assert!(shown.contains("reports") && !shown.contains("hidden"), "{shown}");
}

#[tokio::test]
async fn listening_ends_with_the_guard() {
    let stage = Stage::heard(WhenLost::Ride).await;
    let Stage { script, guard, .. } = stage;
    let feed = script.feed.lock().unwrap().clone().unwrap();
    drop(guard);
    feed.closed().await;
}

#[test]
fn a_guard_that_listens_needs_a_runtime() {
    let guard = Guard::remote("http://localhost:1").feed(FeedCredentials::new("a", "b"));
    assert!(guard.build().is_err());
}

#[tokio::test]
async fn odd_events_are_no_danger() {
    let stage = Stage::heard(WhenLost::Ride).await;
    for text in [":\n\n", "data\n\n", "event: other\ndata: x\n\n", "id: 9\n\n", "\n\n\n"] {
        stage.send(text).await;
    }
    let organization = OrganizationId::from_random([3; 16]);
    let federated = Federated { organization, issued_until: None };
    stage.tell_event(2, Event::Federated(federated)).await;
    assert_eq!(stage.ask_new().await, None);
}
