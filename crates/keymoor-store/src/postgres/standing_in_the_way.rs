//! What happens when two connections want the same rows.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
    time::{Duration, Instant},
};

use keymoor_core::{
    ApiKey, SecretId,
    digest::SecretDigest,
    facts::Limits,
    name::Label,
    removals::{Event, ISSUED_MEANWHILE},
};
use keymoor_testkit::{NOW, SteppedClock, postgres};
use sqlx::{Executor, Row};

use super::{
    PostgresOptions, PostgresStore,
    tests::{account, stamp, until_somebody_waits},
};
use crate::{LastUse, NewApiToken, Store, Use};

fn key(number: u8) -> ApiKey {
    ApiKey::from_random([number; 16])
}

async fn open(url: &str, connections: u32) -> PostgresStore {
    let options = PostgresOptions::parse(url).unwrap();
    PostgresStore::open(options.connections(connections)).await.unwrap()
}

/// A store whose account 1 has so many API tokens, and the URL of its database, where nobody else
/// waits for anything.
async fn with_tokens(count: u8) -> (Arc<PostgresStore>, String) {
    let url = postgres().database();
    let store = open(&url, 4).await;
    store.create_account(&account(1), stamp()).await.unwrap();
    for number in 0..count {
        let new = NewApiToken {
            api_key: key(number),
            account: account(1).id,
            label: Label::parse("script").unwrap(),
            limits: Limits::default(),
            parent: None,
            secret: SecretId::from_random([number; 16]),
            digest: SecretDigest::from_parts(1, [number; 32]),
        };
        store.create_api_token(&new, stamp()).await.unwrap();
    }
    (Arc::new(store), url)
}

fn used(number: u8) -> Use {
    let last = LastUse { at: NOW, address: IpAddr::V4(Ipv4Addr::LOCALHOST) };
    Use { api_key: key(number), secret: SecretId::from_random([number; 16]), last }
}

const LOCK: &str = "SELECT 1 FROM api_tokens WHERE api_key = $1 FOR UPDATE";

/// The transactions that wait for a row of an API token.
async fn waiting(store: &PostgresStore) -> HashSet<String> {
    let query = "SELECT pid || ' ' || xact_start FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'UPDATE api_tokens%'";
    let rows = store.readers.fetch_all(query).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Waits, not for ever, until so many transactions have waited.
async fn until_waited(store: &PostgresStore, count: usize) {
    let (begun, mut seen) = (Instant::now(), HashSet::new());
    while seen.len() < count {
        assert!(begun.elapsed() < Duration::from_secs(20), "{seen:?}");
        seen.extend(waiting(store).await);
        tokio::task::yield_now().await;
    }
}

/// Whether the removal of an API token succeeds, by a store with one connection that waits for a
/// tenth of a second.
async fn removal(store: PostgresStore, number: u8) -> bool {
    store.readers.execute("SET lock_timeout = '100ms'").await.unwrap();
    store.remove_api_token(account(1).id, key(number), None, stamp()).await.is_ok()
}

#[tokio::test]
async fn a_change_that_waited_in_vain_for_a_row_is_tried_again() {
    let (store, url) = with_tokens(1).await;
    let mut holder = store.readers.begin().await.unwrap();
    sqlx::query(LOCK).bind(key(0).to_string()).execute(&mut *holder).await.unwrap();
    let removal = tokio::spawn(removal(open(&url, 1).await, 0));
    until_waited(&store, 2).await;
    holder.rollback().await.unwrap();
    assert!(removal.await.unwrap());
}

#[tokio::test]
async fn uses_are_recorded_some_at_a_time_so_that_a_removal_does_not_wait_for_all() {
    let (store, url) = with_tokens(120).await;
    let mut holder = store.readers.begin().await.unwrap();
    sqlx::query(LOCK).bind(key(110).to_string()).execute(&mut *holder).await.unwrap();
    let flush = {
        let (store, uses) = (store.clone(), (0..120).map(used).collect::<Vec<_>>());
        tokio::spawn(async move { store.record_uses(&uses).await })
    };
    until_waited(&store, 1).await;
    let recorded = store.api_token(account(1).id, key(0)).await.unwrap().unwrap();
    assert!(recorded.last_use.is_some(), "the first hundred are there already");
    assert!(removal(open(&url, 1).await, 0).await);
    holder.rollback().await.unwrap();
    flush.await.unwrap().unwrap();
    let recorded = store.api_token(account(1).id, key(119)).await.unwrap().unwrap();
    assert!(recorded.last_use.is_some());
}

#[tokio::test]
async fn a_removal_outlasts_a_server_that_stands_still_while_it_records_uses() {
    let (store, _) = with_tokens(1).await;
    let mut frozen = store.begin_yielding().await.unwrap();
    sqlx::query(LOCK).bind(key(0).to_string()).execute(&mut *frozen).await.unwrap();
    let begun = Instant::now();
    store.remove_api_token(account(1).id, key(0), None, stamp()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5), "not after its own patience");
}

#[tokio::test]
async fn s82_a_change_that_waited_counts_for_the_tokens_issued_meanwhile() {
    let (store, _) = with_tokens(0).await;
    let clock = Arc::new(SteppedClock::new(NOW));
    store.set_clock(clock.clone());
    let lingering = store.begin().await.unwrap();
    let disabling = {
        let store = store.clone();
        tokio::spawn(async move { store.set_account_disabled(account(1).id, true, stamp()).await })
    };
    until_somebody_waits(&store).await;
    let wait = i64::from(ISSUED_MEANWHILE) + 10;
    clock.step(wait);
    lingering.tell_for_test(stamp()).await.unwrap();
    disabling.await.unwrap().unwrap();
    let last = store.changes_after(2, 1).await.unwrap().remove(0);
    let Some(Event::Removed(tombstone)) = last.event().unwrap() else { panic!("{last:?}") };
    assert_eq!(tombstone.issued_until, Some(NOW.plus(wait + i64::from(ISSUED_MEANWHILE))));
}
