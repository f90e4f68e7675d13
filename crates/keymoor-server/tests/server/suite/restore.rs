//! What a backup brings back, and what it does not.

use std::sync::Arc;

use futures_util::TryStreamExt;
use keymoor_core::{
    AccountId, ApplicationId, GrantId, Scopes, SecretId, TokenId,
    delegation::{Consent, Rights},
    digest::SecretDigest,
    facts::{Limits, StoredSecret},
    name::Label,
    refresh::{GrantKeys, RefreshToken},
    seal::Sealed,
    ticket::Ticket,
};
use keymoor_server::{
    App, Settings, StartError,
    backup::{Header, Lost, Restored, restore},
};
use keymoor_store::{
    Actor::Operator, ApplicationChange, AuthorizationCode, FirstTokens, NewApplication, Part,
    Passkey, Presented, Shut, Stamp, Store,
};
use keymoor_testkit::{NOW, SteppedClock};
use tokio::sync::mpsc::channel;

use super::{
    app::{API, TestApp, URL, master},
    place::Place,
    portal::visitor::EMAIL,
};

const STAMP: Stamp = Stamp { at: NOW, by: Operator, from: None };

pub(super) async fn backup(app: &TestApp) -> Vec<u8> {
    let frames = app.app.backup().await.unwrap();
    frames.map_ok(|bytes| bytes.to_vec()).try_concat().await.unwrap()
}

/// A server on what `file` brings back; with `old`, what was removed there stays removed.
async fn restored(file: Vec<u8>, old: Option<&TestApp>) -> TestApp {
    let place = Place::new();
    let store = place.open().await;
    let file = std::io::Cursor::new(file);
    let old = old.map(|old| &*old.store);
    restore(file, Arc::new(master()), &*store, old, NOW, |_| ()).await.unwrap();
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

async fn restore_to(
    store: &Arc<dyn Store>,
    file: &[u8],
    old: Option<&Arc<dyn Store>>,
) -> Result<Restored, Lost> {
    let file = std::io::Cursor::new(file.to_vec());
    let old = old.map(|old| &**old);
    restore(file, Arc::new(master()), &**store, old, NOW, |_| ()).await
}

async fn parts(store: &Arc<dyn Store>) -> Vec<Part> {
    let (to, mut from) = channel(4);
    let store = store.clone();
    tokio::spawn(async move { store.copy_out(to).await });
    let mut parts = Vec::new();
    while let Some(part) = from.recv().await {
        parts.push(part);
    }
    parts
}

/// A place in which a restore of `file` was killed after everything had been put in.
async fn half_restored(file: &[u8], number: i64) -> (Place, Arc<dyn Store>) {
    let (whole, place) = (Place::new(), Place::new());
    let (from, store) = (whole.open().await, place.open().await);
    restore_to(&from, file, None).await.unwrap();
    let mut parts = parts(&from).await;
    let header = file.split(|byte| *byte == b'\n').next().unwrap();
    let header: Header = serde_json::from_slice(header).unwrap();
    let Some(Part::Tables(tables)) = parts.first_mut() else { panic!("the tables come first") };
    let mark = Shut::Restoring { backup: header.id, number }.part(tables).unwrap();
    Shut::announce(tables);
    parts.insert(parts.len() - 1, mark);
    let (to, taking) = channel(parts.len());
    for part in parts {
        to.send(part).await.unwrap();
    }
    drop(to);
    store.copy_in(taking).await.unwrap();
    (place, store)
}

#[tokio::test]
async fn s88_a_restore_that_was_interrupted_serves_nobody_until_it_is_finished() {
    let app = TestApp::start().await;
    let (owner, token) = app.client("a@example.com").await;
    let other = backup(&app).await;
    let file = backup(&app).await;
    let number = app.store.lineage(0).await.unwrap().last.unwrap();
    app.app.remove_api_token(owner, token.api_key, None, Operator).await.unwrap();
    let (place, store) = half_restored(&file, number).await;

    let clock = Arc::new(SteppedClock::new(NOW));
    let started = App::start(Settings::new(URL), store.clone(), master(), clock).await;
    assert!(matches!(started, Err(StartError::Shut(Shut::Restoring { .. }))));
    let refused = restore_to(&store, &other, Some(&app.store)).await;
    assert!(matches!(refused, Err(Lost::Another)), "{refused:?}");
    let finished = restore_to(&store, &file, Some(&app.store)).await.unwrap();
    assert_eq!((finished.rows, finished.removed.unwrap().count), (None, 1));
    let again = TestApp::open(place, store, Settings::new(URL)).await;
    assert_eq!(again.ask(&token, "").await.error(), "invalid_client");
}

#[tokio::test]
async fn s88_only_what_became_of_the_backup_says_what_was_removed_since() {
    let app = TestApp::start().await;
    let (_, token) = app.client("a@example.com").await;
    let early = backup(&app).await;
    let (owner, later) = app.client("b@example.com").await;
    let file = backup(&app).await;
    app.app.remove_api_token(owner, later.api_key, None, Operator).await.unwrap();

    let stranger = TestApp::start().await;
    stranger.client("a@example.com").await;
    let fresh = Place::new();
    let empty = fresh.open().await;
    let behind = restored(early.clone(), None).await;
    let branched = restored(early, None).await;
    for number in 0..9 {
        branched.account(&format!("c{number}@example.com")).await;
    }
    let (place, shut) = (Place::new(), restored(file.clone(), None).await);
    let number = shut.store.lineage(0).await.unwrap().last.unwrap();
    shut.store.move_away("elsewhere", number).await.unwrap();
    let store = place.open().await;
    for old in [&stranger.store, &empty, &behind.store, &branched.store, &shut.store] {
        let refused = restore_to(&store, &file, Some(old)).await;
        assert!(matches!(refused, Err(Lost::Stranger(_))), "{refused:?}");
        assert_eq!(store.lineage(0).await.unwrap().last, Some(0), "nothing was done");
    }
    restore_to(&store, &file, Some(&app.store)).await.unwrap();
    let again = TestApp::open(place, store, Settings::new(URL)).await;
    assert_eq!(again.ask(&token, "").await.status, 200);
    assert_eq!(again.ask(&later, "").await.error(), "invalid_client");
}

#[tokio::test]
async fn s88_whoever_was_deprived_of_something_since_the_backup_is_so_again() {
    let app = TestApp::start().await;
    let (owner, token) = app.client("a@example.com").await;
    let (member, _) = app.client("b@example.com").await;
    let organization = app.organization(owner, false).await;
    app.app.add_member(organization, member, Operator).await.unwrap();
    let (passkey, kept) = (passkey("lost"), passkey("kept"));
    let store = &app.store;
    store.set_operator(member, true, STAMP).await.unwrap();
    store.set_operator(owner, true, STAMP).await.unwrap();
    store.set_administrator(organization, member, true, STAMP).await.unwrap();
    store.add_passkey(member, &passkey, STAMP).await.unwrap();
    store.add_passkey(member, &kept, STAMP).await.unwrap();
    store.add_totp(owner, &Sealed(vec![1; 60]), 1, STAMP).await.unwrap();
    let file = backup(&app).await;

    store.set_operator(member, false, STAMP).await.unwrap();
    store.set_operator(owner, false, STAMP).await.unwrap();
    store.set_operator(owner, true, STAMP).await.unwrap();
    store.set_administrator(organization, member, false, STAMP).await.unwrap();
    store.remove_passkey(member, &passkey.id, STAMP).await.unwrap();
    store.remove_totp(owner, STAMP).await.unwrap();
    store.add_totp(owner, &Sealed(vec![2; 60]), 7, STAMP).await.unwrap();
    let ended = TokenId::from_random([5; 16]);
    store.revoke_access_token(token.api_key, ended, STAMP).await.unwrap();

    let again = restored(file, Some(&app)).await.store;
    let is_operator = async |id| again.account(id).await.unwrap().unwrap().operator;
    assert_eq!((is_operator(member).await, is_operator(owner).await), (false, true));
    assert!(!again.member(organization, member).await.unwrap().unwrap().admin);
    assert_eq!(again.passkeys(member).await.unwrap(), [kept]);
    let code = again.totp(owner).await.unwrap().unwrap();
    assert_eq!((code.sealed, code.last_step), (Sealed(vec![2; 60]), 7));
    let twice = again.revoke_access_token(token.api_key, ended, STAMP).await.unwrap();
    assert!(!twice, "it was ended already");
}

fn passkey(id: &str) -> Passkey {
    Passkey {
        id: id.to_owned(),
        label: Label::parse(id).unwrap(),
        credential: "{}".to_owned(),
        created_at: NOW,
        last_used_at: None,
    }
}

#[tokio::test]
async fn what_is_not_done_again_is_told() {
    let app = TestApp::start().await;
    let (owner, _) = app.client("a@example.com").await;
    let file = backup(&app).await;
    app.store.set_recovery_codes(owner, &["d".to_owned()], STAMP).await.unwrap();
    let later = app.account("b@example.com").await;
    app.store.set_recovery_codes(later, &["e".to_owned()], STAMP).await.unwrap();
    let (_place, store) = {
        let place = Place::new();
        let store = place.open().await;
        (place, store)
    };
    let told = restore_to(&store, &file, Some(&app.store)).await.unwrap().removed.unwrap();
    assert_eq!(told.left, [("account.recovery_codes_made", 1)].into());
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

fn settings() -> ApplicationChange {
    ApplicationChange {
        name: Label::parse("Reporter").unwrap(),
        redirect_uris: vec!["https://reporter.example.com/back".to_owned()],
        rights: Rights { authorization_code: true, device: true, refresh_tokens: true },
        organizations: None,
    }
}

fn secret(byte: u8) -> StoredSecret {
    let digest = SecretDigest::from_parts(1, [byte; 32]);
    StoredSecret { id: SecretId::from_random([byte; 16]), digest }
}

async fn register(app: &TestApp, owner: AccountId, byte: u8) -> ApplicationId {
    let id = ApplicationId::from_random([byte; 16]);
    let new = NewApplication { id, owner, settings: settings(), secret: Some(secret(byte)) };
    app.store.create_application(&new, STAMP).await.unwrap();
    id
}

#[tokio::test]
async fn s88_what_was_taken_from_applications_since_the_backup_stays_taken() {
    let app = TestApp::start().await;
    let (owner, _) = app.client("a@example.com").await;
    let removed = register(&app, owner, 1).await;
    let replaced = register(&app, owner, 2).await;
    let narrowed = register(&app, owner, 3).await;
    let kept = register(&app, owner, 4).await;
    let file = backup(&app).await;

    app.store.remove_application(owner, removed, None, STAMP).await.unwrap();
    let other = secret(9);
    app.store.replace_application_secret(owner, replaced, &other, STAMP).await.unwrap();
    let rights = Rights { refresh_tokens: false, ..settings().rights };
    let change = ApplicationChange { rights, ..settings() };
    app.store.change_application(owner, narrowed, &change, STAMP).await.unwrap();

    let again = restored(file.clone(), Some(&app)).await;
    let facts = async |id| again.store.application(id).await.unwrap().unwrap().facts;
    assert!(facts(removed).await.removed_at.is_some());
    assert!(facts(replaced).await.removed_at.is_some(), "its secret is known to whoever had it");
    assert_eq!(facts(narrowed).await.rights, rights);
    let kept = facts(kept).await;
    assert_eq!((kept.removed_at, kept.rights), (None, settings().rights));
    let revived = restored(file, None).await;
    let found = revived.store.application(removed).await.unwrap().unwrap();
    assert!(found.removal.is_none(), "else nothing was shown");
}

#[tokio::test]
async fn s88_no_refresh_token_of_a_backup_counts_again() {
    let app = TestApp::start().await;
    let (owner, _) = app.client("a@example.com").await;
    let client = register(&app, owner, 1).await;
    let keys = GrantKeys::new(&master());
    let (code, token) = (keys.code(&Ticket::generate([5; 32])), RefreshToken::generate([6; 32]));
    let consent = Consent {
        application: client,
        account: owner,
        scopes: Scopes::parse("offline_access").unwrap(),
        audience: API.to_owned(),
        limits: Limits::default(),
    };
    let new = AuthorizationCode {
        consent,
        redirect_uri: "https://reporter.example.com/back".to_owned(),
        challenge: "c".repeat(43),
        expires_at: NOW.plus(60),
    };
    app.store.add_code(&code, &new, STAMP).await.unwrap();
    let refresh = keys.refresh_token(&token);
    let first = FirstTokens {
        grant: GrantId::from_random([7; 16]),
        refresh: refresh.clone(),
        address: [127, 0, 0, 1].into(),
    };
    app.store.redeem_code(client, &code, &first, STAMP).await.unwrap();
    let file = backup(&app).await;
    let again = restored(file, Some(&app)).await;
    let counts = async |app: &TestApp| {
        let presented = app.store.present_refresh_token(client, &refresh, STAMP).await;
        matches!(presented.unwrap(), Presented::Held(_))
    };
    assert!(counts(&app).await);
    assert!(!counts(&again).await, "it may have been used since");
    assert!(again.store.grants_of(owner, NOW).await.unwrap().is_empty());
    assert!(again.store.held_code(client, &code).await.unwrap().is_none());
}
