//! An installation is put into a database while a server starts on it.

use std::sync::Arc;

use keymoor_core::seal::Sealed;
use keymoor_testkit::{NOW, postgres};
use tokio::sync::mpsc::channel;

use super::{
    PostgresOptions, PostgresStore,
    tests::{account, stamp, until_somebody_waits},
};
use crate::{Copying, Part, Store, StoreError, StoredPepper};

/// A database of its own, where nobody else waits for anything.
async fn open() -> PostgresStore {
    let options = PostgresOptions::parse(&postgres().database()).unwrap();
    PostgresStore::open(options.connections(4)).await.unwrap()
}

async fn parts() -> Vec<Part> {
    let store = Arc::new(open().await);
    store.create_account(&account(1), stamp()).await.unwrap();
    let (to, mut from) = channel(4);
    tokio::spawn(async move { store.copy_out(to).await });
    let mut parts = Vec::new();
    while let Some(part) = from.recv().await {
        parts.push(part);
    }
    parts
}

#[tokio::test]
async fn nothing_is_put_under_a_server_that_is_about_to_make_its_keys() {
    let store = Arc::new(open().await);
    let starting = store.begin().await.unwrap();
    let parts = parts().await;
    let (to, from) = channel(parts.len());
    for part in parts {
        to.send(part).await.unwrap();
    }
    let putting = {
        let store = store.clone();
        tokio::spawn(async move { store.copy_in(from).await })
    };
    until_somebody_waits(&store).await;
    starting.tell_for_test(stamp()).await.unwrap();
    let outcome = putting.await.unwrap();
    assert!(matches!(outcome, Err(StoreError::Conflict(_))), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_starts_meanwhile_makes_no_keys() {
    let store = Arc::new(open().await);
    let parts = parts().await;
    let (to, from) = channel(parts.len());
    to.send(parts[0].clone()).await.unwrap();
    let putting = {
        let store = store.clone();
        tokio::spawn(async move { store.copy_in(from).await })
    };
    // It has the counter once it has taken the first part.
    while to.capacity() < parts.len() {
        tokio::task::yield_now().await;
    }
    let starting = {
        let store = store.clone();
        let pepper = StoredPepper { id: 1, sealed: Sealed(vec![1; 60]), created_at: NOW };
        tokio::spawn(async move { store.add_pepper(&pepper, stamp()).await })
    };
    until_somebody_waits(&store).await;
    for part in &parts[1..] {
        to.send(part.clone()).await.unwrap();
    }
    putting.await.unwrap().unwrap();
    let outcome = starting.await.unwrap();
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
    assert!(store.pepper().await.unwrap().is_none(), "what was put in had none");
}
