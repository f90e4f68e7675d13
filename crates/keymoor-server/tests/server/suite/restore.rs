//! What a backup brings back, and what it does not.

use std::sync::Arc;

use futures_util::TryStreamExt;
use keymoor_core::facts::Limits;
use keymoor_server::{
    Settings,
    backup::{restore, stays_removed},
};
use keymoor_store::Actor::Operator;
use keymoor_testkit::NOW;

use super::{
    app::{API, TestApp, URL, master},
    place::Place,
    portal::visitor::EMAIL,
};

async fn backup(app: &TestApp) -> Vec<u8> {
    let frames = app.app.backup().await.unwrap();
    frames.map_ok(|bytes| bytes.to_vec()).try_concat().await.unwrap()
}

/// A server on what `file` brings back; with `old`, what was removed there stays removed.
async fn restored(file: Vec<u8>, old: Option<&TestApp>) -> TestApp {
    let place = Place::new();
    let store = place.open().await;
    let file = std::io::Cursor::new(file);
    restore(file, Arc::new(master()), &*store, |_| ()).await.unwrap();
    if let Some(old) = old {
        stays_removed(&*store, &*old.store, NOW).await.unwrap();
    }
    TestApp::open(place, store, Settings::new(URL)).await
}

#[tokio::test]
async fn s88_nobody_is_signed_in_after_a_restore() {
    let (app, _, mut visitor) = TestApp::with_visitor().await;
    let file = backup(&app).await;
    let again = restored(file, None).await;
    assert!(visitor.is_in(&app).await);
    assert!(!visitor.is_in(&again).await);
    again.signed_in(EMAIL).await;
}

#[tokio::test]
async fn s88_whatever_was_removed_since_the_backup_stays_removed() {
    let app = TestApp::start().await;
    let (owner, token) = app.client("a@example.com").await;
    let (member, kept) = app.client("b@example.com").await;
    let (gone, lost) = app.client("c@example.com").await;
    let closed = app.token(owner, Limits::default()).await;
    let organization = app.organization(owner, false).await;
    let server = app.resource_server(API).await;
    app.app.add_member(organization, member, Operator).await.unwrap();
    let file = backup(&app).await;

    app.app.remove_api_token(owner, token.api_key, None, Operator).await.unwrap();
    let first = app.store.api_secrets(closed.api_key).await.unwrap()[0].id;
    app.app.add_api_secret(closed.api_key, Operator).await.unwrap();
    app.app.close_api_secret(closed.api_key, first, Operator).await.unwrap();
    app.app.set_account_disabled(gone, true, Operator).await.unwrap();
    app.app.remove_member(organization, member, Operator).await.unwrap();
    app.app.set_organization_federated(organization, true, Operator).await.unwrap();
    app.app.remove_resource_server(server.id, Operator).await.unwrap();

    let again = restored(file.clone(), Some(&app)).await;
    assert_eq!(again.ask(&kept, "").await.status, 200);
    for refused in [&token, &closed, &lost] {
        assert_eq!(again.ask(refused, "").await.error(), "invalid_client");
    }
    let scope = format!("organization:{organization}");
    assert_eq!(again.ask(&kept, &scope).await.error(), "invalid_scope");
    let bearer = again.bearer(&kept, "").await;
    assert_eq!(again.introspect(&server, &bearer).await.error(), "invalid_client");

    let revived = restored(file, None).await;
    assert_eq!(revived.ask(&token, "").await.status, 200, "else nothing was shown");
}

#[tokio::test]
async fn a_backup_is_of_one_moment_and_keeps_nobody_waiting() {
    let app = TestApp::start().await;
    let (account, token) = app.client("a@example.com").await;
    let mut frames = Box::pin(app.app.backup().await.unwrap());
    let mut file = frames.try_next().await.unwrap().unwrap().to_vec();
    file.extend(frames.try_next().await.unwrap().unwrap());
    // While it is read, a change is made and acknowledged; it is not in it.
    app.app.remove_api_token(account, token.api_key, None, Operator).await.unwrap();
    while let Some(bytes) = frames.try_next().await.unwrap() {
        file.extend(bytes);
    }
    assert_eq!(restored(file, None).await.ask(&token, "").await.status, 200);
}
