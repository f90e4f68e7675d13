//! What a guard does while it hears nothing.

use std::sync::atomic::Ordering;

use keymoor_core::{Scope, access::Target, claims::Claims, refusal::Refusal};
use keymoor_guard::WhenLost;
use serde_json::json;

use crate::{
    feed::Stage,
    support::{check, organization},
};

#[tokio::test]
async fn denying_begins_within_ten_seconds_and_ends_with_the_next_word() {
    let stage = Stage::set(WhenLost::Deny).await;
    assert_eq!(stage.ask_new().await, Some(Refusal::Unavailable), "nothing was heard yet");
    stage.tell_snapshot(1).await;
    assert_eq!(stage.ask_new().await, None);
    stage.clock.step(5);
    assert_eq!(stage.ask_new().await, None);
    stage.clock.step(1);
    assert_eq!(stage.ask_new().await, Some(Refusal::Unavailable));
    stage.tell("heartbeat", 2, &json!({ "number": 2 })).await;
    assert_eq!(stage.ask_new().await, None);
}

#[tokio::test]
async fn introspecting_asks_only_while_the_feed_is_lost_and_once_for_a_token() {
    let stage = Stage::heard(WhenLost::Introspect).await;
    let token = stage.signer.sign(&stage.claims());
    check(&stage.guard, &token, Target::General).await.unwrap();
    assert_eq!(stage.script.introspected.load(Ordering::SeqCst), 0);
    stage.clock.step(6);
    for _ in 0..3 {
        check(&stage.guard, &token, Target::General).await.unwrap();
    }
    assert_eq!(stage.script.introspected.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn introspecting_denies_what_is_inactive_and_what_cannot_be_asked() {
    let stage = Stage::heard(WhenLost::Introspect).await;
    stage.clock.step(6);
    *stage.script.active.lock().unwrap() = Some(false);
    assert_eq!(stage.ask_new().await, Some(Refusal::Removed));
    *stage.script.active.lock().unwrap() = None;
    let another = Claims { jti: keymoor_core::TokenId::from_random([1; 16]), ..stage.claims() };
    assert_eq!(stage.ask(&another, Target::General).await, Some(Refusal::Unavailable));
}

#[tokio::test]
async fn s38_introspecting_counts_every_organization_as_federated_as_soon_as_the_feed_is_lost() {
    let stage = Stage::heard(WhenLost::Introspect).await;
    let ours = organization(2);
    let target = Target::Organization(ours);
    stage.clock.step(5);
    assert_eq!(stage.ask(&stage.claims(), target).await, None);
    stage.clock.step(1);
    let refused = stage.ask(&stage.claims(), target).await;
    assert_eq!(refused, Some(Refusal::AdditionalAuthentication(ours)), "after 6 of 10 seconds");
    let scope = [Scope::Organization(ours)].into_iter().collect();
    let scoped = Claims { scope, ..stage.claims() };
    assert_eq!(stage.ask(&scoped, target).await, None, "the server says that it is active");
    stage.tell("heartbeat", 2, &json!({ "number": 2 })).await;
    assert_eq!(stage.ask(&stage.claims(), target).await, None);
}

#[tokio::test]
async fn an_answer_is_believed_for_three_seconds_by_the_guards_own_clock() {
    let stage = Stage::heard(WhenLost::Introspect).await;
    let claims = stage.claims();
    stage.clock.step(6);
    assert_eq!(stage.ask(&claims, Target::General).await, None);
    *stage.script.active.lock().unwrap() = Some(false);
    stage.clock.step(3);
    let refused = stage.ask(&claims, Target::General).await;
    assert_eq!(refused, Some(Refusal::Removed), "after 9 of 10 seconds");
}

#[tokio::test]
async fn how_the_feed_is_doing_can_be_shown_to_prometheus() {
    let stage = Stage::heard(WhenLost::Ride).await;
    stage.clock.step(7);
    let text = stage.watch.metrics();
    for line in [
        "# TYPE keymoor_guard_feed_lost gauge",
        "keymoor_guard_feed_connected 1",
        "keymoor_guard_feed_lost 1",
        "keymoor_guard_feed_number 1",
        "keymoor_guard_feed_age_seconds 7",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is not in {text}");
    }
    let never = Stage::set(WhenLost::Ride).await.watch.metrics();
    assert!(!never.contains("age_seconds"), "no age of what was never heard");
}
