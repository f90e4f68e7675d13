use keymoor_core::{
    ApiKey, ResourceServerId, UnixTime,
    explain::{Cause, RefusedCall, RequestId, Who},
};

use super::world::{NOW, World, at};
use crate::{MAX_REFUSED_OF_KEY, MAX_REFUSED_STRANGERS, NewRefusedCall};

fn call(count: u32, who: Who, at: UnixTime) -> RefusedCall {
    RefusedCall {
        id: RequestId::new(1, count),
        at,
        status: 401,
        method: "GET".to_owned(),
        path: "/reports".to_owned(),
        address: Some([192, 0, 2, 1].into()),
        who,
        cause: Cause::Expired { issued_at: NOW, expired_at: NOW.plus(300), checked_at: at },
    }
}

fn ours(call: RefusedCall) -> NewRefusedCall {
    NewRefusedCall { reporter: None, clock_ahead: 0, call }
}

fn proved(api_key: ApiKey) -> Who {
    Who::Proved { api_key, token: None }
}

async fn is_kept(world: &World, count: u32) -> bool {
    !world.store.refused_call(RequestId::new(1, count)).await.unwrap().is_empty()
}

pub async fn a_refused_call_is_found_by_its_id_and_by_who_owns_the_api_token(world: &World) {
    let (account, other) =
        (world.account("a@example.com").await, world.account("b@example.com").await);
    let key = world.token(account).await;
    let (known, named) = (call(1, proved(key), NOW), call(2, Who::Named(key), NOW.plus(1)));
    let unknown = call(3, Who::Named(ApiKey::from_random([99; 16])), NOW);
    let all = [known.clone(), named, unknown, call(4, Who::Stranger, NOW)].map(ours);
    world.store.note_refused_calls(&all).await.unwrap();
    world.store.remove_api_token(account, key, Some("leaked"), at(5)).await.unwrap();
    let found = world.store.refused_call(known.id).await.unwrap();
    assert_eq!((found.len(), &found[0].call, found[0].account), (1, &known, Some(account)));
    assert_eq!(found[0].label.as_deref(), Some("script"));
    let removal = found[0].removal.as_ref().unwrap();
    assert_eq!((removal.at, removal.reason.as_deref()), (NOW.plus(5), Some("leaked")));
    let listed = world.store.refused_calls_of(account, 50).await.unwrap();
    assert_eq!(listed.len(), 1, "what anybody can claim is not in the list");
    assert!(world.store.refused_calls_of(other, 50).await.unwrap().is_empty());
    for (count, owner) in [(2, Some(account)), (3, None), (4, None)] {
        let found = world.store.refused_call(RequestId::new(1, count)).await.unwrap();
        assert_eq!(found[0].account, owner, "{count}");
    }
}

pub async fn a_refused_call_is_overwritten_by_nobody(world: &World) {
    let account = world.account("a@example.com").await;
    let key = world.token(account).await;
    let first = call(1, proved(key), NOW);
    let mut forged = ours(RefusedCall { path: "/forged".to_owned(), ..first.clone() });
    world.store.note_refused_calls(&[ours(first.clone()), forged.clone()]).await.unwrap();
    forged.reporter = Some(ResourceServerId::from_random([7; 16]));
    world.store.note_refused_calls(&[forged.clone(), forged]).await.unwrap();
    let found = world.store.refused_call(first.id).await.unwrap();
    let paths: Vec<_> =
        found.iter().map(|kept| (&*kept.call.path, kept.reporter.is_some())).collect();
    assert_eq!(paths, [("/reports", false), ("/forged", true)], "each reporter has its own");
}

pub async fn no_flood_pushes_out_anothers_refused_calls(world: &World) {
    let account = world.account("a@example.com").await;
    let (quiet, loud) = (world.token(account).await, world.token(account).await);
    world.store.note_refused_calls(&[ours(call(0, proved(quiet), NOW))]).await.unwrap();
    let most = MAX_REFUSED_OF_KEY;
    let later = |count: u32| NOW.plus(i64::from(count));
    let flood: Vec<_> = (1..=most + 50).map(|n| ours(call(n, proved(loud), later(n)))).collect();
    world.store.note_refused_calls(&flood).await.unwrap();
    let all = world.store.refused_calls_of(account, 1000).await.unwrap();
    assert_eq!(all.len(), most as usize + 1);
    assert!(is_kept(world, 0).await && !is_kept(world, 50).await && is_kept(world, 51).await);
    let most = MAX_REFUSED_STRANGERS;
    let strangers: Vec<_> = (1000..=1000 + most)
        .map(|n| {
            ours(call(n, if n % 2 == 0 { Who::Stranger } else { Who::Named(quiet) }, later(n)))
        })
        .collect();
    world.store.note_refused_calls(&strangers).await.unwrap();
    assert!(!is_kept(world, 1000).await && is_kept(world, 1001).await, "of strangers, {most}");
    assert!(is_kept(world, 0).await && is_kept(world, 51).await, "and nobody else's");
}

pub async fn an_api_key_that_is_none_is_a_strangers_word(world: &World) {
    let none = ApiKey::from_random([0xEE; 16]);
    let most = MAX_REFUSED_STRANGERS;
    let made_up: Vec<_> = (0..=most)
        .map(|n| ours(call(n, proved(none), NOW.plus(i64::from(n)))))
        .chain([ours(call(most + 1, Who::Stranger, NOW.plus(i64::from(most) + 1)))])
        .collect();
    world.store.note_refused_calls(&made_up).await.unwrap();
    assert!(!is_kept(world, 0).await && is_kept(world, most).await);
}

pub async fn old_refused_calls_are_forgotten(world: &World) {
    let calls = [ours(call(1, Who::Stranger, NOW)), ours(call(2, Who::Stranger, NOW.plus(1)))];
    world.store.note_refused_calls(&calls).await.unwrap();
    world.store.forget_refused_calls(NOW.plus(1)).await.unwrap();
    assert!(!is_kept(world, 1).await && is_kept(world, 2).await);
}
