use keymoor_core::{
    access::Target,
    jwks::{Jwk, Jwks},
    jwt::{Algorithm, KeySet, Signer, TokenFault},
    refusal::Refusal,
};
use keymoor_testkit::{claims, signer};

use crate::support::{World, key_set};

/// A key set where the id of `of` names somebody else's key: no signature of `of` verifies there.
fn planted(of: &Signer) -> KeySet {
    let other = signer(Algorithm::EdDsa);
    let jwk = Jwk { kid: of.jwk().kid.clone(), ..other.jwk().clone() };
    KeySet::from_jwks(&Jwks { keys: vec![jwk] })
}

async fn ask(world: &World) -> Option<Refusal> {
    world.ask(&claims(), Target::General).await.err()
}

#[tokio::test]
async fn a_remembered_token_is_not_verified_again() {
    let world = World::new();
    assert_eq!(ask(&world).await, None);
    world.keys.replace(planted(&world.signer));
    assert_eq!(ask(&world).await, None);
}

#[tokio::test]
async fn a_token_that_failed_is_not_remembered() {
    let world = World::new();
    world.keys.replace(planted(&world.signer));
    assert_eq!(ask(&world).await, Some(Refusal::InvalidToken(TokenFault::Signature)));
    world.keys.replace(key_set(&world.signer));
    assert_eq!(ask(&world).await, None);
}

#[tokio::test]
async fn a_remembered_token_expires_to_the_second() {
    let world = World::new();
    assert_eq!(ask(&world).await, None);
    world.clock.step(299);
    assert_eq!(ask(&world).await, None);
    world.clock.step(1);
    assert_eq!(ask(&world).await, Some(Refusal::InvalidToken(TokenFault::Expired)));
}

#[tokio::test]
async fn an_expired_token_is_forgotten() {
    let world = World::new();
    assert_eq!(ask(&world).await, None);
    world.clock.step(300);
    ask(&world).await;
    world.clock.step(-300);
    world.keys.replace(planted(&world.signer));
    assert_eq!(ask(&world).await, Some(Refusal::InvalidToken(TokenFault::Signature)));
}

#[tokio::test]
async fn s22_removal_acts_on_a_remembered_token_at_once() {
    let world = World::new();
    assert_eq!(ask(&world).await, None);
    world.directory.remove();
    assert_eq!(ask(&world).await, Some(Refusal::Removed));
}

#[tokio::test]
async fn s32_a_withdrawn_key_acts_on_a_remembered_token_at_once() {
    let world = World::new();
    assert_eq!(ask(&world).await, None);
    world.keys.replace(key_set(&signer(Algorithm::EdDsa)));
    assert_eq!(ask(&world).await, Some(Refusal::InvalidToken(TokenFault::UnknownKey)));
}
