//! A real server on a real database, called without a socket.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, body::Body, extract::ConnectInfo};
use http::{HeaderMap, Request, StatusCode, header::AUTHORIZATION, header::CONTENT_TYPE};
use http_body_util::BodyExt;
use keymoor_core::{AccountId, Clock, OrganizationId, facts::Limits, seal::MasterKey};
use keymoor_server::{
    App, Settings,
    operations::{
        AccountOrder, ApiTokenOrder, AttestationOrder, CreatedApiToken, CreatedResourceServer,
        OrganizationOrder, ResourceServerOrder,
    },
    routes,
};
use keymoor_store::{AccountKind, Actor, Store};
use keymoor_testkit::{NOW, SteppedClock};
use serde_json::Value;
use tower::ServiceExt;
use zeroize::Zeroizing;

use super::place::Place;

pub(crate) const URL: &str = "https://auth.example.com";
/// The audience of tokens that name none.
pub(crate) const API: &str = "https://auth.example.com/api";
pub(crate) const TOKEN: &str = "/api/auth/oauth/token";

pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<SteppedClock>,
    pub(crate) router: Router,
    pub(crate) place: Place,
    /// When changes were last looked for, in seconds.
    looked: AtomicU64,
}

pub(crate) fn master() -> MasterKey {
    MasterKey::new(Zeroizing::new([42; 32]))
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        let mut json: Value =
            serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"));
        // A library that the tests bring along makes objects keep their order.
        json.sort_all_objects();
        json
    }

    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = Settings::new(URL);
        change(&mut settings);
        let place = Place::new();
        let store = place.open().await;
        Self::open(place, store, settings).await
    }

    /// A server on what is in `place`, as a restart does.
    pub(crate) async fn open(place: Place, store: Arc<dyn Store>, settings: Settings) -> Self {
        let clock = Arc::new(SteppedClock::new(NOW));
        Self::open_at(place, store, settings, clock).await
    }

    async fn open_at(
        place: Place,
        store: Arc<dyn Store>,
        settings: Settings,
        clock: Arc<SteppedClock>,
    ) -> Self {
        let app = App::start(settings, store.clone(), master(), clock.clone()).await.unwrap();
        let router = routes::router(app.clone());
        let looked = AtomicU64::new(clock.monotonic().as_secs());
        Self { app, store, clock, router, place, looked }
    }

    pub(crate) async fn restart(self) -> Self {
        let Self { place, app, router, store, clock, .. } = self;
        drop((app, router, store));
        let store = place.open().await;
        Self::open_at(place, store, Settings::new(URL), clock).await
    }

    /// Lets time go on for a server that looks for changes meanwhile, at no moment out of step.
    pub(crate) async fn pass(&self, seconds: i64) {
        for gone in (0..seconds).step_by(5) {
            self.clock.step((seconds - gone).min(5));
            self.app.catch_up().await.unwrap();
        }
    }

    /// Where time went on, changes were looked for meanwhile, as a running server does each second.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let now = self.clock.monotonic().as_secs();
        if self.looked.swap(now, Ordering::SeqCst) != now {
            let _ = self.app.catch_up().await;
        }
        self.send_unseen(request).await
    }

    /// The same to a server that has not looked for changes.
    pub(crate) async fn send_unseen(&self, request: Request<Body>) -> Answer {
        send(self.router.clone(), request).await
    }

    /// The same from another address.
    pub(crate) async fn send_from(&self, peer: &str, mut request: Request<Body>) -> Answer {
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        self.send(request).await
    }

    pub(crate) async fn call(&self, method: &str, path: &str, authorization: &str) -> Answer {
        self.send(call(method, path, authorization, "")).await
    }

    pub(crate) async fn account(&self, email: &str) -> AccountId {
        let (email, kind) = (email.to_owned(), AccountKind::Person);
        let order = AccountOrder { email, kind, password: None };
        self.app.create_account(order, Actor::Operator).await.unwrap()
    }

    pub(crate) async fn organization(&self, owner: AccountId, federated: bool) -> OrganizationId {
        let order = OrganizationOrder { name: "Works".to_owned(), owner, federated };
        self.app.create_organization(order, Actor::Operator).await.unwrap()
    }

    pub(crate) async fn sign_in(&self, organization: OrganizationId, account: AccountId) {
        let reason = "test".to_owned();
        let order = AttestationOrder { organization, account, reason, hours: 1 };
        self.app.attest_sign_in(order, Actor::Operator).await.unwrap();
    }

    pub(crate) async fn token(&self, account: AccountId, limits: Limits) -> CreatedApiToken {
        let order = ApiTokenOrder {
            account,
            label: "script".to_owned(),
            limits,
            parent: None,
            asked_by: None,
            api_key: None,
        };
        self.app.create_api_token(order, Actor::Operator).await.unwrap()
    }

    /// An account with an API token.
    pub(crate) async fn client(&self, email: &str) -> (AccountId, CreatedApiToken) {
        let account = self.account(email).await;
        (account, self.token(account, Limits::default()).await)
    }

    /// A resource server for the API of that identifier.
    pub(crate) async fn resource_server(&self, audience: &str) -> CreatedResourceServer {
        let (audience, name) = (audience.to_owned(), "Reports".to_owned());
        let scopes = vec!["reports:read".to_owned()];
        let order = ResourceServerOrder { audience, name, scopes };
        self.app.create_resource_server(order, Actor::Operator).await.unwrap()
    }

    /// What `server` is told of the token in the `Authorization` value `bearer`.
    pub(crate) async fn introspect(&self, server: &CreatedResourceServer, bearer: &str) -> Answer {
        let (id, secret) = (server.id, server.secret.expose());
        let token = bearer.trim_start_matches("Bearer ");
        let body = format!("client_id={id}&client_secret={secret}&token={token}");
        self.send(form("/api/auth/oauth/introspect", &body)).await
    }

    /// Whether the token works, as `server` is told.
    pub(crate) async fn is_active(&self, server: &CreatedResourceServer, bearer: &str) -> bool {
        self.introspect(server, bearer).await.json()["active"] == true
    }

    /// Lets the client `token` end the access token in `bearer`.
    pub(crate) async fn revoke(&self, token: &CreatedApiToken, bearer: &str) -> Answer {
        let body = credentials(token, "").replace("grant_type=client_credentials&", "");
        let bearer = bearer.trim_start_matches("Bearer ");
        self.send(form("/api/auth/oauth/revoke", &format!("{body}&token={bearer}"))).await
    }

    /// Asks for an access token as most clients do.
    pub(crate) async fn ask(&self, token: &CreatedApiToken, scope: &str) -> Answer {
        self.send(form(TOKEN, &credentials(token, scope))).await
    }

    /// The `Authorization` value of a new access token.
    pub(crate) async fn bearer(&self, token: &CreatedApiToken, scope: &str) -> String {
        let answer = self.ask(token, scope).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        format!("Bearer {}", answer.json()["access_token"].as_str().unwrap())
    }
}

/// The form of a token request.
pub(crate) fn credentials(token: &CreatedApiToken, scope: &str) -> String {
    let (key, secret) = (token.api_key, token.secret.expose());
    format!("grant_type=client_credentials&client_id={key}&client_secret={secret}&scope={scope}")
}

pub(crate) fn form(path: &str, body: &str) -> Request<Body> {
    Request::post(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(body.to_owned()))
        .unwrap()
}

pub(crate) fn call(method: &str, path: &str, authorization: &str, body: &str) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if !authorization.is_empty() {
        request = request.header(AUTHORIZATION, authorization);
    }
    if !body.is_empty() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    request.body(Body::from(body.to_owned())).unwrap()
}

pub(crate) async fn send(router: Router, mut request: Request<Body>) -> Answer {
    let peer: SocketAddr = "192.0.2.1:50000".parse().unwrap();
    request.extensions_mut().get_or_insert(ConnectInfo(peer));
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}
