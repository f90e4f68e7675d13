use std::net::{IpAddr, Ipv4Addr};

use super::world::{NOW, World, at, is_conflict, is_not_found, stamp};
use crate::{LastUse, NewApiToken, Page, Removal, Use};

pub async fn a_token_is_found_as_it_was_made(world: &World) {
    let account = world.account("a@example.com").await;
    let new = world.new_token(account);
    world.store.create_api_token(&new, stamp()).await.unwrap();
    let found = world.store.api_token(account, new.api_key).await.unwrap().unwrap();
    assert_eq!((found.api_key, &found.label, found.created_at), (new.api_key, &new.label, NOW));
    assert_eq!((found.parent, found.last_use, found.removal), (None, None, None));
}

pub async fn tokens_are_listed_newest_first(world: &World) {
    let account = world.account("a@example.com").await;
    let (first, second) = (world.token(account).await, world.token(account).await);
    world.store.remove_api_token(account, first, None, stamp()).await.unwrap();
    let listed = world.store.api_tokens(account).await.unwrap();
    let keys: Vec<_> = listed.iter().map(|token| token.api_key).collect();
    assert_eq!(keys, [second, first]);
}

pub async fn a_part_of_the_tokens_comes_with_how_many_there_are(world: &World) {
    let account = world.account("a@example.com").await;
    let other = world.account("b@example.com").await;
    world.token(other).await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(world.token(account).await);
    }
    made.reverse();
    world.store.remove_api_token(account, made[1], None, stamp()).await.unwrap();
    for (limit, offset, expected) in [
        (2, 0, &made[..2]),
        (2, 2, &made[2..4]),
        (2, 4, &made[4..]),
        (9, 0, &made[..]),
        (u32::MAX, 1, &made[1..]),
        (2, 5, &[]),
        (2, u32::MAX, &[]),
        (0, 0, &[]),
    ] {
        let page = Page { limit, offset };
        let (found, count) = world.store.newest_api_tokens(account, page).await.unwrap();
        let keys: Vec<_> = found.iter().map(|token| token.api_key).collect();
        assert_eq!((&*keys, count), (expected, 5), "{page:?}");
    }
    let all = world.store.api_tokens(account).await.unwrap();
    let page = Page { limit: 5, offset: 0 };
    assert_eq!(world.store.newest_api_tokens(account, page).await.unwrap().0, all);
}

pub async fn tokens_are_found_by_their_state_with_and_without_a_text(world: &World) {
    let account = world.account("a@example.com").await;
    let (one, two, three) =
        (world.token(account).await, world.token(account).await, world.token(account).await);
    world.store.remove_api_token(account, two, None, stamp()).await.unwrap();
    for (removed, limit, offset, expected, total) in [
        (false, 9, 0, &[three, one][..], 2),
        (false, 2, 0, &[three, one], 2),
        (false, 1, 0, &[three], 2),
        (false, 1, 1, &[one], 2),
        (false, 9, 1, &[one], 2),
        (false, 9, 2, &[], 2),
        (false, 0, 0, &[], 2),
        (true, 9, 0, &[two], 1),
    ] {
        for text in ["", "-"] {
            let page = Page { limit, offset };
            let found = world.store.find_api_tokens(account, text, removed, page).await.unwrap();
            let keys: Vec<_> = found.0.iter().map(|token| token.api_key).collect();
            assert_eq!((&*keys, found.1), (expected, total), "{text} {removed} {page:?}");
        }
    }
}

pub async fn anothers_token_is_not_found(world: &World) {
    let owner = world.account("a@example.com").await;
    let other = world.account("b@example.com").await;
    let key = world.token(owner).await;
    assert_eq!(world.store.api_token(other, key).await.unwrap(), None);
    assert!(world.store.api_tokens(other).await.unwrap().is_empty());
}

pub async fn a_removal_keeps_its_evidence(world: &World) {
    let account = world.account("a@example.com").await;
    let key = world.token(account).await;
    let told = world.store.remove_api_token(account, key, Some("leaked"), at(5)).await.unwrap();
    let (by, reason) = ("operator".to_owned(), Some("leaked".to_owned()));
    assert_eq!(told, Removal { at: NOW.plus(5), by, reason });
    let found = world.store.api_token(account, key).await.unwrap().unwrap();
    assert_eq!(found.removal, Some(told));
}

pub async fn a_second_removal_changes_nothing(world: &World) {
    let account = world.account("a@example.com").await;
    let key = world.token(account).await;
    let first = world.store.remove_api_token(account, key, Some("one"), at(1)).await.unwrap();
    assert!(is_conflict(&world.store.remove_api_token(account, key, Some("two"), at(2)).await));
    let found = world.store.api_token(account, key).await.unwrap().unwrap();
    assert_eq!(found.removal, Some(first));
}

pub async fn removing_anothers_token_finds_nothing(world: &World) {
    let owner = world.account("a@example.com").await;
    let other = world.account("b@example.com").await;
    let key = world.token(owner).await;
    assert!(is_not_found(&world.store.remove_api_token(other, key, None, stamp()).await));
    assert_eq!(world.store.api_token(owner, key).await.unwrap().unwrap().removal, None);
}

pub async fn those_that_a_token_made_are_found_with_those_that_they_made(world: &World) {
    let account = world.account("a@example.com").await;
    let first = world.token(account).await;
    let made_by = async |parent| {
        let child = NewApiToken { parent: Some(parent), ..world.new_token(account) };
        world.store.create_api_token(&child, stamp()).await.unwrap();
        child.api_key
    };
    let child = made_by(first).await;
    let removed = made_by(first).await;
    let (grandchild, last) = (made_by(child).await, made_by(removed).await);
    made_by(world.token(account).await).await;
    world.store.remove_api_token(account, removed, None, stamp()).await.unwrap();
    let found = world.store.api_tokens_made_by(account, first).await.unwrap();
    let keys: Vec<_> = found.iter().map(|token| token.api_key).collect();
    assert_eq!(keys, [child, grandchild, last]);
    let other = world.account("b@example.com").await;
    assert!(world.store.api_tokens_made_by(other, first).await.unwrap().is_empty());
}

pub async fn a_removed_parent_makes_no_token(world: &World) {
    let account = world.account("a@example.com").await;
    let parent = world.token(account).await;
    let child = NewApiToken { parent: Some(parent), ..world.new_token(account) };
    world.store.create_api_token(&child, stamp()).await.unwrap();
    let found = world.store.api_token(account, child.api_key).await.unwrap().unwrap();
    assert_eq!(found.parent, Some(parent));
    world.store.remove_api_token(account, parent, None, stamp()).await.unwrap();
    let late = NewApiToken { parent: Some(parent), ..world.new_token(account) };
    assert!(is_conflict(&world.store.create_api_token(&late, stamp()).await));
}

pub async fn the_last_use_never_goes_back(world: &World) {
    let account = world.account("a@example.com").await;
    let new = world.new_token(account);
    world.store.create_api_token(&new, stamp()).await.unwrap();
    for (seconds, last_octet) in [(5, 1), (3, 2), (7, 3), (6, 4)] {
        let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last_octet));
        let last = LastUse { at: NOW.plus(seconds), address };
        let used = Use { api_key: new.api_key, secret: new.secret, last };
        world.store.record_uses(&[used]).await.unwrap();
    }
    let found = world.store.api_token(account, new.api_key).await.unwrap().unwrap();
    let address = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 3));
    assert_eq!(found.last_use, Some(LastUse { at: NOW.plus(7), address }));
}
