use crate::support::{World, bearer, organization};

const METADATA: &str =
    "resource_metadata=\"https://auth.example.com/.well-known/oauth-protected-resource\"";

#[tokio::test]
async fn s76_one_token_in_the_header_and_every_refusal_as_rfc_6750_has_it() {
    let world = World::new().await;
    let ours = organization(1);
    world.federate(ours);
    let good = bearer(&world.bare());
    let basic = "Authorization: Basic YTpi\r\n";
    let inside = format!("/organizations/{ours}/x");
    let cases: [(String, &str, u16, &str); 11] = [
        (String::new(), "/x", 401, ""),
        (basic.to_owned(), "/x", 400, "invalid_request"),
        ("Authorization: Bearer\r\n".to_owned(), "/x", 400, "invalid_request"),
        (bearer("a b"), "/x", 400, "invalid_request"),
        (format!("{good}{good}"), "/x", 400, "invalid_request"),
        (format!("{good}{basic}"), "/x", 400, "invalid_request"),
        (good.clone(), "/x?access_token=a", 400, "invalid_request"),
        (bearer("abc"), "/x", 401, "invalid_token"),
        (bearer("e30.e30.e30"), "/x", 401, "invalid_token"),
        (bearer(&format!("{}x", world.bare())), "/x", 401, "invalid_token"),
        (good, &inside, 403, "insufficient_scope"),
    ];
    for (lines, path, status, error) in cases {
        let answer = world.get(path, &lines).await;
        assert_eq!(answer.status, status, "{path} {lines}");
        let challenge = answer.header("www-authenticate").unwrap();
        let begins = match error {
            "" => "bearer resource_metadata=".to_owned(),
            error => format!("bearer error=\"{error}\", "),
        };
        assert!(challenge.starts_with(&begins) && challenge.ends_with(METADATA), "{challenge}");
    }
    assert_eq!(world.echo.count(), 0);
}

#[tokio::test]
async fn s76_a_token_in_a_body_opens_nothing() {
    let world = World::new().await;
    let body = format!("access_token={}", world.bare());
    let request = format!(
        "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(world.raw(request.as_bytes()).await.unwrap().status, 401);
    assert_eq!(world.echo.count(), 0);
}
