use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use keymoor_core::claims::Claims;
use keymoor_testkit::{bypass::FORGED, claims};

use crate::support::{Echo, World, bearer, organization};

#[tokio::test]
async fn the_api_hears_who_calls() {
    let world = World::new().await;
    let ours = organization(1);
    let mut said = claims();
    said.organizations = Some(vec![ours]);
    said.scope = ["reports:read".parse().unwrap()].into_iter().collect();
    let path = format!("/organizations/{ours}/reports");
    let answer = world.get_with(&path, &world.token(&said)).await;
    let lines = [
        format!("x-keymoor-account: {}\r\n", said.sub),
        format!("x-keymoor-client: {}\r\n", said.client_id),
        format!("x-keymoor-token-id: {}\r\n", said.jti),
        "x-keymoor-scope: reports:read\r\n".to_owned(),
        format!("x-keymoor-organization: {ours}\r\n"),
        format!("x-keymoor-organizations: {ours}\r\n"),
    ];
    for line in lines {
        assert!(answer.body.contains(&line), "{line} in {answer:?}");
    }
}

#[tokio::test]
async fn the_api_does_not_get_the_token_unless_it_is_to() {
    let world = World::new().await;
    let answer = world.get_with("/a", &world.bare()).await;
    assert!(!answer.body.to_lowercase().contains("authorization"), "{answer:?}");
    let passing = World::with("token = \"pass\"").await;
    let token = passing.bare();
    let answer = passing.get_with("/a", &token).await;
    assert!(answer.body.contains(&format!("authorization: Bearer {token}")), "{answer:?}");
}

#[tokio::test]
async fn the_api_may_get_a_short_token_of_the_gateways_own() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, [7; 32]).unwrap();
    let text = format!("token = \"internal\"\ninternal-key-file = \"{}\"\n", file.path().display());
    let world = World::with(&text).await;
    let answer = world.get_with("/a", &world.bare()).await;
    let token = answer.body.split("authorization: Bearer ").nth(1).unwrap().lines().next().unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &[7; 32]);
    let signed = format!("{}.{}", parts[0], parts[1]);
    let tag = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
    aws_lc_rs::hmac::verify(&key, signed.as_bytes(), &tag).unwrap();
    let said: serde_json::Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts[1]).unwrap()).unwrap();
    assert_eq!(said["sub"], claims().sub.to_string());
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 30);
}

#[tokio::test]
async fn s72_what_strangers_forward_is_not_believed() {
    let world = World::new().await;
    let lines = format!(
        "{}X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: evil.example\r\n\
         X-Forwarded-Proto: https\r\nX-Real-IP: 203.0.113.9\r\nForwarded: for=203.0.113.9\r\n\
         X-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\nX-Forwarded-Prefix: /admin\r\n",
        bearer(&world.bare())
    );
    let answer = world.get("/a", &lines).await;
    for forged in ["203.0.113.9", "evil.example", "/admin"] {
        assert!(!answer.body.contains(forged), "{forged} in {answer:?}");
    }
    let proto = "x-forwarded-for: 127.0.0.1\r\nx-forwarded-proto: http\r\n";
    assert!(answer.body.contains(proto), "{answer:?}");
}

#[tokio::test]
async fn s72_what_a_listed_proxy_forwards_is_handed_on() {
    let world = World::with("behind-proxy = [\"127.0.0.0/8\"]").await;
    let lines = format!(
        "{}X-Forwarded-For: 203.0.113.9\r\nX-Forwarded-Host: api.example.org\r\n\
         X-Forwarded-Proto: https\r\n",
        bearer(&world.bare())
    );
    let answer = world.get("/a", &lines).await;
    for line in [
        "x-forwarded-for: 203.0.113.9, 127.0.0.1\r\n",
        "x-forwarded-proto: https\r\n",
        "x-forwarded-host: api.example.org\r\n",
    ] {
        assert!(answer.body.contains(line), "{line} in {answer:?}");
    }
}

#[tokio::test]
async fn what_connection_lists_goes_and_what_makes_the_request_stays() {
    let world = World::new().await;
    let lines = format!(
        "{}Connection: x-hop, host, content-type, close\r\nX-Hop: a\r\nContent-Type: text/x\r\n",
        bearer(&world.bare())
    );
    let answer = world.get("/a", &lines).await;
    assert!(!answer.body.contains("x-hop"), "{answer:?}");
    assert!(answer.body.contains("content-type: text/x") && answer.body.contains("host: api."));
}

#[tokio::test]
async fn what_is_about_the_apis_connection_stays_there() {
    let echo = Echo::answering("Connection: x-hop\r\nX-Hop: a\r\nKeep-Alive: x\r\n").await;
    let world = World::before(echo, "").await;
    let answer = world.get_with("/a", &world.bare()).await;
    assert_eq!((answer.header("x-hop"), answer.header("keep-alive")), (None, None));
}

#[tokio::test]
async fn the_host_is_kept_or_that_of_the_upstream() {
    let world = World::new().await;
    let answer = world.get_with("/a", &world.bare()).await;
    assert!(answer.body.contains("host: api.example.com\r\n"), "{answer:?}");
    let world = World::with("host = \"upstream\"").await;
    let answer = world.get_with("/a", &world.bare()).await;
    assert!(answer.body.contains(&format!("host: {}\r\n", world.echo.address)), "{answer:?}");
}

#[tokio::test]
async fn the_default_port_is_not_to_be_named_and_strange_hosts_are_not_served() {
    let world = World::with("authorities = [\"api.example.com\"]").await;
    let lines = bearer(&world.bare());
    let ask = |host: &'static str| {
        let request = format!("GET /a HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n");
        let world = &world;
        async move { world.raw(request.as_bytes()).await.unwrap() }
    };
    assert_eq!(ask("api.example.com").await.status, 200);
    assert_eq!(ask("API.example.com").await.status, 200);
    let port = ask("api.example.com:80").await;
    assert_eq!(port.status, 400);
    assert!(port.body.contains("Call api.example.com without a port"), "{port:?}");
    assert_eq!(ask("api.example.com:8443").await.status, 421);
    assert_eq!(ask("evil.example").await.status, 421);
    let two = format!("GET /a HTTP/1.1\r\nHost: api.example.com\r\nHost: b\r\n{lines}\r\n");
    assert_eq!(world.raw(two.as_bytes()).await.unwrap().status, 400);
    let both = format!("GET http://b/a HTTP/1.1\r\nHost: api.example.com\r\n{lines}\r\n");
    assert_eq!(world.raw(both.as_bytes()).await.unwrap().status, 400);
}

#[tokio::test]
async fn a_limited_token_says_so() {
    let world = World::new().await;
    let limited = Claims { organizations: Some(vec![organization(2)]), ..claims() };
    let path = format!("/organizations/{}", organization(1));
    assert_eq!(world.get_with(&path, &world.token(&limited)).await.status, 403);
}

#[tokio::test]
async fn s71_the_header_that_was_judged_by_is_not_taken_out_by_listing_it() {
    let world = World::with(
        "[[route]]\npath = \"/reports/**\"\norganization = { header = \"X-Organization\" }\n",
    )
    .await;
    let id = organization(2);
    for listed in ["x-organization", "X-Request-Id, X-Organization", "close, x-organization"] {
        let lines = format!(
            "{}Connection: {listed}\r\nX-Organization: {id}\r\nX-Organization_: {FORGED}\r\n",
            bearer(&world.bare())
        );
        let answer = world.get("/reports/x", &lines).await;
        assert!(answer.body.contains(&format!("x-organization: {id}\r\n")), "{answer:?}");
        assert!(answer.body.contains("x-request-id: ") && !answer.body.contains(FORGED));
    }
}

#[tokio::test]
async fn s71_no_connect_and_no_trace_reaches_the_api() {
    let world = World::new().await;
    let token = bearer(&world.bare());
    for method in ["CONNECT", "TRACE"] {
        for target in ["/public/x", "/x", "api.example.com:80", "http://api.example.com/x", "*"] {
            let request =
                format!("{method} {target} HTTP/1.1\r\nHost: api.example.com\r\n{token}\r\n");
            let answer = world.raw(request.as_bytes()).await;
            assert!(answer.is_none_or(|answer| answer.status == 400), "{method} {target}");
        }
    }
    assert_eq!(world.echo.count(), 0);
}
