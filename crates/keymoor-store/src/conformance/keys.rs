use keymoor_core::{jwt::Algorithm, seal::Sealed};

use super::world::{NOW, World, at, is_conflict, is_not_found, stamp};
use crate::{StoredPepper, StoredSigningKey};

fn key(kid: &str, algorithm: Algorithm) -> StoredSigningKey {
    let sealed = Sealed(vec![0, 1, 255]);
    StoredSigningKey {
        kid: kid.to_owned(),
        algorithm,
        sealed,
        created_at: NOW,
        signs_from: NOW.plus(330),
        withdrawn_at: None,
    }
}

pub async fn keys_come_back_in_order(world: &World) {
    let mut youngest = None;
    for (kid, algorithm) in [("z", Algorithm::Es256), ("a", Algorithm::Rs256)] {
        world.store.add_signing_key(&key(kid, algorithm), youngest, stamp()).await.unwrap();
        youngest = Some(kid);
    }
    let found = world.store.signing_keys().await.unwrap();
    let kids: Vec<_> = found.iter().map(|key| (key.kid.as_str(), key.algorithm)).collect();
    assert_eq!(kids, [("z", Algorithm::Es256), ("a", Algorithm::Rs256)]);
    assert_eq!(found[0].sealed, Sealed(vec![0, 1, 255]));
    assert_eq!((found[0].signs_from, found[0].withdrawn_at), (NOW.plus(330), None));
}

pub async fn a_kid_is_added_once(world: &World) {
    world.store.add_signing_key(&key("a", Algorithm::Es256), None, stamp()).await.unwrap();
    let again = world.store.add_signing_key(&key("a", Algorithm::EdDsa), Some("a"), stamp()).await;
    assert!(is_conflict(&again));
}

pub async fn two_who_decide_at_once_add_one_key(world: &World) {
    let mut tasks = Vec::new();
    for kid in ["a", "b", "c", "d"] {
        let (store, new) = (world.store.clone(), key(kid, Algorithm::Es256));
        tasks.push(tokio::spawn(async move { store.add_signing_key(&new, None, stamp()).await }));
    }
    let mut made = 0;
    for task in tasks {
        let outcome = task.await.unwrap();
        assert!(outcome.is_ok() || is_conflict(&outcome));
        made += u32::from(outcome.is_ok());
    }
    assert_eq!((made, world.store.signing_keys().await.unwrap().len()), (1, 1));
}

pub async fn a_key_is_withdrawn_once(world: &World) {
    let store = &world.store;
    store.add_signing_key(&key("a", Algorithm::Es256), None, stamp()).await.unwrap();
    store.withdraw_signing_key("a", at(7)).await.unwrap();
    assert!(is_conflict(&store.withdraw_signing_key("a", at(8)).await));
    assert!(is_not_found(&store.withdraw_signing_key("b", at(8)).await));
    assert_eq!(store.signing_keys().await.unwrap()[0].withdrawn_at, Some(NOW.plus(7)));
}

pub async fn the_newest_pepper_counts(world: &World) {
    assert!(world.store.pepper().await.unwrap().is_none());
    for id in [1, 2] {
        let pepper = StoredPepper { id, sealed: Sealed(vec![7]), created_at: NOW };
        world.store.add_pepper(&pepper, stamp()).await.unwrap();
        assert!(is_conflict(&world.store.add_pepper(&pepper, stamp()).await));
    }
    assert_eq!(world.store.pepper().await.unwrap().unwrap().id, 2);
}
