use keymoor_testkit::bypass::{FORGED, forged_headers, hidden_paths, readings};

use crate::support::{World, bearer, organization};

#[tokio::test]
async fn s71_no_forged_identity_reaches_the_api() {
    let world = World::new().await;
    let token = bearer(&world.bare());
    let forged = forged_headers();
    assert!(forged.len() >= 150, "{}", forged.len());
    for lines in &forged {
        let request = format!("GET /public/x HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
        let public = world.raw(request.as_bytes()).await.unwrap();
        assert!(!public.body.contains(FORGED), "{lines}: {public:?}");
        let request = format!("GET /x HTTP/1.1\r\nHost: a\r\n{token}{lines}\r\n");
        let guarded = world.raw(request.as_bytes()).await.unwrap();
        assert!(!guarded.body.contains(FORGED), "{lines}: {guarded:?}");
        assert!(guarded.body.contains("x-keymoor-account: "), "{lines}: {guarded:?}");
    }
}

#[tokio::test]
async fn s73_no_path_hides_an_organization() {
    let world = World::new().await;
    let ours = organization(1);
    world.federate(ours);
    let token = bearer(&world.bare());
    let paths = hidden_paths(&ours.to_string());
    assert!(paths.len() >= 200, "{}", paths.len());
    for path in &paths {
        for lines in ["", &token] {
            let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
            let before = world.echo.count();
            let answer = world.raw(request.as_bytes()).await;
            if world.echo.count() > before {
                let served = answer.unwrap().body;
                let served = served.split(' ').nth(1).unwrap();
                let reads = readings(served);
                let inner = |path: &String| path.starts_with("/organizations/");
                assert!(!reads.iter().any(inner), "{path} was served as {served}: {reads:?}");
            }
        }
    }
}

#[tokio::test]
async fn s73_the_path_judged_is_the_path_served() {
    let world = World::new().await;
    for path in ["/a/b", "/a/", "/a%20b", "/a/%C3%A9", "/a?b=//../x", "/a,b=c@d:e"] {
        let answer = world.get_with(path, &world.bare()).await;
        assert!(answer.body.starts_with(&format!("GET {path} HTTP/1.1\r\n")), "{answer:?}");
    }
}

#[tokio::test]
async fn s74_nothing_but_a_token_opens_what_is_guarded() {
    let world = World::new().await;
    let lines = [
        "User-Agent: GoogleHC/1.0\r\n",
        "User-Agent: kube-probe/1.30\r\n",
        "User-Agent: ELB-HealthChecker/2.0\r\n",
        "Cookie: session=\u{1}\r\n",
        "Cookie: x-keymoor-account=a\r\n",
        "X-Forwarded-For: 127.0.0.1\r\n",
        "X-Forwarded-Proto: https\r\n",
        "X-Original-URL: /public/x\r\n",
        "X-Rewrite-URL: /public/x\r\n",
        "X-Forwarded-Uri: /public/x\r\n",
        "X-Forwarded-Prefix: /public\r\n",
        "Referer: /public/x\r\n",
        "Authorization: Basic YTpi\r\n",
        "Authorization: Bearer\r\n",
        "Authorization: Bearer a.b.c\r\n",
        "Proxy-Authorization: Bearer a\r\n",
        "Origin: https://api.example.com\r\nAccess-Control-Request-Method: GET\r\n",
    ];
    let methods = ["GET", "HEAD", "OPTIONS", "TRACE", "POST", "PROPFIND", "x"];
    let paths = [
        "/",
        "/x",
        "/healthz",
        "/health",
        "/ping",
        "/favicon.ico",
        "/robots.txt",
        "/.well-known/x",
    ];
    for line in lines {
        for method in methods {
            for path in paths {
                let request = format!("{method} {path} HTTP/1.1\r\nHost: a\r\n{line}\r\n");
                let _ = world.raw(request.as_bytes()).await;
            }
        }
    }
    assert_eq!(world.echo.count(), 0, "of {}", lines.len() * methods.len() * paths.len());
}

#[tokio::test]
async fn s78_hmac_gets_its_one_answer_on_public_paths_too() {
    let world = World::new().await;
    let lines = "Authorization: acquia-http-hmac realm=\"x\",id=\"y\"\r\n";
    for path in ["/public/x", "/x", "//x"] {
        let answer = world.get(path, lines).await;
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert_eq!((answer.status, &*error), (401, "unsupported_authentication_scheme"), "{path}");
    }
    let with_bearer = format!("{lines}{}", bearer(&world.bare()));
    assert_eq!(world.get("/x", &with_bearer).await.status, 401);
    assert_eq!(world.echo.count(), 0);
}
