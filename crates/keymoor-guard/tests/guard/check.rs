use std::sync::atomic::Ordering;

use keymoor_core::{
    OrganizationId,
    access::Target,
    jwt::{KeySet, TokenFault},
    refusal::Refusal,
};

use super::world::World;

#[tokio::test]
async fn a_token_that_holds_gets_through_again_and_again() {
    let world = World::new();
    for _ in 0..3 {
        assert_eq!(world.refusal(&world.bearer()).await, None);
    }
}

#[tokio::test]
async fn a_remembered_token_expires_on_time() {
    let world = World::new();
    let bearer = world.bearer();
    assert_eq!(world.refusal(&bearer).await, None);
    world.clock.step(299);
    assert_eq!(world.refusal(&bearer).await, None);
    world.clock.step(1);
    assert_eq!(world.refusal(&bearer).await, Some(Refusal::InvalidToken(TokenFault::Expired)));
}

#[tokio::test]
async fn a_removal_acts_on_a_remembered_token_at_once() {
    let world = World::new();
    let bearer = world.bearer();
    assert_eq!(world.refusal(&bearer).await, None);
    world.directory.removed.store(true, Ordering::SeqCst);
    assert_eq!(world.refusal(&bearer).await, Some(Refusal::Removed));
}

#[tokio::test]
async fn a_withdrawn_key_acts_on_a_remembered_token_at_once() {
    let world = World::new();
    let bearer = world.bearer();
    assert_eq!(world.refusal(&bearer).await, None);
    world.keys.fixed.replace(KeySet::default());
    let unknown = Refusal::InvalidToken(TokenFault::UnknownKey);
    assert_eq!(world.refusal(&bearer).await, Some(unknown));
}

#[tokio::test]
async fn s38_federation_acts_on_a_remembered_token_at_once() {
    let world = World::new();
    let (bearer, id) = (world.bearer(), OrganizationId::from_random([1; 16]));
    let target = Target::Organization(id);
    assert!(world.check(&bearer, target).await.is_ok());
    world.directory.federated.lock().unwrap().insert(id);
    let refused = world.check(&bearer, target).await.unwrap_err();
    assert_eq!(refused, Refusal::AdditionalAuthentication(id));
}

#[tokio::test]
async fn a_token_is_verified_once_and_then_remembered() {
    let world = World::new();
    let bearer = world.bearer();
    assert_eq!(world.refusal(&bearer).await, None);
    // Another key under the same id: a second verification would fail.
    let other = World::new();
    let mut jwk = other.signer.jwk().clone();
    jwk.kid.clone_from(&world.signer.jwk().kid);
    world.keys.fixed.replace(KeySet::from_iter([jwk.verification_key().unwrap()]));
    assert_eq!(world.refusal(&bearer).await, None);
    let later = world.bearer_of(&keymoor_core::claims::Claims {
        jti: keymoor_core::TokenId::from_random([9; 16]),
        ..keymoor_testkit::claims()
    });
    let wrong = Refusal::InvalidToken(TokenFault::Signature);
    assert_eq!(world.refusal(&later).await, Some(wrong), "a new token is verified");
}

#[tokio::test]
async fn the_same_bearer_can_be_judged_for_another_target() {
    let world = World::new();
    let id = OrganizationId::from_random([1; 16]);
    world.directory.federated.lock().unwrap().insert(id);
    let access = world.check(&world.bearer(), Target::General).await.unwrap();
    let refused = world.guard.judge(&access, Target::Organization(id)).unwrap_err();
    assert_eq!(refused, Refusal::AdditionalAuthentication(id));
}
