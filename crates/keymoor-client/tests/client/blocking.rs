//! Without an async runtime.
#![cfg(feature = "blocking")]

use keymoor_client::{Call, blocking};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::support::{Say, World};

/// The server needs a runtime, the client brings its own.
fn world() -> (Runtime, World) {
    let runtime = Runtime::new().unwrap();
    let list = r#"{"_embedded":{"items":[1,2]}}"#;
    let world = runtime.block_on(World::new(move |_| Say::json(200, list)));
    (runtime, world)
}

#[test]
fn calls_and_lists_wait_for_their_answers() {
    let (_runtime, world) = world();
    let client = blocking::Client::new(world.builder()).unwrap();
    assert_eq!(client.token().unwrap().expose(), "t1");
    assert_eq!(client.get("/list").unwrap().status(), 200);
    let items: Result<Vec<Value>, _> = client.items(Call::get("/list")).collect();
    assert_eq!(items.unwrap(), [1, 2]);
}

#[test]
fn the_token_is_renewed_in_the_background_here_too() {
    let (_runtime, world) = world();
    let client = blocking::Client::new(world.builder()).unwrap();
    client.token().unwrap();
    world.timer.step(241);
    while client.token().unwrap().expose() == "t1" {
        std::thread::yield_now();
    }
    assert_eq!(world.server.token_requests(), 2);
}

#[test]
fn it_may_end_inside_another_runtime() {
    let (runtime, world) = world();
    let client = blocking::Client::new(world.builder()).unwrap();
    runtime.block_on(async move { drop(client) });
}
