//! What only PostgreSQL brings: another server on the same database, and a database that goes away.

use keymoor_core::{Clock, access::Target};
use keymoor_server::{
    Settings,
    operations::{CreatedApiToken, OperationError},
};
use keymoor_store::{Actor::Operator, StoreError};
use keymoor_testkit::Postgres;

use crate::postgres::{
    app::{API, Answer, TOKEN, TestApp, URL, call, credentials, form},
    feed::Listener,
    place::Place,
    portal::visitor::{EMAIL, Visitor},
};

/// A second server on the database of the first.
pub(crate) async fn second(first: &TestApp) -> TestApp {
    let Place::Schema(server, schema) = &first.place else { panic!("PostgreSQL has schemas") };
    let place = Place::Schema(server, schema.clone());
    let store = place.open().await;
    TestApp::open(place, store, Settings::new(URL)).await
}

#[tokio::test]
async fn a_server_takes_in_what_another_one_changed() {
    let here = TestApp::start().await;
    let there = second(&here).await;
    let (account, token) = here.client("a@example.com").await;
    let reports = here.resource_server(API).await;
    let organization = here.organization(account, true).await;
    there.app.catch_up().await.unwrap();
    let bearer = there.bearer(&token, "").await;
    assert!(there.is_active(&reports, &bearer).await);
    here.app.rotate_signing_key(Operator).await.unwrap();
    here.app.remove_api_token(account, token.api_key, None, Operator).await.unwrap();
    there.app.catch_up().await.unwrap();
    assert_eq!(there.ask(&token, "").await.error(), "invalid_client");
    assert_eq!(there.call("GET", "/api/account", &bearer).await.error(), "invalid_token");
    assert!(!there.is_active(&reports, &bearer).await);
    let keys = there.call("GET", "/.well-known/jwks.json", "").await.json();
    assert_eq!(keys["keys"].as_array().unwrap().len(), 2);
    let other = here.token(account, keymoor_core::facts::Limits::default()).await;
    there.app.catch_up().await.unwrap();
    let headers = call("GET", "/", &there.bearer(&other, "").await, "").into_parts().0.headers;
    let target = Target::Organization(organization);
    let refused = there.app.guard().check(&headers, &"/".parse().unwrap(), target).await;
    assert_eq!(refused.unwrap_err().error(), "additional_authentication_required");
}

#[tokio::test]
async fn two_servers_that_start_at_once_make_one_pepper_and_one_key() {
    let first = Place::new();
    let Place::Schema(server, schema) = &first else { panic!("PostgreSQL has schemas") };
    let other = Place::Schema(server, schema.clone());
    let (one, two) = (first.open().await, other.open().await);
    let (one, two) = tokio::join!(
        TestApp::open(first, one, Settings::new(URL)),
        TestApp::open(other, two, Settings::new(URL))
    );
    let (account, token) = one.client("a@example.com").await;
    two.app.catch_up().await.unwrap();
    assert_eq!(two.ask(&token, "").await.status, 200);
    let bearer = two.bearer(&token, "").await;
    one.app.catch_up().await.unwrap();
    assert_eq!(one.call("GET", "/api/account", &bearer).await.status, 200);
    assert_eq!(one.store.signing_keys().await.unwrap().len(), 1);
    assert!(one.store.api_token(account, token.api_key).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s86_a_database_that_goes_away_is_never_told_as_a_wrong_secret() {
    let server: &'static Postgres = Box::leak(Box::new(Postgres::start()));
    let place = Place::Schema(server, server.schema());
    let store = place.open().await;
    let app = TestApp::open(place, store, Settings::new(URL)).await;
    let (account, cached) = app.client("a@example.com").await;
    let bearer = app.bearer(&cached, "").await;
    for _ in 0..5 {
        let fresh = app.token(account, keymoor_core::facts::Limits::default()).await;
        server.stop();
        assert_eq!(app.ask(&cached, "").await.status, 200, "what is known goes on");
        let unknown = app.ask(&fresh, "").await;
        let told = (unknown.status.as_u16(), unknown.error(), unknown.header("retry-after"));
        assert_eq!(told, (503, "temporarily_unavailable".to_owned(), "1"));
        let created = app.send(call("POST", "/api/account/tokens", &bearer, r#"{"label":"x"}"#));
        assert_eq!(created.await.status, 503);
        let revoked = app.revoke(&cached, &bearer).await;
        assert_eq!((revoked.status.as_u16(), revoked.header("retry-after")), (503, "1"), "s81");
        assert_eq!(app.call("GET", "/api/account/tokens", &bearer).await.error(), "system");
        assert_eq!(app.ask(&cached, "").await.status, 200, "refused changes empty no cache");
        let text = app.app.metrics_text().await;
        assert!(text.contains("keymoor_database_up 0"), "{text}");
        server.start_again();
        assert_eq!(app.ask(&fresh, "").await.status, 200, "and comes back by itself");
        app.app.catch_up().await.unwrap();
    }
    assert_eq!(app.revoke(&cached, &bearer).await.status, 200);
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 401);
}

#[tokio::test]
async fn s90_a_server_that_does_not_follow_vouches_for_nothing() {
    let app = TestApp::start().await;
    let server = app.resource_server(API).await;
    let mut listener = Listener::new(&app, &server, None).await;
    for name in ["snapshot", "heartbeat"] {
        assert_eq!(listener.next().await.unwrap().name, name);
    }
    app.clock.step(4);
    assert!(listener.next().await.is_none(), "no heartbeat");
    assert_eq!(Listener::new(&app, &server, None).await.status, 503);
    app.app.catch_up().await.unwrap();
    let mut listener = Listener::new(&app, &server, None).await;
    assert_eq!(listener.next().await.unwrap().name, "snapshot");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s90_a_database_that_stops_answering_is_not_waited_for_and_not_vouched_for() {
    let server: &'static Postgres = Box::leak(Box::new(Postgres::start()));
    let place = Place::Schema(server, server.schema());
    let Place::Schema(_, schema) = &place else { panic!("PostgreSQL has schemas") };
    let blocked = format!(
        "BEGIN; LOCK TABLE {schema}.changes IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)"
    );
    let store = place.open().await;
    let app = TestApp::open(place, store, Settings::new(URL)).await;
    let blocking = tokio::task::spawn_blocking(move || server.psql(&blocked));
    // Until the lock is taken, answers come.
    let begun = std::time::Instant::now();
    let waited = loop {
        let asked = std::time::Instant::now();
        let failed = app.app.catch_up().await.is_err();
        if failed || begun.elapsed() > std::time::Duration::from_secs(20) {
            break failed.then(|| asked.elapsed());
        }
    };
    server.stop();
    blocking.await.unwrap();
    let bound = std::time::Duration::from_millis(4500);
    assert!(waited.is_some_and(|waited| waited < bound), "{waited:?}: not the lock's 5 seconds");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_made_but_not_taken_in_is_never_told_as_not_made() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let Place::Schema(server, schema) = &app.place else { panic!("PostgreSQL has schemas") };
    // What the follower reads is not there any more; what a change writes is.
    let hide = format!(
        "ALTER TABLE {schema}.changes RENAME TO hidden; \
         CREATE VIEW {schema}.changes AS SELECT number, kind || '?' AS kind, subject \
         FROM {schema}.hidden; \
         CREATE RULE told AS ON INSERT TO {schema}.changes DO INSTEAD \
         INSERT INTO {schema}.hidden VALUES (NEW.number, NEW.kind, NEW.subject)"
    );
    assert!(server.psql(&hide).status.success());
    let outcome = app.app.remove_api_token(account, token.api_key, None, Operator).await;
    let OperationError::Store(StoreError::InDoubt(why)) = outcome.unwrap_err() else {
        panic!("it was made")
    };
    assert!(why.contains("made"), "{why}");
    let stored = app.store.api_token(account, token.api_key).await.unwrap().unwrap();
    assert!(stored.removal.is_some());
    assert_eq!(app.ask(&token, "").await.error(), "invalid_client", "nothing cached counts");
}

/// Asks a server that has not looked for changes since time went on.
async fn ask_unseen(app: &TestApp, token: &CreatedApiToken) -> Answer {
    app.send_unseen(form(TOKEN, &credentials(token, ""))).await
}

#[tokio::test]
async fn s90_a_server_that_cannot_read_the_changes_stops_to_issue_after_five_seconds() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let server = app.resource_server(API).await;
    app.clock.step(5);
    assert_eq!(ask_unseen(&app, &token).await.status, 200);
    app.clock.step(1);
    let refused = ask_unseen(&app, &token).await;
    let told = (refused.status.as_u16(), refused.error(), refused.header("retry-after"));
    assert_eq!(told, (503, "temporarily_unavailable".to_owned(), "1"));
    let (id, secret) = (server.id, server.secret.expose());
    let inquiry = format!("client_id={id}&client_secret={secret}&token=x");
    let vouches = app.send_unseen(form("/api/auth/oauth/introspect", &inquiry)).await;
    assert_eq!(vouches.status, 503, "nor does it vouch for a token");
    app.app.catch_up().await.unwrap();
    assert_eq!(ask_unseen(&app, &token).await.status, 200);
}

#[tokio::test]
async fn s92_a_server_whose_clock_is_not_the_databases_issues_nothing() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let database = app.store.database_time().await.unwrap().unwrap().seconds();
    app.clock.step(database - app.clock.now().seconds());
    app.app.compare_clocks().await.unwrap();
    assert_eq!(app.ask(&token, "").await.status, 200);
    for apart in [60, -120] {
        app.clock.step(apart);
        app.app.catch_up().await.unwrap();
        app.app.compare_clocks().await.unwrap();
        assert_eq!(app.ask(&token, "").await.status, 503, "{apart} seconds");
    }
    app.clock.step(60);
    app.app.compare_clocks().await.unwrap();
    assert_eq!(app.ask(&token, "").await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_hears_of_a_change_that_another_one_made_without_asking() {
    let here = TestApp::start().await;
    let there = second(&here).await;
    let (account, token) = here.client("a@example.com").await;
    // What was announced before it listened, and that it listens.
    there.store.changed_elsewhere().await;
    there.app.catch_up().await.unwrap();
    assert_eq!(there.ask(&token, "").await.status, 200);
    here.app.remove_api_token(account, token.api_key, None, Operator).await.unwrap();
    there.store.changed_elsewhere().await;
    there.app.catch_up().await.unwrap();
    assert_eq!(there.ask(&token, "").await.error(), "invalid_client");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s93_a_server_that_stops_stays_in_step_until_everybody_is_answered() {
    let here = TestApp::start().await;
    let there = second(&here).await;
    let (account, token) = here.client("a@example.com").await;
    // Who follows compares the clocks, too.
    let database = there.store.database_time().await.unwrap().unwrap().seconds();
    for app in [&here, &there] {
        app.clock.step(database - app.clock.now().seconds());
        app.app.catch_up().await.unwrap();
    }
    assert_eq!(there.ask(&token, "").await.status, 200);
    let following = tokio::spawn(there.app.clone().follow());
    there.app.close();
    here.app.remove_api_token(account, token.api_key, None, Operator).await.unwrap();
    let begun = std::time::Instant::now();
    while there.ask(&token, "").await.error() != "invalid_client" {
        assert!(begun.elapsed() < std::time::Duration::from_secs(20), "it is not told any more");
        assert!(!following.is_finished());
        tokio::task::yield_now().await;
    }
    there.app.end();
    following.await.unwrap();
}

/// Asks a server to sign somebody in with a wrong password; the status of its answer.
async fn wrong_password(app: &TestApp) -> u16 {
    Visitor::default().sign_in(app, EMAIL, "a wrong password").await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s91_attempts_at_several_servers_are_counted_together() {
    let here = TestApp::start().await;
    here.person(EMAIL).await;
    let there = second(&here).await;
    let attempts =
        (0..20).map(|number| wrong_password(if number % 2 == 0 { &here } else { &there }));
    let statuses = futures_util::future::join_all(attempts).await;
    let checked = statuses.iter().filter(|status| **status == 422).count();
    assert_eq!(checked, 5, "{statuses:?}");
    assert!(statuses.iter().all(|status| [422, 429].contains(status)), "{statuses:?}");
}
