use keymoor_core::{delegation::REFRESH_GRACE, refresh::RefreshToken};

use super::{
    super::world::{NOW, World, at, stamp},
    stage::{Stage, keys, used},
};
use crate::{ChangeKind, Presented, Rotation};

const GRACE: i64 = REFRESH_GRACE as i64;

pub async fn s7_a_refresh_token_that_was_just_used_gives_its_successor_again(world: &World) {
    let stage = Stage::new(world).await;
    let (_, token) = stage.offline().await;
    assert_eq!(stage.rotate(&token, 20).await, Rotation::Rotated);
    assert_eq!(stage.rotate(&token, 20).await, Rotation::Again);
    assert_eq!(stage.rotate(&token, 20 + GRACE).await, Rotation::Again);
    assert!(stage.held(&token, 20 + GRACE).await.ended_at.is_none());
    let successor = keys().successor(&token);
    assert_eq!(stage.rotate(&successor, 20 + GRACE).await, Rotation::Rotated, "it still counts");
}

pub async fn s7_a_refresh_token_that_comes_again_later_ends_its_grant(world: &World) {
    let stage = Stage::new(world).await;
    for presented in [true, false] {
        let (grant, token) = stage.offline().await;
        stage.rotate(&token, 0).await;
        let late = GRACE + 1;
        if presented {
            assert!(
                matches!(stage.present(&token, late).await, Presented::Reused(by) if by == stage.account)
            );
        } else {
            assert_eq!(stage.rotate(&token, late).await, Rotation::Reused);
        }
        let successor = keys().successor(&token);
        assert_eq!(stage.held(&successor, late).await.ended_at, Some(NOW.plus(late)));
        assert_eq!(stage.rotate(&successor, late).await, Rotation::Ended);
        let last = stage.last_change().await;
        assert_eq!((last.kind, last.subject), (ChangeKind::GrantRefreshReused, grant.to_string()));
        assert_eq!(stage.rotate(&token, late + 1).await, Rotation::Reused);
        assert_eq!(stage.last_change().await.number, last.number, "it ended before");
    }
}

pub async fn s7_an_older_refresh_token_ends_its_grant_at_once(world: &World) {
    let stage = Stage::new(world).await;
    let (_, token) = stage.offline().await;
    let second = keys().successor(&token);
    stage.rotate(&token, 0).await;
    stage.rotate(&second, 1).await;
    assert!(
        matches!(stage.present(&token, 2).await, Presented::Reused(by) if by == stage.account),
        "two have come since"
    );
    assert_eq!(stage.rotate(&keys().successor(&second), 2).await, Rotation::Ended);
}

pub async fn s8_a_refresh_token_is_nothing_to_another_application(world: &World) {
    let stage = Stage::new(world).await;
    let ((_, token), other) = (stage.offline().await, stage.another().await);
    let (keys, store) = (keys(), &world.store);
    let (digest, next) = (keys.refresh_token(&token), keys.refresh_token(&keys.successor(&token)));
    let presented = store.present_refresh_token(other, &digest, stamp()).await.unwrap();
    assert!(matches!(presented, Presented::Unknown));
    let rotated = store.rotate_refresh_token(other, &digest, &next, &used(NOW), stamp()).await;
    assert_eq!(rotated.unwrap(), Rotation::Unknown);
    assert!(!store.revoke_refresh_token(other, &digest, stamp()).await.unwrap());
    assert_eq!(stage.rotate(&token, 1).await, Rotation::Rotated, "and its own goes on");
    let late = at(GRACE + 2);
    store.present_refresh_token(other, &digest, late).await.unwrap();
    assert!(stage.held(&keys.successor(&token), GRACE + 2).await.ended_at.is_none());
}

/// SECURITY.md 7: what is not kept of them is known by what came after them.
pub async fn s7_of_old_refresh_tokens_enough_is_kept_to_know_each_by(world: &World) {
    let stage = Stage::new(world).await;
    let ((grant, first), store) = (stage.offline().await, &world.store);
    let mut all = vec![first];
    for second in 0..70 {
        let last = all.last().unwrap();
        assert_eq!(stage.rotate(last, second).await, Rotation::Rotated);
        all.push(keys().successor(last));
    }
    let other = stage.another().await;
    for (generation, token) in all.iter().enumerate() {
        let (digest, later) = (keys().refresh_token(token), keys().later(token));
        let kept = generation % 32 == 0 || generation >= 69;
        let known = generation == 70 || {
            let lately = used(NOW);
            let (client, late) = (stage.application, at(69));
            let rotated = store.rotate_refresh_token(client, &digest, &digest, &lately, late);
            rotated.await.unwrap() != Rotation::Unknown
        };
        assert_eq!(known, kept, "{generation}");
        let found = store.grant_of_later(stage.application, &later).await.unwrap();
        let found = found.map(|old| (old.id, old.account));
        let of = Some((grant, stage.account)).filter(|_| generation < 70);
        assert_eq!(found, of, "{generation}");
        assert_eq!(store.grant_of_later(other, &later).await.unwrap(), None, "another's");
    }
    let never = keys().later(&RefreshToken::generate([200; 32]));
    assert_eq!(store.grant_of_later(stage.application, &never).await.unwrap(), None);
}

pub async fn a_revoked_refresh_token_ends_its_grant(world: &World) {
    let stage = Stage::new(world).await;
    let store = &world.store;
    for late in [false, true] {
        let (_, token) = stage.offline().await;
        if late {
            stage.rotate(&token, 1).await;
        }
        let digest = keys().refresh_token(&token);
        let revoke = || store.revoke_refresh_token(stage.application, &digest, at(60));
        assert!(revoke().await.unwrap());
        assert!(!revoke().await.unwrap(), "once");
        assert_eq!(stage.last_change().await.kind, ChangeKind::GrantEnded);
        let current = if late { keys().successor(&token) } else { token };
        assert_eq!(stage.rotate(&current, 61).await, Rotation::Ended);
    }
}
