use keymoor_core::{ApiKey, facts::Limits};

use super::world::{NOW, World, at, label, stamp};
use crate::{Attestation, NewApiToken};

pub async fn facts_of_an_unknown_key_are_none(world: &World) {
    let key = ApiKey::from_random([240; 16]);
    assert!(world.store.credential_facts(key).await.unwrap().is_none());
}

pub async fn facts_hold_what_issuing_needs(world: &World) {
    let account = world.account("a@example.com").await;
    let new = world.new_token(account);
    world.store.create_api_token(&new, stamp()).await.unwrap();
    let facts = world.store.credential_facts(new.api_key).await.unwrap().unwrap();
    assert_eq!((facts.api_key, facts.account), (new.api_key, account));
    assert_eq!((facts.removed_at, facts.account_disabled_at), (None, None));
    assert_eq!(facts.secrets.len(), 1);
    assert_eq!(facts.secrets[0].id, new.secret);
    assert!(facts.secrets[0].digest.equals(&new.digest));
}

pub async fn facts_tell_of_the_removal(world: &World) {
    let account = world.account("a@example.com").await;
    let key = world.token(account).await;
    world.store.remove_api_token(account, key, None, at(4)).await.unwrap();
    let facts = world.store.credential_facts(key).await.unwrap().unwrap();
    assert_eq!(facts.removed_at, Some(NOW.plus(4)));
}

pub async fn facts_hold_the_memberships_of_the_owner(world: &World) {
    let (ada, bob) = (world.account("a@example.com").await, world.account("b@example.com").await);
    let (plain, federated) =
        (world.organization(ada, false).await, world.organization(ada, true).await);
    world.organization(bob, false).await;
    let key = world.token(ada).await;
    let facts = world.store.credential_facts(key).await.unwrap().unwrap();
    let mut found: Vec<_> = facts
        .memberships
        .iter()
        .map(|m| (m.organization, m.federated, m.signed_in_until))
        .collect();
    found.sort();
    let mut expected = [(plain, false, None), (federated, true, None)];
    expected.sort();
    assert_eq!(found, expected);
}

pub async fn facts_hold_the_latest_sign_in(world: &World) {
    let account = world.account("a@example.com").await;
    let organization = world.organization(account, true).await;
    let key = world.token(account).await;
    for seconds in [60, 90, 30] {
        let (until, reason) = (NOW.plus(seconds), label("why"));
        let new = Attestation { organization, account, until, reason };
        world.store.attest_sign_in(&new, stamp()).await.unwrap();
    }
    let facts = world.store.credential_facts(key).await.unwrap().unwrap();
    assert_eq!(facts.memberships[0].signed_in_until, Some(NOW.plus(90)));
}

pub async fn limits_come_back_as_they_went(world: &World) {
    let account = world.account("a@example.com").await;
    let organization = world.organization(account, false).await;
    let limits = Limits {
        expires_at: Some(NOW.plus(9)),
        organizations: Some(vec![organization]),
        address_ranges: Some(vec![
            "192.0.2.0/24".parse().unwrap(),
            "2001:db8::/32".parse().unwrap(),
        ]),
        token_life: Some(60),
        through_provider_alone: true,
    };
    let new = NewApiToken { limits: limits.clone(), ..world.new_token(account) };
    world.store.create_api_token(&new, stamp()).await.unwrap();
    let facts = world.store.credential_facts(new.api_key).await.unwrap().unwrap();
    assert_eq!(facts.limits, limits);
}
