//! A commit that waits for a standby which does not answer.

use std::{sync::Arc, time::Duration};

use keymoor_core::facts::Limits;
use keymoor_server::Settings;
use keymoor_testkit::Postgres;

use crate::postgres::{
    app::{TestApp, URL, call},
    place::Place,
};

/// How many commits wait for a standby.
fn waiting(server: &Postgres) -> String {
    let count = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
    String::from_utf8(server.psql(count).stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_change_whose_commit_hangs_is_told_as_one_that_may_have_been_made() {
    let server: &'static Postgres = Box::leak(Box::new(Postgres::start()));
    let place = Place::Schema(server, server.schema());
    let store = place.open().await;
    let app = Arc::new(TestApp::open(place, store, Settings::new(URL)).await);
    let (account, token) = app.client("a@example.com").await;
    let bearer = app.bearer(&token, "").await;
    let other = app.token(account, Limits::default()).await;
    let nobody = "ALTER SYSTEM SET synchronous_standby_names = 'nobody'";
    assert!(server.psql(nobody).status.success());
    server.stop();
    server.start_again();
    assert_eq!(app.call("GET", "/api/account", &bearer).await.status, 200);
    let path = format!("/api/account/tokens/{}", other.api_key);
    let asked = tokio::spawn({
        let (app, request) = (app.clone(), call("DELETE", &path, &bearer, ""));
        async move { app.send(request).await }
    });
    while waiting(server) != "1" {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // From here on nothing happens but that time goes on.
    tokio::time::pause();
    let answer = asked.await.unwrap();
    assert_eq!((answer.status.as_u16(), &*answer.error()), (503, "system"), "{answer:?}");
    assert!(answer.text.contains("may or may not have been made"), "{}", answer.text);
    server.stop();
}
