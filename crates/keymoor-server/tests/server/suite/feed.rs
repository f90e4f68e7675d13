use std::time::Duration;

use axum::body::{Body, BodyDataStream};
use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::StreamExt;
use http::{Request, StatusCode};
use keymoor_server::{MAX_LISTENERS, MAX_LISTENERS_EACH, operations::CreatedResourceServer};
use keymoor_store::Actor::Operator;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt;

use super::app::{API, TestApp};

pub(crate) const PATH: &str = "/api/auth/removals";

fn basic(server: &CreatedResourceServer) -> String {
    format!("Basic {}", STANDARD.encode(format!("{}:{}", server.id, server.secret.expose())))
}

/// How long a test waits for a word before it fails; heartbeats come every 2 seconds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Somebody who listens.
pub(crate) struct Listener {
    pub(crate) status: StatusCode,
    stream: BodyDataStream,
    text: String,
}

/// An event as it was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) data: Value,
}

impl Listener {
    pub(crate) async fn new(
        app: &TestApp,
        server: &CreatedResourceServer,
        last: Option<&str>,
    ) -> Self {
        let mut request = Request::get(PATH).header("authorization", basic(server));
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let response = app.router.clone().oneshot(request.body(Body::empty()).unwrap()).await;
        let (parts, body) = response.unwrap().into_parts();
        Self { status: parts.status, stream: body.into_data_stream(), text: String::new() }
    }

    /// The next event; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        while !self.text.contains("\n\n") {
            let bytes = timeout(PATIENCE, self.stream.next()).await.expect("a word")?.unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
        let (block, rest) = self.text.split_once("\n\n").unwrap();
        let field = |name: &str| {
            let line = block.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_default().trim_start_matches([':', ' ']).to_owned()
        };
        let data = serde_json::from_str(&field("data")).unwrap();
        let event = Event { name: field("event"), id: field("id"), data };
        let rest = rest.to_owned();
        self.text = rest;
        Some(event)
    }

    /// Whether the feed ends before many more events.
    pub(crate) async fn ends(&mut self) -> bool {
        for _ in 0..5 {
            if self.next().await.is_none() {
                return true;
            }
        }
        false
    }

    /// The next event that is no heartbeat.
    pub(crate) async fn told(&mut self) -> Event {
        for _ in 0..10 {
            let event = self.next().await.unwrap();
            if event.name != "heartbeat" {
                return event;
            }
        }
        panic!("nothing but heartbeats");
    }
}

#[tokio::test]
async fn a_listener_gets_a_snapshot_and_then_each_change() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (account, token) = app.client("a@example.com").await;
    let federated = app.organization(account, true).await;
    let disabled = app.organization(account, false).await;
    app.app.set_organization_disabled(disabled, true, Operator).await.unwrap();
    let other = app.token(account, keymoor_core::facts::Limits::default()).await.api_key;
    app.app.remove_api_token(account, other, None, Operator).await.unwrap();
    let mut listener = Listener::new(&app, &server, None).await;
    assert_eq!(listener.status, 200);
    let snapshot = listener.next().await.unwrap();
    assert_eq!(snapshot.name, "snapshot");
    let data = &snapshot.data;
    assert_eq!(data["number"].to_string(), snapshot.id);
    assert_eq!((&data["federated"], &data["disabled"]), (&json!([federated]), &json!([disabled])));
    assert!(data["removed"].as_array().unwrap().contains(&json!({ "api_key": other })), "{data}");
    let jwks = app.call("GET", "/.well-known/jwks.json", "").await.json();
    assert_eq!(data["keys"], json!([jwks["keys"][0]["kid"]]));
    app.app.remove_api_token(account, token.api_key, None, Operator).await.unwrap();
    let change = listener.told().await;
    assert_eq!(change.name, "change");
    assert_eq!(change.data["event"], json!({ "removed": { "api_key": token.api_key } }));
    assert_eq!(change.data["number"].to_string(), change.id);
}

#[tokio::test]
async fn a_heartbeat_tells_how_far_the_listener_has_come() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let mut listener = Listener::new(&app, &server, None).await;
    let snapshot = listener.next().await.unwrap();
    let heartbeat = listener.next().await.unwrap();
    let (name, data) = (heartbeat.name.as_str(), &heartbeat.data["number"]);
    assert_eq!((name, &heartbeat.id, data), ("heartbeat", &snapshot.id, &snapshot.data["number"]));
}

#[tokio::test]
async fn who_comes_back_is_told_what_was_missed_and_nothing_else() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let account = app.account("a@example.com").await;
    let heard = Listener::new(&app, &server, None).await.next().await.unwrap().id;
    let organization = app.organization(account, false).await;
    app.app.set_organization_federated(organization, true, Operator).await.unwrap();
    app.app.set_organization_disabled(organization, true, Operator).await.unwrap();
    let mut listener = Listener::new(&app, &server, Some(&heard)).await;
    let (first, second) = (listener.told().await, listener.told().await);
    assert_eq!(first.data["event"]["federated"]["organization"], json!(organization));
    assert_eq!(second.data["event"]["disabled"]["organization"], json!(organization));
    let mut up_to_date = Listener::new(&app, &server, Some(&second.id)).await;
    assert_eq!(up_to_date.next().await.unwrap().name, "heartbeat");
}

#[tokio::test]
async fn who_cannot_be_told_what_was_missed_gets_a_snapshot() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    for last in ["999999", "-1", "x", ""] {
        let mut listener = Listener::new(&app, &server, Some(last)).await;
        let first = listener.next().await.unwrap();
        // A number from before this server began to keep changes, or from another database.
        assert_eq!(first.name, "snapshot", "{last:?}");
    }
    let app = app.restart().await;
    let mut listener = Listener::new(&app, &server, Some("1")).await;
    assert_eq!(listener.next().await.unwrap().name, "snapshot");
}

#[tokio::test]
async fn a_slow_listener_gets_a_snapshot_instead_of_what_it_missed() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let account = app.account("a@example.com").await;
    let organization = app.organization(account, false).await;
    let mut listener = Listener::new(&app, &server, None).await;
    assert_eq!(listener.next().await.unwrap().name, "snapshot");
    for turn in 0..1030 {
        let federated = turn % 2 == 0;
        let done = app.app.set_organization_federated(organization, federated, Operator).await;
        done.unwrap();
    }
    let told = listener.told().await;
    assert_eq!((told.name.as_str(), &told.data["federated"]), ("snapshot", &json!([])));
    app.app.set_organization_federated(organization, true, Operator).await.unwrap();
    let told = listener.told().await;
    assert_eq!(told.data["event"]["federated"]["organization"], json!(organization));
}

#[tokio::test]
async fn nobody_but_a_resource_server_may_listen() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let (_, token) = app.client("a@example.com").await;
    let key = format!("{}:{}", token.api_key, token.secret.expose());
    let bearer = app.bearer(&token, "").await;
    for (value, status) in [
        (String::new(), 401),
        (format!("Basic {}", STANDARD.encode(key)), 401),
        ("Basic !".to_owned(), 401),
        (bearer, 400),
    ] {
        let answer = app.call("GET", PATH, &value).await;
        assert_eq!(answer.status, status, "{value}");
        assert!(status == 400 || answer.header("www-authenticate").starts_with("Basic"));
    }
    assert_eq!(Listener::new(&app, &server, None).await.status, 200);
}

#[tokio::test]
async fn a_removed_resource_server_hears_no_more() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let mut listener = Listener::new(&app, &server, None).await;
    listener.next().await.unwrap();
    app.app.remove_resource_server(server.id, Operator).await.unwrap();
    assert!(listener.ends().await);
    assert_eq!(Listener::new(&app, &server, None).await.status, 401);
}

#[tokio::test]
async fn a_server_that_closes_ends_the_feed() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let mut listener = Listener::new(&app, &server, None).await;
    listener.next().await.unwrap();
    app.app.close();
    assert!(listener.ends().await);
}

#[tokio::test]
async fn one_resource_server_does_not_take_all_places() {
    let app = TestApp::start().await;
    let (one, other) =
        (app.resource_server(API).await, app.resource_server("https://b.example.com").await);
    let mut listeners = Vec::new();
    for _ in 0..MAX_LISTENERS_EACH {
        listeners.push(Listener::new(&app, &one, None).await);
    }
    assert!(listeners.iter().all(|listener| listener.status == 200));
    assert_eq!(Listener::new(&app, &one, None).await.status, 503);
    assert_eq!(Listener::new(&app, &other, None).await.status, 200);
    listeners.pop();
    assert_eq!(Listener::new(&app, &one, None).await.status, 200, "places come back");
}

#[tokio::test]
async fn there_are_places_for_so_many_and_they_come_back() {
    let app = TestApp::start().await;
    let mut listeners = Vec::new();
    for number in 0..MAX_LISTENERS / MAX_LISTENERS_EACH {
        let server = app.resource_server(&format!("https://{number}.example.com")).await;
        for _ in 0..MAX_LISTENERS_EACH {
            listeners.push(Listener::new(&app, &server, None).await);
        }
    }
    assert!(listeners.iter().all(|listener| listener.status == 200));
    let one_more = app.resource_server(API).await;
    let answer = app.call("GET", PATH, &basic(&one_more)).await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "1"));
    listeners.pop();
    assert_eq!(Listener::new(&app, &one_more, None).await.status, 200);
}
