//! Calls of an API.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::{HeaderValue, Method};
use keymoor_client::{Call, Error, Kind};
use serde_json::json;

use crate::support::{Say, Seen, World, granted};

/// An API that takes every token but `t1`.
fn without_the_first(seen: &Seen) -> Say {
    let first = seen.header("authorization") == Some("Bearer t1");
    if first {
        Say::json(401, r#"{"error":"unauthorized","message":"no"}"#)
    } else {
        Say::status(200)
    }
}

#[tokio::test]
async fn a_call_carries_the_token_and_is_joined_to_the_base() {
    let world = World::new(|_| Say::json(200, r#"{"mail":"a@b"}"#)).await;
    let call = Call::get("/account").query("filter", "name=a&b");
    let answer: serde_json::Value = world.client().call(call).await.unwrap().json().unwrap();
    assert_eq!(answer["mail"], "a@b");
    let seen = &world.server.calls()[0];
    assert_eq!(seen.path, "/api/account?filter=name%3Da%26b");
    assert_eq!(seen.header("authorization"), Some("Bearer t1"));
    assert!(seen.header("accept").unwrap().contains("application/hal+json"));
}

#[tokio::test]
async fn a_body_is_sent_with_its_type() {
    let world = World::new(|_| Say::status(201)).await;
    let call = Call::post("/account/tokens").json(&json!({"label": "x"})).unwrap();
    world.client().call(call).await.unwrap();
    let seen = &world.server.calls()[0];
    assert_eq!((seen.method.clone(), seen.body.as_str()), (Method::POST, r#"{"label":"x"}"#));
    assert_eq!(seen.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn the_token_and_the_host_are_the_clients_to_set() {
    for name in ["Authorization", "host"] {
        let error = Call::get("/x").header(name, "x").unwrap_err();
        assert_eq!(error.kind(), Kind::Usage, "{name}");
    }
    let call = Call::get("/x").header("Accept", "text/plain").unwrap();
    let world = World::new(|_| Say::status(200)).await;
    world.client().call(call).await.unwrap();
    assert_eq!(world.server.calls()[0].header("accept"), Some("text/plain"));
}

#[tokio::test]
async fn s98_after_a_401_the_call_is_made_once_more_with_another_token() {
    let world = World::new(without_the_first).await;
    let call = Call::post("/x").body(HeaderValue::from_static("text/plain"), "body");
    assert!(world.client().call(call).await.is_ok());
    let calls = world.server.calls();
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].header("authorization"), Some("Bearer t2"));
    assert_eq!(calls[1].body, "body");
}

#[tokio::test]
async fn s98_a_second_401_is_the_answer() {
    let world = World::new(|_| Say::json(401, r#"{"error":"x","message":"no"}"#)).await;
    let error = world.client().get("/x").await.unwrap_err();
    assert_eq!(error.kind(), Kind::Credentials);
    assert_eq!(error.to_string(), "the API refuses the access token: no");
    assert_eq!(world.server.calls().len(), 2);
    assert_eq!(world.server.token_requests(), 2);
}

#[tokio::test]
async fn a_token_that_was_refused_is_not_taken_from_the_disk_again() {
    let world = World::new(without_the_first).await;
    world.token(&world.process()).await;
    let client = world.builder().cache(world.disk()).build().unwrap();
    assert!(client.get("/x").await.is_ok());
    assert_eq!(world.token(&world.process()).await, "t2", "nor by others");
    assert_eq!(world.server.token_requests(), 2);
}

#[tokio::test]
async fn many_calls_with_a_refused_token_get_one_new_one() {
    let world = World::new(without_the_first).await;
    let client = world.client();
    client.token().await.unwrap();
    let calls = (0..20).map(|_| client.get("/x"));
    let answers = futures_util::future::join_all(calls).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(world.server.token_requests(), 2);
}

#[tokio::test]
async fn credentials_that_ended_are_told_after_a_401() {
    let issued = AtomicUsize::new(0);
    let world = World::scripted(move |seen| {
        if !seen.is_for_a_token() {
            return Say::status(401);
        }
        let first = issued.fetch_add(1, Ordering::SeqCst) == 0;
        let refused = || Say::json(401, r#"{"error":"invalid_client"}"#);
        if first { granted("t1", 300) } else { refused() }
    })
    .await;
    let error = world.client().get("/x").await.unwrap_err();
    assert!(matches!(error, Error::InvalidClient { .. }), "{error:?}");
}

#[tokio::test]
async fn each_status_is_an_error_of_its_kind() {
    for (status, kind) in [
        (400, Kind::Status),
        (403, Kind::Forbidden),
        (404, Kind::Status),
        (409, Kind::Status),
        (429, Kind::Unavailable),
        (500, Kind::Unavailable),
        (503, Kind::Unavailable),
    ] {
        let body = r#"{"error":"e","message":{"label":"is missing"}}"#;
        let world = World::new(move |_| Say::json(status, body)).await;
        let error = world.client().call(Call::post("/x")).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{status}");
        let answer = error.answer().unwrap();
        assert_eq!((answer.status(), &answer.body()[..]), (status, body.as_bytes()));
        assert_eq!(answer.message().as_deref(), Some("label: is missing"));
        assert!(!error.hint().is_empty());
    }
}

#[tokio::test]
async fn a_request_of_reqwests_is_sent_with_a_token() {
    let world = World::new(without_the_first).await;
    let url = format!("{}/api/x", world.server.origin);
    let request = reqwest::Client::new().post(url).body("body").build().unwrap();
    let answer = world.client().execute(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(world.server.calls()[1].body, "body");
}

#[tokio::test]
async fn a_body_that_is_a_stream_is_sent_once_and_the_next_request_has_another_token() {
    let world = World::new(without_the_first).await;
    let client = world.client();
    let request = || {
        let mut request = reqwest::Request::new(
            Method::POST,
            format!("{}/api/x", world.server.origin).parse().unwrap(),
        );
        let stream = http_body_util::Full::new(bytes::Bytes::from("body"));
        *request.body_mut() = Some(reqwest::Body::wrap(stream));
        request
    };
    assert_eq!(client.execute(request()).await.unwrap().status(), 401);
    assert_eq!(client.execute(request()).await.unwrap().status(), 200);
    assert_eq!(world.server.calls().len(), 2);
}

#[tokio::test]
async fn a_403_of_a_request_of_reqwests_is_returned_whole() {
    let world = World::new(|_| Say::json(403, r#"{"error":"forbidden"}"#).with("x-a", "b")).await;
    let url = format!("{}/api/x", world.server.origin);
    let request = reqwest::Client::new().get(&url).build().unwrap();
    let answer = world.client().execute(request).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.url().as_str()), (403, url.as_str()));
    assert_eq!(answer.headers()["x-a"], "b");
    assert_eq!(answer.text().await.unwrap(), r#"{"error":"forbidden"}"#);
}

#[tokio::test]
async fn an_api_that_never_answers_ends_at_its_time_out() {
    let world = World::new(|_| Say::Nothing).await;
    let bounds = keymoor_client::TimeOuts {
        api: std::time::Duration::from_millis(50),
        ..Default::default()
    };
    let client = world.builder().time_outs(bounds).build().unwrap();
    assert_eq!(client.get("/x").await.unwrap_err().kind(), Kind::Unreachable);
}
