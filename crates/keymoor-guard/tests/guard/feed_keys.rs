//! The keys of a guard that listens to a removal feed.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use keymoor_core::{
    TokenId,
    access::Target,
    jwks::Jwks,
    jwt::{Algorithm, Signer},
    removals::{Event, Subject},
    rotation::{PUBLISHED_AFTER, PUBLISHED_BEFORE},
};
use keymoor_guard::WhenLost;
use keymoor_testkit::signer;
use serde_json::json;

use crate::{
    feed::{Stage, UNKNOWN_KEY, dead},
    support::check,
};

impl Stage {
    fn asked(&self) -> usize {
        self.script.jwks_asked.load(Ordering::SeqCst)
    }

    fn publish(&self, keys: &[&Signer]) {
        let keys = keys.iter().map(|signer| signer.jwk().clone()).collect();
        *self.script.jwks.lock().unwrap() = Jwks { keys };
    }
}

#[tokio::test]
async fn a_key_that_was_fetched_after_the_last_word_counts_though_the_feed_never_named_it() {
    let stage = Stage::heard(WhenLost::Ride).await;
    assert_eq!(stage.ask_new().await, None);
    stage.clock.step(20);
    let new = signer(Algorithm::Es256);
    stage.script.jwks.lock().unwrap().keys.push(new.jwk().clone());
    let token = new.sign(&stage.claims());
    assert!(check(&stage.guard, &token, Target::General).await.is_ok());
}

#[tokio::test]
async fn a_key_that_is_gone_for_good_is_not_asked_for_at_every_heartbeat() {
    let stage = Stage::heard(WhenLost::Ride).await;
    stage.tell_event(2, Event::KeyAdded("retired".to_owned())).await;
    stage.until(|stage| stage.script.jwks_asked.load(Ordering::SeqCst) > 0).await;
    stage.tell("heartbeat", 3, &json!({ "number": 3 })).await;
    for number in 4..40 {
        stage.tell("heartbeat", number, &json!({ "number": number })).await;
    }
    assert!(stage.asked() <= 3, "{}", stage.asked());
}

#[tokio::test]
async fn s32_a_withdrawn_key_is_refused_at_once_though_it_was_fetched() {
    let stage = Stage::heard(WhenLost::Ride).await;
    assert_eq!(stage.ask_new().await, None);
    stage.tell_event(2, Event::KeyWithdrawn(stage.signer.jwk().kid.clone())).await;
    assert_eq!(stage.ask_new().await, UNKNOWN_KEY);
}

#[tokio::test]
async fn a_new_key_is_fetched_when_the_feed_names_it() {
    let stage = Stage::heard(WhenLost::Ride).await;
    assert_eq!(stage.ask_new().await, None);
    let new = signer(Algorithm::Es256);
    stage.script.jwks.lock().unwrap().keys.push(new.jwk().clone());
    let asked = stage.script.jwks_asked.load(Ordering::SeqCst);
    stage.tell_event(2, Event::KeyAdded(new.jwk().kid.clone())).await;
    stage.until(|stage| stage.script.jwks_asked.load(Ordering::SeqCst) > asked).await;
    let token = new.sign(&stage.claims());
    assert!(check(&stage.guard, &token, Target::General).await.is_ok());
}

#[tokio::test]
async fn keys_are_not_fetched_again_with_each_event_after_one_has_retired() {
    let stage = Stage::heard(WhenLost::Ride).await;
    stage.tell_event(2, Event::KeyAdded("retired".to_owned())).await;
    stage.until(|stage| stage.asked() > 0).await;
    for number in 3..53 {
        let token = TokenId::from_random([u8::try_from(number).unwrap(); 16]);
        stage.tell_event(number, dead(Subject::Token(token))).await;
    }
    assert!(stage.asked() <= 3, "{} fetches for 50 events", stage.asked());
}

#[tokio::test]
async fn a_fetch_of_keys_holds_up_nothing_that_the_feed_tells() {
    let stage = Stage::heard(WhenLost::Ride).await;
    let claims = stage.claims();
    assert_eq!(stage.ask(&claims, Target::General).await, None);
    stage.script.jwks_held.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    stage.tell_event(2, Event::KeyAdded("new".to_owned())).await;
    stage.tell_event(3, dead(Subject::ApiKey(claims.client_id))).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(stage.ask(&claims, Target::General).await.is_some());
    stage.script.jwks_held.store(false, Ordering::SeqCst);
}

#[tokio::test]
async fn a_key_that_could_not_be_fetched_is_fetched_with_the_next_word() {
    let stage = Stage::heard(WhenLost::Ride).await;
    assert_eq!(stage.ask_new().await, None);
    stage.script.jwks_down.store(true, Ordering::SeqCst);
    let (new, asked) = (signer(Algorithm::Es256), stage.asked());
    stage.tell_event(2, Event::KeyAdded(new.jwk().kid.clone())).await;
    stage.until(|stage| stage.asked() > asked).await;
    stage.publish(&[&stage.signer, &new]);
    stage.script.jwks_down.store(false, Ordering::SeqCst);
    let token = new.sign(&stage.claims());
    let mut number = 3;
    while check(&stage.guard, &token, Target::General).await.is_err() {
        assert!(number < 1000, "fetched in the end");
        stage.tell("heartbeat", number, &json!({ "number": number })).await;
        number += 1;
    }
}

#[tokio::test]
async fn s32_a_withdrawn_key_does_not_come_back_from_an_old_key_set() {
    let stage = Stage::heard(WhenLost::Ride).await;
    assert_eq!(stage.ask_new().await, None);
    stage.tell_event(2, Event::KeyWithdrawn(stage.signer.jwk().kid.clone())).await;
    stage.clock.step(20);
    // A token of an unknown key makes the guard fetch: a cache on the way gives it the old set.
    let asked = stage.asked();
    let unknown = signer(Algorithm::Es256).sign(&stage.claims());
    assert!(check(&stage.guard, &unknown, Target::General).await.is_err());
    assert_eq!(stage.asked(), asked + 1);
    assert_eq!(stage.ask_new().await, UNKNOWN_KEY);
    stage.clock.step(20);
    stage.tell_snapshot(3).await;
}

/// Lets time pass while heartbeats come; tokens of `signing` pass at every moment.
async fn pass(stage: &Stage, seconds: i64, signing: &Signer, number: &mut i64) {
    for step in [seconds / 4, seconds / 4, seconds / 4, seconds - 3 * (seconds / 4)] {
        stage.clock.step(step);
        *number += 1;
        stage.tell("heartbeat", *number, &json!({ "number": *number })).await;
        let passed = check(&stage.guard, &signing.sign(&stage.claims()), Target::General).await;
        assert!(passed.is_ok(), "{:?} at {number}", passed.err());
    }
}

#[tokio::test]
async fn s29_a_hundred_rotations_refuse_nobody_at_a_guard_that_listens() {
    let stage = Stage::heard(WhenLost::Deny).await;
    let (mut old, mut number) = (signer(Algorithm::EdDsa), 1);
    stage.publish(&[&stage.signer, &old]);
    stage.tell_event(2, Event::KeyAdded(old.jwk().kid.clone())).await;
    number += 1;
    for _ in 0..100 {
        let new = signer(Algorithm::EdDsa);
        stage.publish(&[&old, &new]);
        number += 1;
        stage.tell_event(number, Event::KeyAdded(new.jwk().kid.clone())).await;
        pass(&stage, i64::from(PUBLISHED_BEFORE), &old, &mut number).await;
        let last_of_old = old.sign(&stage.claims());
        pass(&stage, i64::from(PUBLISHED_AFTER) - 13, &new, &mut number).await;
        let late = check(&stage.guard, &last_of_old, Target::General).await;
        assert!(late.is_ok(), "{:?}", late.err());
        stage.publish(&[&new]);
        pass(&stage, 13, &new, &mut number).await;
        old = new;
    }
}
