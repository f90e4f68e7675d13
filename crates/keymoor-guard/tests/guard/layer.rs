use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response};
use keymoor_core::{
    access::{Access, Target},
    explain::{Cause, RefusedCall, Who},
    refusal::Refusal,
};
use keymoor_guard::{
    Guard, GuardConfig, GuardLayer, RefusalLog, X_REQUEST_ID, organization_after, refusal_response,
};
use keymoor_testkit::{claims, expectation};
use tower::{Layer, ServiceExt, service_fn};

use crate::support::{World, organization, pointers, scoped};

/// What came of one request through the layer.
struct Outcome {
    response: Response<Bytes>,
    inner_calls: usize,
}

/// Sends a request through the layer to a service that answers with the bearer and target.
async fn send(world: &World, request: Request<()>) -> Outcome {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = calls.clone();
    let inner = service_fn(move |request: Request<()>| {
        counted.fetch_add(1, Ordering::SeqCst);
        let access = request.extensions().get::<Access>().unwrap();
        let seen = format!("{} {:?}", access.claims().sub, access.target());
        async move { Ok::<_, Infallible>(Response::new(Bytes::from(seen))) }
    });
    let layer = GuardLayer::new(world.guard.clone()).target(organization_after("/organizations"));
    let response = layer.layer(inner).oneshot(request).await.unwrap();
    Outcome { response, inner_calls: calls.load(Ordering::SeqCst) }
}

fn with_token(world: &World, path: &str) -> Request<()> {
    let token = world.signer.sign(&scoped(None, None));
    Request::get(path).header("authorization", format!("Bearer {token}")).body(()).unwrap()
}

#[tokio::test]
async fn what_gets_through_carries_its_permit() {
    let (world, ours) = (World::new(), organization(1));
    let paths = [
        ("/hello".to_owned(), Target::General),
        (format!("/organizations/{ours}/reports"), Target::Organization(ours)),
    ];
    for (path, target) in paths {
        let outcome = send(&world, with_token(&world, &path)).await;
        assert_eq!(outcome.inner_calls, 1, "{path}");
        assert_eq!(outcome.response.body(), &format!("{} {target:?}", claims().sub), "{path}");
    }
}

#[tokio::test]
async fn s75_the_service_behind_is_not_called_on_a_refusal() {
    let (world, ours) = (World::new(), organization(1));
    world.directory.federate(ours);
    let bare = |path: &str| Request::get(path).body(()).unwrap();
    let cases = [
        (bare("/hello"), 401),
        (with_token(&world, "/hello?access_token=a"), 400),
        (with_token(&world, "/organizations/1"), 404),
        (with_token(&world, &format!("/organizations/{ours}")), 403),
    ];
    for (request, status) in cases {
        let path = request.uri().clone();
        let outcome = send(&world, request).await;
        assert_eq!(
            (outcome.inner_calls, outcome.response.status().as_u16()),
            (0, status),
            "{path}"
        );
    }
}

#[tokio::test]
async fn s74_no_method_health_path_user_agent_or_cookie_gets_by() {
    let world = World::new();
    for method in ["GET", "HEAD", "POST", "OPTIONS", "TRACE", "X"] {
        for path in ["/", "/healthz", "/readyz", "/ping", "/.well-known/jwks.json", "*"] {
            let request = Request::builder().method(method).uri(path);
            let request = request.header("user-agent", "kube-probe/1.31").header("cookie", "=;\"");
            let outcome = send(&world, request.body(()).unwrap()).await;
            let seen = (outcome.inner_calls, outcome.response.status().as_u16());
            assert_eq!(seen, (0, 401), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_permit_put_there_before_is_replaced() {
    let (world, ours) = (World::new(), organization(1));
    let earlier = world.ask(&scoped(None, None), Target::Organization(ours)).await.unwrap();
    let mut request = with_token(&world, "/hello");
    request.extensions_mut().insert(earlier.clone());
    let outcome = send(&world, request).await;
    assert_eq!(outcome.response.body(), &format!("{} {:?}", claims().sub, Target::General));
    let mut bare = Request::get("/hello").body(()).unwrap();
    bare.extensions_mut().insert(earlier);
    assert_eq!(send(&world, bare).await.inner_calls, 0);
}

#[tokio::test]
async fn strangers_learn_nothing_of_paths() {
    let world = World::new();
    let request = Request::get("/organizations/1").body(()).unwrap();
    let expected: Response<Bytes> = refusal_response(&Refusal::NoToken, &pointers());
    assert_eq!(send(&world, request).await.response.body(), expected.body());
}

#[tokio::test]
async fn s77_the_layer_answers_as_check_decides() {
    let (world, ours) = (World::new(), organization(1));
    world.directory.federate(ours);
    let path = format!("/organizations/{ours}");
    let refusal = world.ask(&scoped(None, None), Target::Organization(ours)).await.unwrap_err();
    let expected: Response<Bytes> = refusal_response(&refusal, &pointers());
    let response = send(&world, with_token(&world, &path)).await.response;
    assert_eq!(response.status(), expected.status());
    let mut headers = response.headers().clone();
    assert!(headers.remove(X_REQUEST_ID).is_some(), "by it, it is explained");
    assert_eq!(headers, *expected.headers());
    assert_eq!(response.body(), expected.body());
}

/// What a guard told.
#[derive(Default)]
struct Told(Mutex<Vec<RefusedCall>>);

impl RefusalLog for Told {
    fn note(&self, call: RefusedCall) {
        self.0.lock().unwrap().push(call);
    }
}

#[tokio::test]
async fn a_refused_call_is_told_with_the_id_of_its_answer_and_a_good_one_is_not() {
    let (mut world, told) = (World::new(), Arc::new(Told::default()));
    let config = GuardConfig { expectation: expectation(), pointers: pointers() };
    let (keys, directory) = (world.keys.clone(), world.directory.clone());
    let guard = Guard::new(config, keys, directory, world.clock.clone()).telling(told.clone());
    world.guard = Arc::new(guard);
    let good = send(&world, with_token(&world, "/hello")).await;
    assert_eq!((good.inner_calls, told.0.lock().unwrap().len()), (1, 0));
    world.clock.step(310);
    let refused = send(&world, with_token(&world, "/hello?secret=1")).await.response;
    let told = told.0.lock().unwrap();
    let [call] = &told[..] else { panic!("{told:?}") };
    assert_eq!(refused.headers()[X_REQUEST_ID], call.id.to_string());
    assert_eq!((call.status, &*call.method, &*call.path), (401, "GET", "/hello"));
    assert_eq!(call.who, Who::from(&claims()));
    let late =
        matches!(call.cause, Cause::Expired { expired_at, .. } if expired_at == claims().exp);
    assert!(late, "{call:?}");
}
