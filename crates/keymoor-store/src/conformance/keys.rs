use keymoor_core::{jwt::Algorithm, seal::Sealed};

use super::world::{NOW, World, is_conflict, stamp};
use crate::{StoredPepper, StoredSigningKey};

fn key(kid: &str, algorithm: Algorithm) -> StoredSigningKey {
    let sealed = Sealed(vec![0, 1, 255]);
    StoredSigningKey { kid: kid.to_owned(), algorithm, sealed, created_at: NOW }
}

pub async fn keys_come_back_in_order(world: &World) {
    for (kid, algorithm) in [("z", Algorithm::Es256), ("a", Algorithm::Rs256)] {
        world.store.add_signing_key(&key(kid, algorithm), stamp()).await.unwrap();
    }
    let found = world.store.signing_keys().await.unwrap();
    let kids: Vec<_> = found.iter().map(|key| (key.kid.as_str(), key.algorithm)).collect();
    assert_eq!(kids, [("z", Algorithm::Es256), ("a", Algorithm::Rs256)]);
    assert_eq!(found[0].sealed, Sealed(vec![0, 1, 255]));
}

pub async fn a_kid_is_added_once(world: &World) {
    world.store.add_signing_key(&key("a", Algorithm::Es256), stamp()).await.unwrap();
    let again = world.store.add_signing_key(&key("a", Algorithm::EdDsa), stamp()).await;
    assert!(is_conflict(&again));
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
