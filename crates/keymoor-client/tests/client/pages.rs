//! Lists of several pages.

use futures_util::TryStreamExt;
use keymoor_client::{Call, Error, Kind};
use serde_json::{Value, json};

use crate::support::{Say, Seen, World};

fn page(items: &[u32], next: Option<&str>) -> Say {
    let links = next.map_or(json!({}), |href| json!({"next": {"href": href}}));
    let body = json!({"total": 5, "_embedded": {"items": items}, "_links": links});
    Say::json(200, body.to_string())
}

async fn items(world: &World) -> Result<Vec<Value>, Error> {
    world.client().items(Call::get("/list")).try_collect().await
}

fn three_pages(seen: &Seen) -> Say {
    match seen.path.as_str() {
        "/api/list" => page(&[1, 2], Some("/api/list?offset=2")),
        "/api/list?offset=2" => page(&[3, 4], Some("?offset=4")),
        _ => page(&[5], None),
    }
}

#[tokio::test]
async fn the_items_of_all_pages_come_in_order() {
    let world = World::new(three_pages).await;
    assert_eq!(items(&world).await.unwrap(), [1, 2, 3, 4, 5]);
    assert_eq!(world.server.calls()[2].path, "/api/list?offset=4");
}

#[tokio::test]
async fn a_page_is_got_when_it_is_needed() {
    let world = World::new(three_pages).await;
    let mut items = world.client().items(Call::get("/list"));
    assert_eq!(items.try_next().await.unwrap().unwrap(), 1);
    assert_eq!(world.server.calls().len(), 1);
}

#[tokio::test]
async fn pages_tell_the_total() {
    let world = World::new(three_pages).await;
    let mut pages = world.client().pages(Call::get("/list"));
    assert_eq!(pages.try_next().await.unwrap().unwrap().total, Some(5));
}

#[tokio::test]
async fn the_headers_of_the_call_go_with_every_page() {
    let world = World::new(three_pages).await;
    let call = Call::get("/list").header("accept", "application/x").unwrap();
    let _: Vec<Value> = world.client().items(call).try_collect().await.unwrap();
    assert!(world.server.calls().iter().all(|seen| seen.header("accept") == Some("application/x")));
}

#[tokio::test]
async fn s97_a_link_to_elsewhere_ends_the_list() {
    for href in ["https://evil.example/list", "//evil.example/list", "http://127.0.0.1:1/list"] {
        let world = World::new(move |_| page(&[1], Some(href))).await;
        assert_eq!(items(&world).await.unwrap_err().kind(), Kind::Usage, "{href}");
    }
}

#[tokio::test]
async fn pages_in_a_circle_end() {
    let world = World::new(|_| page(&[1], Some("/api/list"))).await;
    assert!(matches!(items(&world).await.unwrap_err(), Error::NotAList { .. }));
}

#[tokio::test]
async fn what_is_no_list_is_told() {
    let world = World::new(|_| Say::json(200, r#"{"_embedded":{}}"#)).await;
    let error = items(&world).await.unwrap_err();
    assert_eq!(error.to_string(), "/api/list is no list: its answer has no _embedded.items");
}
