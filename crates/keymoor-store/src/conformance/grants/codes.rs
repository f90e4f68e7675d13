use keymoor_core::{delegation::CODE_LIFE, refresh::RefreshToken, ticket::Ticket};

use super::{
    super::world::{NOW, World, at, stamp},
    stage::{Stage, keys},
};
use crate::{ChangeKind, Presented, Redemption};

pub async fn a_code_is_held_as_it_was_added(world: &World) {
    let stage = Stage::new(world).await;
    let digest = stage.add_code("offline_access reports:read").await;
    let held = world.store.held_code(stage.application, &digest).await.unwrap().unwrap();
    assert_eq!(held.code, stage.code("offline_access reports:read"));
    assert!(!held.spent);
    assert_eq!(held.facts.account, stage.account);
    assert_eq!(held.facts.application.id, stage.application);
}

pub async fn s57_a_code_is_nothing_to_another_application(world: &World) {
    let stage = Stage::new(world).await;
    let (digest, other, store) = (stage.add_code("").await, stage.another().await, &world.store);
    assert!(store.held_code(other, &digest).await.unwrap().is_none());
    let (first, _) = stage.first();
    let redeemed = store.redeem_code(other, &digest, &first, stamp()).await.unwrap();
    assert_eq!(redeemed, Redemption::Unknown);
    let redeemed = store.redeem_code(stage.application, &digest, &first, stamp()).await.unwrap();
    assert_eq!(redeemed, Redemption::Made, "and nothing is spent by it");
}

pub async fn s61_a_code_that_comes_again_ends_what_it_brought(world: &World) {
    let stage = Stage::new(world).await;
    let (digest, store) = (stage.add_code("offline_access").await, &world.store);
    let (first, token) = stage.first();
    store.redeem_code(stage.application, &digest, &first, stamp()).await.unwrap();
    assert!(stage.held(&token, 1).await.ended_at.is_none());
    let (second, other) = stage.first();
    let again = store.redeem_code(stage.application, &digest, &second, at(2)).await.unwrap();
    assert_eq!(again, Redemption::Spent);
    assert!(store.held_code(stage.application, &digest).await.unwrap().unwrap().spent);
    assert_eq!(stage.held(&token, 3).await.ended_at, Some(NOW.plus(2)));
    assert!(matches!(stage.present(&other, 3).await, Presented::Unknown));
    let last = stage.last_change().await;
    assert_eq!((last.kind, last.subject), (ChangeKind::GrantCodeReused, first.grant.to_string()));
    let third = store.redeem_code(stage.application, &digest, &second, at(4)).await.unwrap();
    assert_eq!(third, Redemption::Spent);
    assert_eq!(stage.last_change().await.number, last.number, "it ended before");
}

pub async fn a_code_works_in_its_time(world: &World) {
    let stage = Stage::new(world).await;
    let (digest, store) = (stage.add_code("").await, &world.store);
    let (first, _) = stage.first();
    let late = at(i64::from(CODE_LIFE));
    let redeemed = store.redeem_code(stage.application, &digest, &first, late).await.unwrap();
    assert_eq!(redeemed, Redemption::Unknown);
    assert!(store.grants_of(stage.account, NOW).await.unwrap().is_empty());
}

pub async fn old_codes_are_forgotten(world: &World) {
    let stage = Stage::new(world).await;
    let (old, store) = (stage.add_code("").await, &world.store);
    let later = keys().code(&Ticket::generate([254; 32]));
    let late = at(i64::from(CODE_LIFE) + 3601);
    store.add_code(&later, &stage.code(""), late).await.unwrap();
    assert!(store.held_code(stage.application, &old).await.unwrap().is_none());
}

pub async fn without_offline_access_there_is_no_refresh_token(world: &World) {
    let stage = Stage::new(world).await;
    let (_, token): (_, RefreshToken) = stage.grant("reports:read").await;
    assert!(matches!(stage.present(&token, 1).await, Presented::Unknown));
    let found = world.store.grants_of(stage.account, NOW).await.unwrap();
    assert_eq!(found[0].expires_at, NOW.plus(300), "over with its one access token");
}
