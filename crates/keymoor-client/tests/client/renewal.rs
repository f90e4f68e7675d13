//! How long a token is used, and who gets the next one.

use std::{sync::Arc, time::Duration};

use keymoor_client::{Scopes, TokenSource, Tokens};

use crate::support::{Say, World, granted};

async fn until(what: impl Fn() -> bool) {
    while !what() {
        tokio::task::yield_now().await;
    }
}

async fn at_least(source: &TokenSource, seconds: u64) -> String {
    let token = source.token(&Scopes::default(), Duration::from_secs(seconds)).await.unwrap();
    token.expose().to_owned()
}

#[tokio::test]
async fn a_fresh_token_is_used_without_a_request() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().build_tokens().unwrap();
    for _ in 0..3 {
        assert_eq!(world.token(&source).await, "t1");
        world.timer.step(79);
    }
    assert_eq!(world.server.token_requests(), 1);
}

#[tokio::test]
async fn s96_a_hundred_callers_at_once_make_one_request() {
    let world = Arc::new(World::new(|_| Say::status(200)).await);
    let source = world.builder().build_tokens().unwrap();
    let callers = (0..100).map(|_| at_least(&source, 0));
    let tokens = futures_util::future::join_all(callers).await;
    assert!(tokens.iter().all(|token| token == "t1"));
    assert_eq!(world.server.token_requests(), 1);
}

#[tokio::test]
async fn the_old_token_is_served_while_the_next_one_is_got() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().build_tokens().unwrap();
    assert_eq!(world.token(&source).await, "t1");
    world.timer.step(241);
    world.server.now_says(|_| Say::Nothing);
    assert_eq!(world.token(&source).await, "t1");
    until(|| world.server.token_requests() == 2).await;
    assert_eq!(world.token(&source).await, "t1", "and another request is not made");
    assert_eq!(world.server.token_requests(), 2);
}

#[tokio::test]
async fn the_next_token_is_used_when_it_is_there() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().build_tokens().unwrap();
    world.token(&source).await;
    world.timer.step(241);
    while world.token(&source).await == "t1" {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.server.token_requests(), 2);
}

#[tokio::test]
async fn a_token_of_short_life_is_renewed_when_a_fifth_is_left() {
    let world = World::scripted(|_| granted("short", 50)).await;
    let source = world.builder().build_tokens().unwrap();
    world.token(&source).await;
    world.timer.step(39);
    world.token(&source).await;
    assert_eq!(world.server.token_requests(), 1);
    world.timer.step(1);
    world.token(&source).await;
    until(|| world.server.token_requests() == 2).await;
}

#[tokio::test]
async fn a_failure_in_the_background_is_not_the_callers_and_rests() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().build_tokens().unwrap();
    world.token(&source).await;
    world.timer.step(241);
    world.server.now_says(|_| Say::json(401, r#"{"error":"invalid_client"}"#));
    world.token(&source).await;
    until(|| world.server.token_requests() == 2).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
        assert_eq!(world.token(&source).await, "t1");
    }
    assert_eq!(world.server.token_requests(), 2);
    world.timer.step(6);
    world.token(&source).await;
    until(|| world.server.token_requests() == 3).await;
}

#[tokio::test]
async fn an_expired_token_is_never_served() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().build_tokens().unwrap();
    world.token(&source).await;
    world.timer.step(296);
    assert_eq!(world.token(&source).await, "t2");
}

#[tokio::test]
async fn a_token_that_ends_too_soon_for_the_caller_is_replaced() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().build_tokens().unwrap();
    assert_eq!(at_least(&source, 200).await, "t1");
    world.timer.step(101);
    assert_eq!(at_least(&source, 0).await, "t1");
    assert_eq!(at_least(&source, 200).await, "t2");
}

#[tokio::test]
async fn wanting_more_than_any_token_lives_does_not_ask_at_every_call() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().build_tokens().unwrap();
    assert_eq!(at_least(&source, 3600).await, "t1");
    assert_eq!(at_least(&source, 3600).await, "t1");
}

#[tokio::test]
async fn s98_a_calendar_that_is_set_back_makes_no_token_younger() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.process();
    world.token(&source).await;
    world.timer.step(290);
    // Little enough for the token to look alive by the calendar alone.
    world.timer.set_calendar_by(-100);
    world.timer.step(10);
    assert_eq!(world.token(&source).await, "t2", "in this process");
    world.timer.step(290);
    world.timer.set_calendar_by(-100);
    world.timer.step(10);
    assert_eq!(world.token(&world.process()).await, "t3", "in another process");
}

#[tokio::test]
async fn s98_a_calendar_that_is_wrong_by_years_does_no_harm() {
    let world = World::new(|_| Say::status(200)).await;
    world.timer.set_calendar_by(-1_700_000_000);
    let source = world.process();
    assert_eq!(world.token(&source).await, "t1");
    world.timer.step(200);
    assert_eq!(world.token(&source).await, "t1");
    assert_eq!(world.token(&world.process()).await, "t1");
}

#[tokio::test]
async fn s98_a_calendar_that_is_set_forward_costs_one_renewal() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.process();
    world.token(&source).await;
    world.timer.set_calendar_by(3600);
    assert_eq!(world.token(&source).await, "t2");
    world.timer.step(100);
    assert_eq!(world.token(&source).await, "t2");
}

#[tokio::test]
async fn a_caller_that_gives_up_does_not_end_the_request() {
    let world = World::new(|_| Say::status(200)).await;
    let source = world.builder().build_tokens().unwrap();
    let none = Scopes::default();
    let wanted = source.token(&none, Duration::ZERO);
    // Polled once, so that the request begins, and dropped.
    tokio::select! {
        biased;
        _ = wanted => {}
        () = until(|| world.server.token_requests() == 1) => {}
    }
    assert_eq!(world.token(&source).await, "t1");
    assert_eq!(world.server.token_requests(), 1);
}
