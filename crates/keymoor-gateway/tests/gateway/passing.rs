use keymoor_core::claims::Claims;
use keymoor_testkit::claims;

use crate::support::{Echo, World, bearer, organization};

#[tokio::test]
async fn what_the_guard_lets_through_reaches_the_api_and_its_answer_the_client() {
    let world = World::new().await;
    let answer = world.get_with("/reports?year=2026&q=a%20b", &world.bare()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.body.starts_with("GET /reports?year=2026&q=a%20b HTTP/1.1\r\n"), "{answer:?}");
}

#[tokio::test]
async fn what_it_refuses_does_not() {
    let world = World::new().await;
    let ours = organization(1);
    world.federate(ours);
    let path = format!("/organizations/{ours}/reports");
    assert_eq!(world.get("/reports", "").await.status, 401);
    let refused = world.get_with(&path, &world.bare()).await;
    assert_eq!(refused.status, 403);
    let body = refused.json();
    assert_eq!(body["error"], "additional_authentication_required");
    assert_eq!(body["message"], "This resource requires additional authentication.");
    assert_eq!(world.echo.count(), 0);
}

#[tokio::test]
async fn the_scope_of_the_organization_opens_it() {
    let world = World::new().await;
    let ours = organization(1);
    world.federate(ours);
    let path = format!("/organizations/{ours}/reports");
    assert_eq!(world.get_with(&path, &world.scoped(ours)).await.status, 200);
}

#[tokio::test]
async fn anybody_may_what_is_public() {
    let world = World::new().await;
    assert_eq!(world.get("/public/terms", "").await.status, 200);
    assert_eq!(world.get("/publications", "").await.status, 401);
}

#[tokio::test]
async fn a_body_of_any_length_passes() {
    let world = World::new().await;
    let body = "x".repeat(300_000);
    let request = format!(
        "POST /upload HTTP/1.1\r\nHost: a\r\n{}Content-Length: {}\r\n\r\n{body}",
        bearer(&world.bare()),
        body.len()
    );
    let answer = world.raw(request.as_bytes()).await.unwrap();
    assert!(answer.body.ends_with(&body));
}

#[tokio::test]
async fn a_chunked_body_passes() {
    let world = World::new().await;
    let request = format!(
        "POST /upload HTTP/1.1\r\nHost: a\r\n{}Transfer-Encoding: chunked\r\n\r\n\
         3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        bearer(&world.bare())
    );
    let answer = world.raw(request.as_bytes()).await.unwrap();
    assert!(answer.body.contains("abc") && answer.body.contains("de"), "{answer:?}");
}

#[tokio::test]
async fn every_answer_has_a_request_id_that_the_api_sees_too() {
    let world = World::new().await;
    let passed = world.get_with("/a", &world.bare()).await;
    let id = passed.header("x-request-id").unwrap();
    assert!(passed.body.contains(&format!("x-request-id: {id}")), "{passed:?}");
    assert!(world.get("/a", "").await.header("x-request-id").is_some());
}

#[tokio::test]
async fn an_api_that_cannot_be_reached_is_a_502_that_says_so() {
    let echo = Echo::start().await;
    let world = World::of(echo, "upstream = \"http://127.0.0.1:9\"").await;
    let answer = world.get_with("/a", &world.bare()).await;
    assert_eq!((answer.status, answer.json()["error"].as_str()), (502, Some("bad_gateway")));
}

#[tokio::test]
async fn an_address_that_is_gone_is_passed_over() {
    let echo = Echo::start().await;
    let urls = format!("upstream = [\"http://127.0.0.1:9\", \"http://{}\"]", echo.address);
    let world = World::of(echo, &urls).await;
    for _ in 0..6 {
        assert_eq!(world.get_with("/a", &world.bare()).await.status, 200);
    }
}

#[tokio::test]
async fn a_route_may_have_an_api_of_its_own() {
    let (usual, reports) = (Echo::start().await, Echo::start().await);
    let text = format!(
        "[upstreams.reports]\nurl = \"http://{}/v2/\"\n[[route]]\npath = \"/reports/**\"\n\
         upstream = \"reports\"\n",
        reports.address
    );
    let world = World::before(usual, &text).await;
    let answer = world.get_with("/reports/1", &world.bare()).await;
    assert!(answer.body.starts_with("GET /v2/reports/1 HTTP/1.1"), "{answer:?}");
    assert_eq!((reports.count(), world.echo.count()), (1, 0));
}

#[tokio::test]
async fn a_route_may_want_scopes() {
    let text = "[[route]]\npath = \"/reports/**\"\nscopes = [\"reports:read\", \"x\"]\n";
    let world = World::with(text).await;
    let refused = world.get_with("/reports/1", &world.bare()).await;
    assert_eq!(refused.status, 403);
    let challenge = refused.header("www-authenticate").unwrap();
    let wanted = "bearer error=\"insufficient_scope\", scope=\"reports:read x\"";
    assert!(challenge.starts_with(wanted), "{challenge}");
    let scope = ["reports:read", "x"].map(|name| name.parse().unwrap()).into_iter().collect();
    let token = world.token(&Claims { scope, ..claims() });
    assert_eq!(world.get_with("/reports/1", &token).await.status, 200);
}

#[tokio::test]
async fn methods_that_no_line_is_about_are_refused() {
    let world = World::with("[[route]]\npath = \"/reports\"\nmethods = [\"GET\"]\n").await;
    let lines = bearer(&world.bare());
    assert_eq!(world.get("/reports", &lines).await.status, 200);
    let post = format!("POST /reports HTTP/1.1\r\nHost: a\r\n{lines}Content-Length: 0\r\n\r\n");
    assert_eq!(world.raw(post.as_bytes()).await.unwrap().status, 404);
    let hidden = format!("{lines}X-HTTP_Method-Override: DELETE\r\n");
    assert_eq!(world.get("/reports", &hidden).await.status, 400);
}

#[tokio::test]
async fn the_organization_may_stand_in_a_header() {
    let ours = organization(1);
    let text =
        "[[route]]\npath = \"/reports/**\"\norganization = { header = \"X-Organization\" }\n";
    let world = World::with(text).await;
    world.federate(ours);
    let ask = |token: String, line: String| {
        let world = &world;
        async move { world.get("/reports/1", &format!("{}{line}", bearer(&token))).await }
    };
    let line = format!("X-Organization: {ours}\r\n");
    assert_eq!(ask(world.bare(), line.clone()).await.status, 403);
    let passed = ask(world.scoped(ours), line.clone()).await;
    assert!(passed.body.contains(&format!("x-organization: {ours}")), "{passed:?}");
    assert_eq!(ask(world.scoped(ours), String::new()).await.status, 404);
    let twice = format!("{line}X-Organization: {}\r\n", organization(2));
    assert_eq!(ask(world.scoped(ours), twice).await.status, 404);
    let alike = format!("{line}X_Organization: {}\r\n", organization(2));
    assert!(!ask(world.scoped(ours), alike).await.body.contains(&organization(2).to_string()));
}

#[tokio::test]
async fn the_organization_may_be_asked_for_and_is_remembered() {
    let ours = organization(1);
    let asked = keymoor_look_up(format!("{{\"organization\":\"{ours}\"}}")).await;
    let text = format!(
        "[[route]]\npath = \"/apps/{{app}}/**\"\n\
         organization = {{ look-up = {{ url = \"http://{}/of/{{app}}\" }} }}\n",
        asked.address
    );
    let world = World::with(&text).await;
    world.federate(ours);
    for _ in 0..3 {
        assert_eq!(world.get_with("/apps/7/x", &world.bare()).await.status, 403);
        assert_eq!(world.get_with("/apps/7/x", &world.scoped(ours)).await.status, 200);
    }
    assert_eq!(asked.count(), 1);
}

#[tokio::test]
async fn s75_a_look_up_that_fails_denies() {
    let text = "[[route]]\npath = \"/apps/{app}\"\n\
                organization = { look-up = { url = \"http://127.0.0.1:9/{app}\" } }\n";
    let world = World::with(text).await;
    let answer = world.get_with("/apps/7", &world.bare()).await;
    assert_eq!((answer.status, world.echo.count()), (503, 0));
}

/// Somebody who answers every request with the same JSON.
async fn keymoor_look_up(body: String) -> Echo {
    use tokio::io::AsyncWriteExt;
    Echo::by(move |mut stream, requests| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        let whole = format!("{head}{body}");
        async move {
            let mut buffer = Vec::new();
            while crate::support::read_message(&mut stream, &mut buffer).await.is_some() {
                requests.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                stream.write_all(whole.as_bytes()).await.unwrap();
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_token_that_has_expired_or_was_removed_passes_no_more() {
    let world = World::new().await;
    let token = world.bare();
    assert_eq!(world.get_with("/x", &token).await.status, 200);
    world.directory.removed.store(true, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(world.get_with("/x", &token).await.status, 401);
    world.directory.removed.store(false, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(world.get_with("/x", &token).await.status, 200);
    world.clock.step(400);
    assert_eq!(world.get_with("/x", &token).await.status, 401);
}
