//! Organizations that want their scope.

use keymoor_client::{Call, Client, Error, Kind};
use serde_json::json;

use crate::support::{Say, Seen, World, granted};

const OURS: &str = "23ddc327-0aaa-11e3-8000-123131111102";
const OTHER: &str = "5f0c4a11-2222-4333-8444-555566667777";
const APPLICATION: &str = "/applications/9e0a1111-1111-4111-8111-111111111111";

fn refused() -> Say {
    let words = "This resource requires additional authentication.";
    Say::json(
        403,
        format!(r#"{{"error":"additional_authentication_required","message":"{words}"}}"#),
    )
}

fn challenged() -> Say {
    let scope = format!(r#"Bearer error="insufficient_scope", scope="organization:{OURS}""#);
    refused().with("www-authenticate", &scope)
}

/// A server whose tokens are named after their scope, and whose API opens to ours; `refusal` says
/// how it refuses, `list` is what `/organizations` answers.
async fn world(refusal: fn() -> Say, list: serde_json::Value) -> World {
    World::scripted(move |seen| {
        if seen.is_for_a_token() {
            let ours = seen.body.contains(&format!("scope=organization%3A{OURS}"));
            granted(if ours { "ours" } else { "plain" }, 300)
        } else if seen.path == "/api/organizations" {
            Say::json(200, list.to_string())
        } else if seen.header("authorization") == Some("Bearer ours") {
            Say::status(200)
        } else {
            refusal()
        }
    })
    .await
}

fn list(organizations: &[(&str, Option<bool>)]) -> serde_json::Value {
    let item = |(uuid, federated): &(&str, Option<bool>)| json!({"uuid": uuid, "name": "Name", "flags": {"federated_authentication": federated}});
    json!({"_embedded": {"items": organizations.iter().map(item).collect::<Vec<_>>()}})
}

fn tokens_of(calls: &[Seen]) -> Vec<String> {
    calls.iter().map(|seen| seen.header("authorization").unwrap()[7..].to_owned()).collect()
}

async fn call(client: &Client, path: &str) -> Result<(), Error> {
    client.get(path).await.map(|_| ())
}

#[tokio::test]
async fn the_scope_that_the_answer_names_is_asked_for() {
    let world = world(challenged, list(&[])).await;
    call(&world.client(), APPLICATION).await.unwrap();
    assert_eq!(tokens_of(&world.server.calls()), ["plain", "ours"]);
}

#[tokio::test]
async fn the_body_is_sent_again_too() {
    let world = world(challenged, list(&[])).await;
    let post = Call::post(APPLICATION).json(&json!({"a": 1})).unwrap();
    world.client().call(post).await.unwrap();
    assert_eq!(world.server.calls()[1].body, r#"{"a":1}"#);
}

#[tokio::test]
async fn whose_the_resource_is_is_remembered() {
    let world = world(challenged, list(&[])).await;
    let client = world.client();
    call(&client, APPLICATION).await.unwrap();
    call(&client, &format!("{APPLICATION}/environments")).await.unwrap();
    assert_eq!(tokens_of(&world.server.calls()), ["plain", "ours", "ours"]);
}

#[tokio::test]
async fn without_a_challenge_the_path_names_the_organization() {
    let world = world(refused, list(&[])).await;
    call(&world.client(), &format!("/organizations/{OURS}/teams")).await.unwrap();
    assert_eq!(tokens_of(&world.server.calls()), ["plain", "ours"]);
}

#[tokio::test]
async fn without_a_challenge_the_only_federated_organization_is_it() {
    let world = world(refused, list(&[(OTHER, Some(false)), (OURS, Some(true))])).await;
    call(&world.client(), APPLICATION).await.unwrap();
    assert_eq!(tokens_of(&world.server.calls()), ["plain", "plain", "ours"]);
}

#[tokio::test]
async fn of_several_organizations_the_caller_chooses() {
    let world = world(refused, list(&[(OTHER, None), (OURS, None)])).await;
    let error = call(&world.client(), APPLICATION).await.unwrap_err();
    assert_eq!(error.kind(), Kind::OrganizationScope);
    let hint = error.hint();
    assert!(hint.contains(OURS) && hint.contains(OTHER) && hint.contains("Name"), "{hint}");
}

#[tokio::test]
async fn it_is_tried_once() {
    let world = World::new(|_| challenged()).await;
    let error = call(&world.client(), APPLICATION).await.unwrap_err();
    let Error::OrganizationScopeNeeded { organization, .. } = &error else { panic!("{error:?}") };
    assert_eq!(organization.unwrap().to_string(), OURS);
    assert_eq!(world.server.calls().len(), 2);
}

#[tokio::test]
async fn a_scope_that_is_not_granted_says_where_to_sign_in() {
    let world = World::scripted(|seen| {
        if seen.is_for_a_token() && seen.body.contains("scope=") {
            let body = r#"{"error":"invalid_scope","error_uri":"https://k/sign-in"}"#;
            return Say::json(400, body);
        }
        if seen.is_for_a_token() { granted("plain", 300) } else { challenged() }
    })
    .await;
    let error = call(&world.client(), APPLICATION).await.unwrap_err();
    assert!(error.hint().contains("https://k/sign-in"), "{error:?}");
}

#[tokio::test]
async fn an_organization_can_be_asked_for_from_the_start() {
    let world = world(challenged, list(&[])).await;
    let client = world.builder().organization(OURS.parse().unwrap()).build().unwrap();
    call(&client, APPLICATION).await.unwrap();
    assert_eq!(tokens_of(&world.server.calls()), ["ours"]);
}

#[tokio::test]
async fn any_other_403_is_left_alone() {
    let world = World::new(|_| Say::json(403, r#"{"error":"forbidden","message":"no"}"#)).await;
    let error = call(&world.client(), APPLICATION).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Forbidden);
    assert_eq!(world.server.calls().len(), 1);
}

fn of_another_process(world: &World) -> Client {
    world.builder().cache(world.disk()).build().unwrap()
}

#[tokio::test]
async fn whose_the_resource_is_is_known_to_the_next_process() {
    let world = world(challenged, list(&[])).await;
    call(&of_another_process(&world), APPLICATION).await.unwrap();
    let environments = format!("{APPLICATION}/environments");
    call(&of_another_process(&world), &environments).await.unwrap();
    assert_eq!(tokens_of(&world.server.calls()), ["plain", "ours", "ours"]);
}

#[tokio::test]
async fn a_scope_that_is_not_granted_any_more_is_forgotten_and_the_api_decides() {
    let world = world(challenged, list(&[])).await;
    call(&of_another_process(&world), APPLICATION).await.unwrap();
    world.timer.step(300);
    world.server.now_says(|seen| match (seen.is_for_a_token(), seen.body.contains("scope=")) {
        (true, true) => Say::json(400, r#"{"error":"invalid_scope"}"#),
        (true, false) => granted("plain", 300),
        _ => Say::status(200),
    });
    let before = world.server.calls().len();
    for _ in 0..2 {
        call(&of_another_process(&world), APPLICATION).await.unwrap();
    }
    assert_eq!(tokens_of(&world.server.calls()[before..]), ["plain", "plain"]);
    let asked = world.server.seen().into_iter().filter(|seen| seen.body.contains("scope="));
    assert_eq!(asked.count(), 2, "once to learn it, once to see that it is gone");
}

#[tokio::test]
async fn an_organization_that_is_named_counts_more_than_what_was_remembered() {
    let world = world(challenged, list(&[])).await;
    call(&of_another_process(&world), APPLICATION).await.unwrap();
    let named = world.builder().cache(world.disk()).organization(OTHER.parse().unwrap());
    call(&named.build().unwrap(), APPLICATION).await.unwrap();
    // Its own scope, which opens nothing, and then the one that is wanted.
    assert_eq!(tokens_of(&world.server.calls()), ["plain", "ours", "plain", "ours"]);
}

#[tokio::test]
async fn what_is_remembered_and_damaged_counts_as_nothing() {
    let world = world(challenged, list(&[])).await;
    call(&of_another_process(&world), APPLICATION).await.unwrap();
    for file in std::fs::read_dir(world.folder.path().join("tokens")).unwrap() {
        std::fs::write(file.unwrap().path(), "{\"version\":1,\"org").unwrap();
    }
    call(&of_another_process(&world), APPLICATION).await.unwrap();
    assert_eq!(tokens_of(&world.server.calls()), ["plain", "ours", "plain", "ours"]);
}
