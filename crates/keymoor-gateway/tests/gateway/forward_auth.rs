use crate::support::{Answer, Echo, World, bearer, organization};

const ROUTES: &str = r#"
    behind-proxy = ["127.0.0.0/8"]
    [[route]]
    path = "/public/**"
    public = true
    [[route]]
    path = "/organizations/{organization}/**"
    organization = { path = "organization" }
"#;

async fn world() -> World {
    World::of(Echo::start().await, ROUTES).await
}

/// What a proxy asks about a GET of `path`.
async fn ask(world: &World, query: &str, path: &str, lines: &str) -> Answer {
    let told = format!("X-Forwarded-Method: GET\r\nX-Forwarded-Uri: {path}\r\n{lines}");
    world.get(&format!("/api/auth/verify{query}"), &told).await
}

#[tokio::test]
async fn what_may_pass_gets_200_and_who_calls() {
    let world = world().await;
    let answer = ask(&world, "", "/x", &bearer(&world.bare())).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("x-keymoor-account").is_some() && answer.body.is_empty());
    let public = ask(&world, "", "/public/x", "").await;
    assert_eq!((public.status, public.header("x-keymoor-account")), (200, Some("")));
}

#[tokio::test]
async fn a_refusal_is_repeated_in_headers() {
    let world = world().await;
    let ours = organization(1);
    world.federate(ours);
    let path = format!("/organizations/{ours}");
    let answer = ask(&world, "", &path, &bearer(&world.bare())).await;
    assert_eq!((answer.status, answer.header("x-keymoor-status")), (403, Some("403")));
    assert_eq!(answer.header("x-keymoor-body"), Some(&*answer.body.to_lowercase()));
    let challenge = answer.header("x-keymoor-challenge").unwrap();
    assert!(challenge.contains(&format!("scope=\"organization:{ours}\"")), "{challenge}");
}

#[tokio::test]
async fn s77_the_answer_is_200_401_or_403_and_the_status_stands_in_a_header() {
    let world = world().await;
    let token = bearer(&world.bare());
    let cases = [
        ("/x", "", 401, "401"),
        ("/organizations/none", &*token, 403, "404"),
        ("/x//y", &token, 403, "400"),
        ("/x?access_token=a", &token, 403, "400"),
        ("/x", "Authorization: Basic YTpi\r\n", 403, "400"),
    ];
    for (path, lines, status, told) in cases {
        let answer = ask(&world, "", path, lines).await;
        assert_eq!(
            (answer.status, answer.header("x-keymoor-status")),
            (status, Some(told)),
            "{path}"
        );
        let exact = ask(&world, "?status=exact", path, lines).await;
        assert_eq!(
            (exact.status.to_string(), &exact.body),
            (told.to_owned(), &answer.body),
            "{path}"
        );
    }
}

#[tokio::test]
async fn s75_a_proxy_that_does_not_say_what_it_was_asked_gets_403() {
    let world = world().await;
    let token = bearer(&world.bare());
    let lines = [
        String::new(),
        "X-Forwarded-Uri: /x\r\n".to_owned(),
        "X-Forwarded-Method: GET\r\n".to_owned(),
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/x\r\nX-Forwarded-Uri: /x\r\n"
            .to_owned(),
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: public/x\r\n".to_owned(),
        "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/x#y\r\n".to_owned(),
    ];
    for lines in lines {
        let answer = world.get("/api/auth/verify", &format!("{token}{lines}")).await;
        assert_eq!(answer.status, 403, "{lines}");
    }
}

#[tokio::test]
async fn s77_traefik_asks_in_its_own_method_and_hands_the_answer_on() {
    let world = world().await;
    let lines = format!(
        "{}X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: api.example.com\r\n\
         X-Forwarded-Method: POST\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Server: edge\r\n\
         X-Forwarded-Uri: /x?a=b\r\nAccept-Encoding: gzip\r\nUser-Agent: curl\r\n",
        bearer(&world.bare())
    );
    let passed = world.get("/api/auth/verify?status=exact", &lines).await;
    assert_eq!(passed.status, 200);
    let refused = lines.replace("/x?a=b", "/organizations/none");
    let refused = world.get("/api/auth/verify?status=exact", &refused).await;
    assert_eq!((refused.status, refused.json()["error"].as_str()), (404, Some("not_found")));
}

#[tokio::test]
async fn envoy_appends_the_path_that_it_was_asked_for() {
    let world = world().await;
    let token = bearer(&world.bare());
    let passed = world.get("/api/auth/verify/x?a=b", &token).await;
    assert_eq!(passed.status, 200);
    // What a client says of another path is nothing to it.
    let forged = "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/x\r\n";
    assert_eq!(world.get("/api/auth/verify/x", forged).await.status, 401);
    assert_eq!(world.get("/api/auth/verify/../public/x", "").await.status, 401);
    assert_eq!(world.get("/api/auth/verify/", &token).await.status, 200);
}

#[tokio::test]
async fn the_forwarded_host_is_judged() {
    let text = format!("authorities = [\"api.example.com\"]\n{ROUTES}");
    let world = World::of(Echo::start().await, &text).await;
    let token = bearer(&world.bare());
    let with =
        |host: &str| format!("{token}X-Forwarded-Proto: https\r\nX-Forwarded-Host: {host}\r\n");
    assert_eq!(ask(&world, "", "/x", &with("api.example.com")).await.status, 200);
    let port = ask(&world, "", "/x", &with("api.example.com:443")).await;
    assert_eq!((port.status, port.header("x-keymoor-status")), (403, Some("400")));
    let strange = ask(&world, "?status=exact", "/x", &with("evil.example")).await;
    assert_eq!(strange.status, 421);
}

#[tokio::test]
async fn s72_only_listed_proxies_may_ask() {
    let world = World::of(Echo::start().await, "behind-proxy = [\"10.0.0.0/8\"]").await;
    let answer = ask(&world, "", "/x", &bearer(&world.bare())).await;
    assert_eq!((answer.status, answer.header("x-keymoor-account")), (403, None));
}
