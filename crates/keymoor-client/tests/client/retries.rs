//! What is tried again, how often, and after which wait.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use http::Method;
use keymoor_client::{Call, Error, Kind, Retries};

use crate::support::{Say, World, granted};

/// A server whose token endpoint says `first` that often before it grants.
async fn failing(times: usize, first: impl Fn() -> Say + Send + Sync + 'static) -> World {
    let asked = AtomicUsize::new(0);
    World::scripted(move |_| {
        if asked.fetch_add(1, Ordering::SeqCst) < times { first() } else { granted("t", 300) }
    })
    .await
}

/// An API that says `first` that often before it answers.
async fn api_failing(times: usize, first: impl Fn() -> Say + Send + Sync + 'static) -> World {
    let asked = AtomicUsize::new(0);
    World::new(move |_| {
        if asked.fetch_add(1, Ordering::SeqCst) < times { first() } else { Say::status(200) }
    })
    .await
}

#[tokio::test]
async fn a_token_endpoint_that_is_down_for_a_moment_is_asked_again() {
    for status in [429, 500, 502, 503, 504] {
        let world = failing(2, move || Say::status(status)).await;
        assert!(world.client().token().await.is_ok(), "{status}");
        let pauses = world.timer.pauses();
        assert_eq!(pauses, [Duration::from_millis(500), Duration::from_secs(1)], "{status}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again() {
    let world = failing(2, || Say::HangUp).await;
    assert!(world.client().token().await.is_ok());
}

#[tokio::test]
async fn retry_after_in_seconds_counts() {
    let world = failing(1, || Say::status(429).with("retry-after", "7")).await;
    assert!(world.client().token().await.is_ok());
    assert_eq!(world.timer.pauses(), [Duration::from_millis(7125)]);
}

#[tokio::test]
async fn retry_after_as_a_date_counts_by_the_servers_clock() {
    let world = failing(1, || {
        let say = Say::status(503).with("retry-after", "Wed, 21 Oct 2015 07:28:09 GMT");
        say.with("date", "Wed, 21 Oct 2015 07:28:00 GMT")
    })
    .await;
    assert!(world.client().token().await.is_ok());
    assert_eq!(world.timer.pauses(), [Duration::from_millis(9125)]);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_left_to_the_caller() {
    let world = failing(1, || Say::status(429).with("retry-after", "3600")).await;
    let error = world.client().token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(error.hint(), "Try again in 3600 seconds.");
    assert_eq!(world.server.token_requests(), 1);
}

#[tokio::test]
async fn retries_end() {
    let world = failing(usize::MAX, || Say::status(503)).await;
    let error = world.client().token().await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { status: 503, .. }), "{error:?}");
    assert_eq!(world.server.token_requests(), 4);
}

#[tokio::test]
async fn no_error_of_the_caller_is_tried_again() {
    for (status, code) in [
        (401, "invalid_client"),
        (400, "invalid_client"),
        (400, "invalid_scope"),
        (400, "invalid_request"),
        (400, "unauthorized_client"),
    ] {
        let body = format!(r#"{{"error":"{code}"}}"#);
        let world = failing(usize::MAX, move || Say::json(status, body.clone())).await;
        assert!(world.client().token().await.is_err());
        assert_eq!(world.server.token_requests(), 1, "{code}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unreachable() {
    let world = failing(0, || Say::Nothing).await;
    // Nobody listens on the port of tcpmux.
    let endpoints = keymoor_client::Endpoints::at("http://127.0.0.1:1").unwrap();
    let builder = keymoor_client::Client::builder(endpoints, crate::support::credentials());
    let client = builder.timer(world.timer.clone()).build().unwrap();
    assert_eq!(client.token().await.unwrap_err().kind(), Kind::Unreachable);
    assert_eq!(world.timer.pauses().len(), 3);
}

#[tokio::test]
async fn a_host_without_an_address_is_unreachable() {
    let endpoints = keymoor_client::Endpoints::at("https://keymoor.invalid").unwrap();
    let builder = keymoor_client::Client::builder(endpoints, crate::support::credentials());
    let error = builder.retries(Retries(0)).build().unwrap().token().await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unreachable, "{error:?}");
}

#[tokio::test]
async fn a_call_that_may_be_made_twice_is_tried_again() {
    for method in [Method::GET, Method::HEAD, Method::PUT, Method::DELETE] {
        let world = api_failing(2, || Say::status(503)).await;
        let answer = world.client().call(Call::new(method.clone(), "/x")).await;
        assert!(answer.is_ok(), "{method}");
        assert_eq!(world.server.calls().len(), 3, "{method}");
    }
}

#[tokio::test]
async fn a_call_that_may_not_be_made_twice_is_not() {
    for method in [Method::POST, Method::PATCH] {
        for hang_up in [false, true] {
            let say = move || if hang_up { Say::HangUp } else { Say::status(503) };
            let world = api_failing(1, say).await;
            assert!(world.client().call(Call::new(method.clone(), "/x")).await.is_err());
            assert_eq!(world.server.calls().len(), 1, "{method}, hanging up: {hang_up}");
        }
    }
}

#[tokio::test]
async fn how_often_can_be_chosen() {
    let world = api_failing(usize::MAX, || Say::status(503)).await;
    let client = world.builder().retries(Retries(1)).build().unwrap();
    let error = client.get("/x").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Unavailable);
    assert_eq!(world.server.calls().len(), 2);
}
