use keymoor_core::{AccountId, name::Email};

use super::world::{NOW, World, at, is_conflict, is_not_found, stamp};
use crate::AccountKind;

pub async fn an_account_is_found_by_id_and_address(world: &World) {
    let id = world.account("ada@example.com").await;
    let found = world.store.account(id).await.unwrap().unwrap();
    let email = Email::parse("ADA@example.com").unwrap();
    assert_eq!(world.store.account_by_email(&email).await.unwrap().unwrap(), found);
    assert_eq!((found.id, found.kind, found.created_at), (id, AccountKind::Person, NOW));
    assert_eq!(found.disabled_at, None);
}

pub async fn an_address_belongs_to_one_account(world: &World) {
    let first = world.account("ada@example.com").await;
    let second = world.new_account("ada@example.com");
    assert!(is_conflict(&world.store.create_account(&second, stamp()).await));
    let email = Email::parse("ada@example.com").unwrap();
    assert_eq!(world.store.account_by_email(&email).await.unwrap().unwrap().id, first);
}

pub async fn accounts_are_numbered_from_one(world: &World) {
    for (number, email) in [(1, "a@example.com"), (2, "b@example.com")] {
        let id = world.account(email).await;
        assert_eq!(world.store.account(id).await.unwrap().unwrap().number, number);
    }
}

pub async fn a_refused_account_leaves_no_gap(world: &World) {
    world.account("a@example.com").await;
    let refused = world.new_account("a@example.com");
    assert!(is_conflict(&world.store.create_account(&refused, stamp()).await));
    let id = world.account("b@example.com").await;
    assert_eq!(world.store.account(id).await.unwrap().unwrap().number, 2);
}

pub async fn an_unknown_account_is_none(world: &World) {
    let id = AccountId::new(0, [9; 10]);
    assert_eq!(world.store.account(id).await.unwrap(), None);
    let email = Email::parse("nobody@example.com").unwrap();
    assert_eq!(world.store.account_by_email(&email).await.unwrap(), None);
}

pub async fn an_account_is_disabled_and_enabled(world: &World) {
    let id = world.account("a@example.com").await;
    let key = world.token(id).await;
    let store = &world.store;
    store.set_account_disabled(id, true, at(3)).await.unwrap();
    assert!(is_conflict(&store.set_account_disabled(id, true, at(4)).await));
    assert_eq!(store.account(id).await.unwrap().unwrap().disabled_at, Some(NOW.plus(3)));
    let facts = store.credential_facts(key).await.unwrap().unwrap();
    assert_eq!(facts.account_disabled_at, Some(NOW.plus(3)));
    store.set_account_disabled(id, false, at(5)).await.unwrap();
    assert!(is_conflict(&store.set_account_disabled(id, false, at(6)).await));
    assert_eq!(store.account(id).await.unwrap().unwrap().disabled_at, None);
    let unknown = AccountId::new(0, [9; 10]);
    assert!(is_not_found(&store.set_account_disabled(unknown, true, stamp()).await));
}
