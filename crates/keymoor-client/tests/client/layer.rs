//! The tower layer, over reqwest and over a service of one's own.

use std::sync::Arc;

use http::{Request, Response};
use keymoor_client::{AuthorizeLayer, Scopes};
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};

use crate::support::{Say, Seen, World};

fn without_the_first(seen: &Seen) -> Say {
    Say::status(if seen.header("authorization") == Some("Bearer t1") { 401 } else { 200 })
}

fn layer(world: &World) -> AuthorizeLayer {
    let tokens = Arc::new(world.builder().build_tokens().unwrap());
    AuthorizeLayer::new(world.endpoints(), tokens, Scopes::default())
}

#[tokio::test]
async fn reqwest_under_the_layer_sends_the_token_and_renews_it_after_a_401() {
    let world = World::new(without_the_first).await;
    let plain = reqwest::Client::new();
    let mut client = ServiceBuilder::new().layer(layer(&world)).service(plain.clone());
    let request = plain.post(format!("{}/api/x", world.server.origin)).body("b").build().unwrap();
    let answer = client.ready().await.unwrap().call(request).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(world.server.calls()[1].body, "b");
    assert_eq!(world.server.calls()[1].header("authorization"), Some("Bearer t2"));
}

#[tokio::test]
async fn any_service_of_http_requests_can_be_under_it() {
    let world = World::new(|_| Say::status(200)).await;
    let inner = service_fn(|request: Request<String>| async move {
        let field = request.headers()["authorization"].to_str().unwrap().to_owned();
        Ok::<_, std::io::Error>(Response::new(field))
    });
    let service = ServiceBuilder::new().layer(layer(&world)).service(inner);
    let uri = format!("{}/api/x", world.server.origin);
    let request = Request::builder().uri(uri).body(String::new()).unwrap();
    assert_eq!(service.oneshot(request).await.unwrap().body(), "Bearer t1");
}

#[tokio::test]
async fn s95_a_service_that_logs_its_headers_does_not_log_the_token() {
    let world = World::new(|_| Say::status(200)).await;
    let inner = service_fn(|request: Request<String>| async move {
        Ok::<_, std::io::Error>(Response::new(format!("{:?}", request.headers())))
    });
    let service = ServiceBuilder::new().layer(layer(&world)).service(inner);
    let uri = format!("{}/api/x", world.server.origin);
    let request = Request::builder().uri(uri).body(String::new()).unwrap();
    let logged = service.oneshot(request).await.unwrap().into_body();
    assert!(logged.contains("authorization") && !logged.contains("t1"), "{logged}");
}

#[tokio::test]
async fn s97_a_request_to_elsewhere_never_gets_to_the_service() {
    let world = World::new(|_| Say::status(200)).await;
    for uri in ["https://evil.example/api/x", "http://127.0.0.1/api/x", "/api/x"] {
        let inner = service_fn(|_: Request<String>| async {
            Err::<Response<()>, _>(std::io::Error::other("reached"))
        });
        let service = ServiceBuilder::new().layer(layer(&world)).service(inner);
        let request = Request::builder().uri(uri).body(String::new()).unwrap();
        let result = service.oneshot(request).await;
        let error = result.map(|_| ()).unwrap_err().to_string();
        assert_ne!(error, "reached", "{uri}");
    }
}
