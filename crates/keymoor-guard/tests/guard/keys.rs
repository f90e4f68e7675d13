use std::sync::atomic::Ordering;

use keymoor_core::{
    jwt::{Algorithm, KeySet, TokenFault},
    refusal::Refusal,
};
use keymoor_testkit::{claims, signer};

use super::world::World;

#[tokio::test]
async fn a_key_that_is_new_is_asked_for_once_and_then_known() {
    let world = World::new();
    let newer = signer(Algorithm::Es256);
    *world.keys.next.lock().unwrap() = Some(KeySet::from_iter([newer.verification_key()]));
    let bearer = format!("Bearer {}", newer.sign(&claims()));
    for _ in 0..3 {
        assert_eq!(world.refusal(&bearer).await, None);
    }
    assert_eq!(world.keys.refreshed.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_known_key_is_never_asked_for() {
    let world = World::new();
    world.refusal(&world.bearer()).await;
    world.refusal(&format!("{}x", world.bearer())).await;
    assert_eq!(world.keys.refreshed.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_key_that_nobody_has_is_refused() {
    let world = World::new();
    let foreign = World::new().bearer();
    let unknown = Refusal::InvalidToken(TokenFault::UnknownKey);
    assert_eq!(world.refusal(&foreign).await, Some(unknown));
}

#[tokio::test]
async fn s75_keys_that_cannot_be_had_deny() {
    let world = World::new();
    world.keys.fails.store(true, Ordering::SeqCst);
    let foreign = World::new().bearer();
    assert_eq!(world.refusal(&foreign).await, Some(Refusal::Unavailable));
    assert_eq!(world.refusal(&world.bearer()).await, None, "known keys still serve");
}
