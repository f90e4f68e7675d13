use std::net::{IpAddr, Ipv4Addr};

use keymoor_core::{
    Scopes,
    delegation::{Consent, DEVICE_LIFE},
    refresh::GrantDigest,
    ticket::Ticket,
};

use super::{
    super::world::{NOW, World, at, is_conflict, stamp},
    stage::{AUDIENCE, Stage, keys},
};
use crate::{DeviceAnswer, GrantEnding, NewDevice, Polled, Redemption};

fn new_device(stage: &Stage<'_>, user_code: &str) -> NewDevice {
    NewDevice {
        device_code: keys().device_code(&Ticket::generate([stage.world.next(); 32])),
        user_code: keys().user_code(user_code),
        application: stage.application,
        scopes: Scopes::parse("offline_access").unwrap(),
        audience: AUDIENCE.to_owned(),
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        expires_at: NOW.plus(i64::from(DEVICE_LIFE)),
    }
}

/// A device that waits since [`NOW`]: its device code and its user code.
async fn device(stage: &Stage<'_>) -> (GrantDigest, GrantDigest) {
    let new = new_device(stage, "BCDFGHJK");
    stage.world.store.add_device(&new, NOW).await.unwrap();
    (new.device_code, new.user_code)
}

/// The user code of one that waits since then.
pub(super) async fn device_with(stage: &Stage<'_>, user_code: &str) -> GrantDigest {
    let new = new_device(stage, user_code);
    stage.world.store.add_device(&new, NOW).await.unwrap();
    new.user_code
}

async fn poll(stage: &Stage<'_>, device_code: &GrantDigest, seconds: i64) -> Polled {
    let store = &stage.world.store;
    store.poll_device(stage.application, device_code, NOW.plus(seconds)).await.unwrap()
}

async fn allow(stage: &Stage<'_>, user_code: &GrantDigest, seconds: i64) -> bool {
    let answer = DeviceAnswer::Allow(stage.consent("offline_access"));
    stage.world.store.answer_device(user_code, &answer, at(seconds)).await.unwrap()
}

pub async fn a_device_that_was_allowed_gets_a_grant_once(world: &World) {
    let stage = Stage::new(world).await;
    let ((code, user_code), store) = (device(&stage).await, &world.store);
    let found = store.pending_device(&user_code, NOW).await.unwrap().unwrap();
    assert_eq!((found.application.facts.id, found.asked_at), (stage.application, NOW));
    assert!(matches!(poll(&stage, &code, 0).await, Polled::Pending));
    assert!(allow(&stage, &user_code, 1).await);
    assert!(store.pending_device(&user_code, NOW).await.unwrap().is_none());
    let Polled::Allowed(allowed) = poll(&stage, &code, 5).await else { panic!("it was allowed") };
    assert_eq!(allowed.0, stage.consent("offline_access"));
    let (first, token) = stage.first();
    let redeemed = store.redeem_device(stage.application, &code, &first, at(5)).await.unwrap();
    assert_eq!(redeemed, Redemption::Made);
    assert!(stage.held(&token, 6).await.ended_at.is_none());
    assert!(matches!(poll(&stage, &code, 10).await, Polled::Spent));
    let again = store.redeem_device(stage.application, &code, &first, at(10)).await.unwrap();
    assert_eq!(again, Redemption::Spent);
    assert_eq!(stage.held(&token, 11).await.ended_at, Some(NOW.plus(10)));
}

pub async fn what_was_allowed_and_not_fetched_ends_with_the_rest(world: &World) {
    let stage = Stage::new(world).await;
    let (store, client) = (&world.store, stage.application);
    let other = stage.another().await;
    for ending in [
        None,
        Some(GrantEnding::ByOperator),
        Some(GrantEnding::TakenBack(stage.account)),
        Some(GrantEnding::Revoked(client)),
    ] {
        let (grant, _) = stage.grant("").await;
        let code = stage.add_code("").await;
        let new = new_device(&stage, &format!("BCDFGH{:02}", stage.world.next()));
        store.add_device(&new, NOW).await.unwrap();
        assert!(allow(&stage, &new.user_code, 1).await);
        let kept = matches!(ending, Some(GrantEnding::Revoked(_)));
        match ending {
            Some(ending) => store.end_grant(grant, ending, at(2)).await.unwrap(),
            None => {
                for (account, application, count) in [
                    (Some(stage.owner), None, 0),
                    (Some(stage.account), Some(other), 0),
                    (Some(stage.account), None, 2),
                    (None, Some(client), 0),
                ] {
                    let withdrawn = store.withdraw(account, application, at(2)).await.unwrap();
                    assert_eq!(withdrawn, count, "{account:?} {application:?}");
                }
            }
        }
        let (first, _) = stage.first();
        let redeemed = store.redeem_code(client, &code, &first, at(3)).await.unwrap();
        assert_eq!(redeemed == Redemption::Made, kept, "{ending:?}");
        let polled = poll(&stage, &new.device_code, 6).await;
        assert_eq!(matches!(polled, Polled::Allowed(_)), kept, "{ending:?}: {polled:?}");
        let (first, _) = stage.first();
        let redeemed = store.redeem_device(client, &new.device_code, &first, at(7)).await.unwrap();
        assert_eq!(redeemed == Redemption::Made, kept, "{ending:?}");
    }
}

pub async fn a_device_that_was_denied_hears_so(world: &World) {
    let stage = Stage::new(world).await;
    let ((code, user_code), store) = (device(&stage).await, &world.store);
    let no = DeviceAnswer::Deny(stage.account);
    assert!(store.answer_device(&user_code, &no, at(1)).await.unwrap());
    assert!(!store.answer_device(&user_code, &no, at(1)).await.unwrap(), "once");
    assert!(!allow(&stage, &user_code, 2).await, "it was answered");
    assert!(matches!(poll(&stage, &code, 3).await, Polled::Denied));
    let (first, _) = stage.first();
    let redeemed = store.redeem_device(stage.application, &code, &first, at(4)).await.unwrap();
    assert_eq!(redeemed, Redemption::Unknown);
}

pub async fn a_device_that_nobody_allowed_gets_nothing(world: &World) {
    let stage = Stage::new(world).await;
    let ((code, _), (first, _)) = (device(&stage).await, stage.first());
    let store = &world.store;
    let redeemed = store.redeem_device(stage.application, &code, &first, stamp()).await.unwrap();
    assert_eq!(redeemed, Redemption::Unknown);
    assert!(store.grants_of(stage.account, NOW).await.unwrap().is_empty());
}

pub async fn a_device_that_asks_too_often_waits_longer(world: &World) {
    let stage = Stage::new(world).await;
    let (code, _) = device(&stage).await;
    assert!(matches!(poll(&stage, &code, 0).await, Polled::Pending));
    assert!(matches!(poll(&stage, &code, 4).await, Polled::SlowDown));
    assert!(matches!(poll(&stage, &code, 13).await, Polled::SlowDown), "10 seconds from now on");
    assert!(matches!(poll(&stage, &code, 28).await, Polled::Pending), "15 from then on");
}

pub async fn a_user_code_is_one_devices(world: &World) {
    let stage = Stage::new(world).await;
    device(&stage).await;
    let other = new_device(&stage, "BCDFGHJK");
    assert!(is_conflict(&world.store.add_device(&other, NOW).await));
    let later = NOW.plus(i64::from(DEVICE_LIFE) + 3601);
    world.store.add_device(&other, later).await.unwrap();
}

pub async fn a_device_is_answered_in_its_time(world: &World) {
    let stage = Stage::new(world).await;
    let (code, user_code) = device(&stage).await;
    let over = i64::from(DEVICE_LIFE);
    assert!(!allow(&stage, &user_code, over).await);
    let pending = world.store.pending_device(&user_code, NOW.plus(over)).await.unwrap();
    assert!(pending.is_none());
    assert!(matches!(poll(&stage, &code, over).await, Polled::Expired));
}

pub async fn s57_a_device_code_is_nothing_to_another_application(world: &World) {
    let stage = Stage::new(world).await;
    let ((code, user_code), other) = (device(&stage).await, stage.another().await);
    let polled = world.store.poll_device(other, &code, NOW).await.unwrap();
    assert!(matches!(polled, Polled::Unknown));
    let consent = Consent { application: other, ..stage.consent("") };
    let answer = DeviceAnswer::Allow(consent);
    assert!(!world.store.answer_device(&user_code, &answer, stamp()).await.unwrap());
}
