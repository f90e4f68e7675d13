//! A database that loses changes which were acknowledged: a standby took its place that had not got
//! them yet, or it was put back to an earlier time. What was lost is lost; what the database says from
//! then on counts (SECURITY.md 90).

use keymoor_core::{AccountId, ApiKey, facts::Limits};
use keymoor_server::operations::CreatedApiToken;
use keymoor_store::Actor::Operator;
use serde_json::json;

use crate::{
    postgres::{
        app::{API, TestApp},
        feed::Listener,
        place::Place,
    },
    postgres_only::second,
};

/// Takes every change above `number` out of the database, and what the last of them made.
fn put_back(app: &TestApp, number: i64, lost: ApiKey) {
    let Place::Schema(server, schema) = &app.place else { panic!("PostgreSQL has schemas") };
    let statement = format!(
        "SET search_path = {schema}; \
         DELETE FROM api_secrets WHERE api_key = '{lost}'; \
         DELETE FROM api_tokens WHERE api_key = '{lost}'; \
         DELETE FROM audit WHERE change > {number}; \
         DELETE FROM changes WHERE number > {number}; \
         UPDATE counters SET value = {number} WHERE name = 'changes'"
    );
    let done = server.psql(&statement);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

async fn number(app: &TestApp) -> i64 {
    app.store.changes_after(0, 10_000).await.unwrap().last().unwrap().number
}

/// A server that is in step and whose last change the database then lost.
struct World {
    app: TestApp,
    account: AccountId,
    kept: CreatedApiToken,
    lost: CreatedApiToken,
    /// The number of the change that was lost.
    gone: i64,
}

impl World {
    async fn begin() -> Self {
        let app = TestApp::start().await;
        let (account, kept) = app.client("a@example.com").await;
        let lost = app.token(account, Limits::default()).await;
        let gone = number(&app).await;
        Self { app, account, kept, lost, gone }
    }

    fn lose(&self) {
        put_back(&self.app, self.gone - 1, self.lost.api_key);
    }

    /// Another server that begins then removes what is kept, by the number that was lost; it goes on to
    /// some more if `further`.
    async fn go_on(&self, further: bool) {
        let other = second(&self.app).await;
        let app = &other.app;
        app.remove_api_token(self.account, self.kept.api_key, None, Operator).await.unwrap();
        assert_eq!(number(&other).await, self.gone);
        if further {
            other.organization(self.account, true).await;
            app.rotate_signing_key(Operator).await.unwrap();
        }
    }
}

#[tokio::test]
async fn s90_a_removal_counts_that_has_the_number_of_a_change_which_was_lost() {
    for further in [false, true] {
        let world = World::begin().await;
        let app = &world.app;
        let bearer = app.bearer(&world.kept, "").await;
        assert_eq!(app.ask(&world.lost, "").await.status, 200);
        world.lose();
        world.go_on(further).await;
        assert_eq!(app.ask(&world.kept, "").await.status, 200, "it has not looked yet");
        app.app.catch_up().await.unwrap();
        assert_eq!(app.ask(&world.kept, "").await.error(), "invalid_client", "{further}");
        assert_eq!(app.call("GET", "/api/account", &bearer).await.error(), "invalid_token");
        assert_eq!(app.ask(&world.lost, "").await.error(), "invalid_client", "there is no such");
        let keys = app.call("GET", "/.well-known/jwks.json", "").await.json();
        assert_eq!(keys["keys"].as_array().unwrap().len(), 1 + usize::from(further));
    }
}

#[tokio::test]
async fn s90_a_server_goes_on_from_where_the_database_went_back_to() {
    let world = World::begin().await;
    let app = &world.app;
    world.lose();
    app.app.catch_up().await.unwrap();
    assert_eq!(app.ask(&world.lost, "").await.error(), "invalid_client");
    assert_eq!(app.ask(&world.kept, "").await.status, 200);
    world.go_on(false).await;
    app.app.catch_up().await.unwrap();
    assert_eq!(app.ask(&world.kept, "").await.error(), "invalid_client");
}

#[tokio::test]
async fn s90_guards_hear_everything_anew_when_the_database_went_back() {
    let world = World::begin().await;
    let app = &world.app;
    let server = app.resource_server(API).await;
    let extra = app.token(world.account, Limits::default()).await;
    let gone = number(app).await;
    let mut listener = Listener::new(app, &server, None).await;
    listener.next().await.unwrap();
    put_back(app, gone - 1, extra.api_key);
    let other = second(app).await;
    let key = world.kept.api_key;
    other.app.remove_api_token(world.account, key, None, Operator).await.unwrap();
    other.organization(world.account, false).await;
    app.app.catch_up().await.unwrap();
    let told = listener.told().await;
    assert_eq!(told.name, "snapshot");
    assert!(told.data["removed"].as_array().unwrap().contains(&json!({ "api_key": key })));
    for last in [gone, gone + 1, gone + 9] {
        let mut back = Listener::new(app, &server, Some(&last.to_string())).await;
        assert_eq!(back.next().await.unwrap().name, "snapshot", "{last} may have been another");
    }
    app.pass(400).await;
    let last = number(app).await.to_string();
    let mut later = Listener::new(app, &server, Some(&last)).await;
    assert_eq!(later.next().await.unwrap().name, "heartbeat", "it goes on where it was");
}
