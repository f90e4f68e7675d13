use keymoor_core::{
    ResourceServerId, SecretId, TokenId,
    digest::SecretDigest,
    facts::StoredSecret,
    removals::{Event, Federated, MEMORY, Subject, Tombstone},
    token::TOKEN_LIFE,
};

use super::world::{NOW, World, at, is_conflict, is_not_found, label, stamp};
use crate::{MAX_REVOKED, MAX_SECRETS, NewApiSecret, ResourceServer};

fn token_id(byte: u8) -> TokenId {
    TokenId::from_random([byte; 16])
}

fn new_secret(world: &World, key: keymoor_core::ApiKey) -> NewApiSecret {
    let byte = world.next();
    let digest = SecretDigest::from_parts(1, [byte; 32]);
    NewApiSecret { api_key: key, secret: SecretId::from_random([byte; 16]), digest }
}

pub async fn a_secret_stands_beside_another_and_is_closed(world: &World) {
    let account = world.account("a@example.com").await;
    let (key, store) = (world.token(account).await, &world.store);
    let new = new_secret(world, key);
    store.add_api_secret(&new, at(1)).await.unwrap();
    assert_eq!(store.credential_facts(key).await.unwrap().unwrap().secrets.len(), MAX_SECRETS);
    assert!(is_conflict(&store.add_api_secret(&new_secret(world, key), at(1)).await));
    let all = store.api_secrets(key).await.unwrap();
    assert_eq!((all[1].id, all[1].created_at, all[1].closed_at), (new.secret, NOW.plus(1), None));
    store.close_api_secret(key, all[0].id, at(2)).await.unwrap();
    assert!(is_conflict(&store.close_api_secret(key, all[0].id, at(3)).await), "closed before");
    assert!(is_conflict(&store.close_api_secret(key, new.secret, at(3)).await), "the last one");
    let left = store.credential_facts(key).await.unwrap().unwrap().secrets;
    assert_eq!((left.len(), left[0].id), (1, new.secret));
    assert_eq!(store.api_secrets(key).await.unwrap()[0].closed_at, Some(NOW.plus(2)));
}

pub async fn a_secret_belongs_to_an_active_token(world: &World) {
    let account = world.account("a@example.com").await;
    let (key, other, store) =
        (world.token(account).await, world.token(account).await, &world.store);
    let theirs = store.api_secrets(other).await.unwrap()[0].id;
    assert!(is_not_found(&store.close_api_secret(key, theirs, stamp()).await));
    let unknown = keymoor_core::ApiKey::from_random([240; 16]);
    assert!(is_not_found(&store.add_api_secret(&new_secret(world, unknown), stamp()).await));
    store.remove_api_token(account, key, None, stamp()).await.unwrap();
    assert!(is_conflict(&store.add_api_secret(&new_secret(world, key), stamp()).await));
}

pub async fn a_token_is_revoked_once(world: &World) {
    let account = world.account("a@example.com").await;
    let (key, store) = (world.token(account).await, &world.store);
    assert!(store.revoke_access_token(key, token_id(1), stamp()).await.unwrap());
    let changes = store.changes_after(0, 100).await.unwrap();
    assert!(!store.revoke_access_token(key, token_id(1), stamp()).await.unwrap());
    assert_eq!(store.changes_after(0, 100).await.unwrap(), changes);
    let later = at(i64::from(MEMORY) + 1);
    assert!(store.revoke_access_token(key, token_id(2), later).await.unwrap());
    assert!(store.revoke_access_token(key, token_id(1), later).await.unwrap(), "forgotten since");
}

pub async fn so_many_tokens_of_one_key_are_revoked_within_the_life_of_a_token(world: &World) {
    let account = world.account("a@example.com").await;
    let (key, other) = (world.token(account).await, world.token(account).await);
    let (store, id) = (&world.store, |number: u32| {
        let mut bytes = [9; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        TokenId::from_random(bytes)
    });
    for number in 0..MAX_REVOKED {
        assert!(store.revoke_access_token(key, id(number), stamp()).await.unwrap());
    }
    let more = MAX_REVOKED;
    assert!(is_conflict(&store.revoke_access_token(key, id(more), stamp()).await));
    assert!(!store.revoke_access_token(key, id(0), stamp()).await.unwrap(), "ended before");
    assert!(store.revoke_access_token(other, id(more), stamp()).await.unwrap(), "another's");
    let later = at(i64::from(TOKEN_LIFE));
    assert!(store.revoke_access_token(key, id(more + 1), later).await.unwrap());
}

fn resource_server(world: &World, audience: &str) -> ResourceServer {
    let byte = world.next();
    let digest = SecretDigest::from_parts(1, [byte; 32]);
    ResourceServer {
        id: ResourceServerId::from_random([byte; 16]),
        audience: audience.parse().unwrap(),
        name: label("Reports"),
        scopes: vec!["reports:read".parse().unwrap()],
        secret: StoredSecret { id: SecretId::from_random([byte; 16]), digest },
        created_at: NOW,
    }
}

pub async fn a_resource_server_is_found_as_it_was_made(world: &World) {
    let (new, store) = (resource_server(world, "https://a.example.com"), &world.store);
    store.create_resource_server(&new, stamp()).await.unwrap();
    let found = store.resource_servers().await.unwrap().remove(0);
    assert_eq!((found.id, &found.audience, &found.name), (new.id, &new.audience, &new.name));
    assert_eq!((found.scopes, found.secret.id), (new.scopes, new.secret.id));
    assert!(found.secret.digest.equals(&new.secret.digest));
}

pub async fn an_audience_has_one_resource_server_at_a_time(world: &World) {
    let (new, store) = (resource_server(world, "https://a.example.com"), &world.store);
    store.create_resource_server(&new, stamp()).await.unwrap();
    let second = resource_server(world, "https://a.example.com");
    assert!(is_conflict(&store.create_resource_server(&second, stamp()).await));
    store.remove_resource_server(new.id, stamp()).await.unwrap();
    assert!(is_not_found(&store.remove_resource_server(new.id, stamp()).await));
    store.create_resource_server(&second, stamp()).await.unwrap();
    let left = store.resource_servers().await.unwrap();
    assert_eq!((left.len(), left[0].id), (1, second.id));
}

pub async fn the_basis_holds_what_stands_and_what_happened_lately(world: &World) {
    let owner = world.account("a@example.com").await;
    let store = &world.store;
    world.organization(owner, false).await;
    let (federated, disabled) =
        (world.organization(owner, true).await, world.organization(owner, false).await);
    store.set_organization_disabled(disabled, true, stamp()).await.unwrap();
    let (early, late) = (world.token(owner).await, world.token(owner).await);
    store.remove_api_token(owner, early, None, at(1)).await.unwrap();
    store.remove_api_token(owner, late, None, at(9)).await.unwrap();
    let basis = store.removal_basis(NOW.plus(9)).await.unwrap();
    assert_eq!((basis.federated, basis.disabled), (vec![federated], vec![disabled]));
    let events: Vec<_> = basis.recent.iter().map(|change| change.event().unwrap()).collect();
    let tombstone = Tombstone { subject: Subject::ApiKey(late), issued_until: None };
    assert_eq!(events, [Some(Event::Removed(tombstone))]);
    assert_eq!(basis.number, basis.recent[0].number);
}

pub async fn what_guards_must_know_of_each_change(world: &World) {
    let owner = world.account("a@example.com").await;
    let member = world.account("b@example.com").await;
    let (organization, store) = (world.organization(owner, false).await, &world.store);
    let (key, before) = (world.token(owner).await, store.changes_after(0, 100).await.unwrap());
    assert!(before.iter().all(|change| change.event().unwrap().is_none()));
    let secret = store.api_secrets(key).await.unwrap()[0].id;
    store.add_api_secret(&new_secret(world, key), stamp()).await.unwrap();
    store.close_api_secret(key, secret, stamp()).await.unwrap();
    store.revoke_access_token(key, token_id(1), stamp()).await.unwrap();
    store.add_member(organization, member, stamp()).await.unwrap();
    store.remove_member(organization, member, stamp()).await.unwrap();
    store.set_account_disabled(member, true, stamp()).await.unwrap();
    store.set_organization_federated(organization, true, stamp()).await.unwrap();
    store.set_organization_disabled(organization, true, stamp()).await.unwrap();
    let number = before.last().unwrap().number;
    let after = store.changes_after(number, 100).await.unwrap();
    let events: Vec<_> = after.iter().filter_map(|change| change.event().unwrap()).collect();
    let issued_until = NOW.plus(7);
    let for_ever = |subject| Event::Removed(Tombstone { subject, issued_until: None });
    let for_now = |subject| Event::Removed(Tombstone { subject, issued_until: Some(issued_until) });
    let expected = [
        for_ever(Subject::Secret(secret)),
        for_ever(Subject::Token(token_id(1))),
        for_now(Subject::Member { organization, account: member }),
        for_now(Subject::Account(member)),
        Event::Federated(Federated { organization, issued_until: Some(issued_until) }),
        Event::Disabled { organization, issued_until },
    ];
    assert_eq!(events, expected);
}
