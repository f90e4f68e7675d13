use keymoor_core::{AccountId, seal::Sealed};

use super::world::{NOW, World, is_conflict, is_not_found, label, stamp};
use crate::{Passkey, SecondFactors};

pub(super) fn passkey(id: &str) -> Passkey {
    Passkey {
        id: id.to_owned(),
        label: label("laptop"),
        credential: "{}".to_owned(),
        created_at: NOW,
        last_used_at: None,
    }
}

async fn factors(world: &World, account: AccountId) -> SecondFactors {
    world.store.second_factors(account).await.unwrap()
}

pub async fn a_code_is_used_once(world: &World) {
    let account = world.account("a@example.com").await;
    let store = &world.store;
    store.add_totp(account, &Sealed(vec![1, 2]), 100, stamp()).await.unwrap();
    let again = store.add_totp(account, &Sealed(vec![3]), 100, stamp()).await;
    assert!(is_conflict(&again));
    let totp = store.totp(account).await.unwrap().unwrap();
    assert_eq!((totp.sealed, totp.last_step), (Sealed(vec![1, 2]), 100));
    assert!(!store.use_totp_step(account, 100).await.unwrap());
    assert!(store.use_totp_step(account, 101).await.unwrap());
    assert!(!store.use_totp_step(account, 101).await.unwrap());
    store.remove_totp(account, stamp()).await.unwrap();
    assert!(is_not_found(&store.remove_totp(account, stamp()).await));
    assert!(!store.use_totp_step(account, 102).await.unwrap());
}

pub async fn passkeys_are_added_used_and_removed(world: &World) {
    let (a, b) = (world.account("a@example.com").await, world.account("b@example.com").await);
    let store = &world.store;
    store.add_passkey(a, &passkey("one"), stamp()).await.unwrap();
    assert!(is_conflict(&store.add_passkey(b, &passkey("one"), stamp()).await));
    store.use_passkey("one", "{\"n\":1}", NOW.plus(5)).await.unwrap();
    let found = store.passkeys(a).await.unwrap();
    assert_eq!((&*found[0].credential, found[0].last_used_at), ("{\"n\":1}", Some(NOW.plus(5))));
    assert!(is_not_found(&store.remove_passkey(b, "one", stamp()).await));
    store.remove_passkey(a, "one", stamp()).await.unwrap();
    assert!(store.passkeys(a).await.unwrap().is_empty());
}

pub async fn a_recovery_code_is_spent_once_and_goes_with_the_last_factor(world: &World) {
    let account = world.account("a@example.com").await;
    let store = &world.store;
    store.add_totp(account, &Sealed(vec![1]), 1, stamp()).await.unwrap();
    store.add_passkey(account, &passkey("one"), stamp()).await.unwrap();
    let codes = ["x".to_owned(), "y".to_owned()];
    store.set_recovery_codes(account, &codes, stamp()).await.unwrap();
    assert!(store.spend_recovery_code(account, "x", stamp()).await.unwrap());
    assert!(!store.spend_recovery_code(account, "x", stamp()).await.unwrap());
    let left = SecondFactors { totp: true, passkeys: 1, recovery_codes: 1 };
    assert_eq!(factors(world, account).await, left);
    store.remove_passkey(account, "one", stamp()).await.unwrap();
    assert_eq!(factors(world, account).await.recovery_codes, 1);
    store.remove_totp(account, stamp()).await.unwrap();
    assert_eq!(factors(world, account).await, SecondFactors::default());
}

pub async fn every_second_factor_is_reset(world: &World) {
    let account = world.account("a@example.com").await;
    let store = &world.store;
    assert!(is_conflict(&store.reset_second_factors(account, stamp()).await));
    store.add_totp(account, &Sealed(vec![1]), 1, stamp()).await.unwrap();
    store.add_passkey(account, &passkey("one"), stamp()).await.unwrap();
    store.set_recovery_codes(account, &["x".to_owned()], stamp()).await.unwrap();
    store.reset_second_factors(account, stamp()).await.unwrap();
    assert_eq!(factors(world, account).await, SecondFactors::default());
    let nobody = AccountId::new(0, [9; 10]);
    assert!(is_not_found(&store.reset_second_factors(nobody, stamp()).await));
}
