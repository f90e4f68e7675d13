use keymoor_core::explain::RequestId;
use keymoor_gateway::print::Proxy;
use keymoor_testkit::{
    bypass::{FORGED, forged_headers, hidden_paths, hiding_headers, misleading_headers, readings},
    claims,
};

use crate::{
    proxy::Running,
    support::{Answer, Echo, World, bearer, organization},
};

/// Sends a GET through the proxy.
async fn through(running: &Running, path: &str, lines: &str) -> Option<Answer> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: api.example.com\r\n{lines}\r\n");
    World::raw_to(running.address, request.as_bytes()).await
}

/// What clients send in `Authorization`.
fn kinds(world: &World) -> [String; 6] {
    [
        String::new(),
        bearer(&world.bare()),
        bearer(&world.scoped(organization(1))),
        "Authorization: Basic YTpi\r\n".to_owned(),
        "Authorization: Bearer a.b.c\r\n".to_owned(),
        "Authorization: acquia-http-hmac realm=\"x\",id=\"y\"\r\n".to_owned(),
    ]
}

fn paths() -> [String; 7] {
    [
        format!("/organizations/{}/x", organization(1)),
        format!("/organizations/{}/x", organization(2)),
        "/organizations/none".to_owned(),
        "/public/x".to_owned(),
        "/x?access_token=a".to_owned(),
        "/x;a=b".to_owned(),
        "/x".to_owned(),
    ]
}

/// The same verdict as the gateway gives to who calls it directly: status, body and challenge.
async fn same_verdict(proxy: Proxy) {
    let running = Running::start(proxy).await;
    let direct = World::of(Echo::start().await, &Running::guarding(&running.api)).await;
    for world in [&running.world, &direct] {
        world.federate(organization(1));
    }
    for path in paths() {
        for (lines, directly) in kinds(&running.world).iter().zip(kinds(&direct)) {
            let expected = direct.get(&path, &directly).await;
            let got = through(&running, &path, lines).await.unwrap();
            alike(&got, &expected, &format!("{proxy:?} {path} {lines}"));
            if got.status == 200 {
                let account = format!("x-keymoor-account: {}\r\n", claims().sub);
                let named = got.body.to_lowercase().contains(&account);
                assert_eq!(named, !path.starts_with("/public"), "{path}: {got:?}");
                assert!(!got.body.contains(['{', '$']), "{path}: {got:?}");
                assert!(!got.body.contains("Bearer"), "{path}: {got:?}");
            }
        }
    }
}

fn alike(got: &Answer, expected: &Answer, case: &str) {
    assert_eq!(got.status, expected.status, "{case}: {got:?}");
    if expected.status != 200 {
        let challenge = |answer: &Answer| answer.header("www-authenticate").map(str::to_owned);
        assert_eq!(got.body, expected.body, "{case}");
        let id = got.header("x-request-id").unwrap_or_default();
        assert!(id.parse::<RequestId>().is_ok(), "{case}: by it, it is explained: {got:?}");
        assert_eq!(challenge(got), challenge(expected), "{case}: {got:?}");
        assert!(got.head.matches("www-authenticate").count() <= 1, "{case}: {got:?}");
    }
}

/// Nothing of the corpus gets past it: no forged identity, no hidden organization.
async fn no_bypass(proxy: Proxy) {
    let running = Running::start(proxy).await;
    let ours = organization(1);
    running.world.federate(ours);
    let token = bearer(&running.world.bare());
    for lines in forged_headers().into_iter().chain(misleading_headers()) {
        for (path, token) in [("/public/x", ""), ("/x", &*token)] {
            if let Some(answer) = through(&running, path, &format!("{token}{lines}")).await {
                assert!(!answer.body.contains(FORGED), "{proxy:?} {path} {lines}: {answer:?}");
            }
        }
    }
    for path in hidden_paths(&ours.to_string()) {
        for lines in ["", &token] {
            let before = running.api.count();
            let answer = through(&running, &path, lines).await;
            if running.api.count() > before {
                let body = answer.unwrap().body;
                let served = body.split(' ').nth(1).unwrap();
                let inner = |path: &String| path.starts_with("/organizations/");
                let hidden = readings(served).iter().any(inner);
                assert!(!hidden, "{proxy:?}: {path} was served as {served}");
            }
        }
    }
}

/// The API hears who calls, whatever a client says of its connection.
async fn identity_arrives(proxy: Proxy) {
    let running = Running::start(proxy).await;
    let token = bearer(&running.world.bare());
    let expected = claims();
    let mut served = 0;
    for lines in hiding_headers() {
        let before = running.api.count();
        let answer = through(&running, "/x", &format!("{token}{lines}")).await.unwrap();
        // Some refuse it by themselves.
        if answer.status == 400 && running.api.count() == before {
            continue;
        }
        served += 1;
        let body = answer.body.to_lowercase();
        for (name, value) in [
            ("account", expected.sub.to_string()),
            ("client", expected.client_id.to_string()),
            ("token-id", expected.jti.to_string()),
        ] {
            let told = format!("x-keymoor-{name}: {value}\r\n");
            assert!(body.contains(&told), "{proxy:?} {lines}: {answer:?}");
        }
    }
    assert!(served > 0, "{proxy:?}");
}

/// What could stand for another method is refused where the method counts, and TRACE everywhere.
async fn methods_are_meant(proxy: Proxy) {
    let running = Running::start(proxy).await;
    let token = bearer(&running.world.bare());
    let host = "Host: api.example.com\r\nContent-Length: 0\r\n";
    for (line, lines) in [
        ("POST /methods/x", "X-HTTP-Method-Override: DELETE\r\n"),
        ("POST /methods/x", "x-http-method: DELETE\r\n"),
        ("POST /methods/x?_method=DELETE", ""),
        ("POST /methods/x?a=b&%5fmethod=DELETE", ""),
        ("TRACE /x", ""),
    ] {
        let before = running.api.count();
        let request = format!("{line} HTTP/1.1\r\n{host}{token}{lines}\r\n");
        let answer = World::raw_to(running.address, request.as_bytes()).await.unwrap();
        assert!([400, 405].contains(&answer.status), "{proxy:?} {line} {lines}: {answer:?}");
        assert_eq!(running.api.count(), before, "{proxy:?} {line} {lines}");
    }
    let plain = format!("POST /methods/x HTTP/1.1\r\n{host}{token}\r\n");
    assert_eq!(World::raw_to(running.address, plain.as_bytes()).await.unwrap().status, 200);
}

/// Nobody answers the proxy: nothing gets through.
async fn denies_in_silence(proxy: Proxy) {
    let mut running = Running::start(proxy).await;
    running.world.stop();
    let token = bearer(&running.world.bare());
    let mut last = 200;
    for _ in 0..200 {
        let answer = through(&running, "/x", &token).await;
        last = answer.map_or(0, |answer| answer.status);
        if last >= 500 {
            break;
        }
    }
    assert!(last >= 500, "{proxy:?}: {last}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_nginx_gives_the_same_verdict() {
    same_verdict(Proxy::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_caddy_gives_the_same_verdict() {
    same_verdict(Proxy::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_haproxy_before_the_gateway_gives_the_same_verdict() {
    same_verdict(Proxy::Haproxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_apache_before_the_gateway_gives_the_same_verdict() {
    same_verdict(Proxy::Apache).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_s73_nothing_gets_past_nginx() {
    no_bypass(Proxy::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_s73_nothing_gets_past_caddy() {
    no_bypass(Proxy::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_s73_nothing_gets_past_haproxy_and_the_gateway() {
    no_bypass(Proxy::Haproxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_s73_nothing_gets_past_apache_and_the_gateway() {
    no_bypass(Proxy::Apache).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s75_nginx_denies_while_nobody_answers() {
    denies_in_silence(Proxy::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s75_caddy_denies_while_nobody_answers() {
    denies_in_silence(Proxy::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_identity_arrives_behind_nginx() {
    identity_arrives(Proxy::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_nginx_let_no_method_stand_for_another() {
    methods_are_meant(Proxy::Nginx).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_identity_arrives_behind_caddy() {
    identity_arrives(Proxy::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_caddy_let_no_method_stand_for_another() {
    methods_are_meant(Proxy::Caddy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_identity_arrives_behind_haproxy_and_the_gateway() {
    identity_arrives(Proxy::Haproxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_haproxy_and_the_gateway_let_no_method_stand_for_another() {
    methods_are_meant(Proxy::Haproxy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_identity_arrives_behind_apache_and_the_gateway() {
    identity_arrives(Proxy::Apache).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_apache_and_the_gateway_let_no_method_stand_for_another() {
    methods_are_meant(Proxy::Apache).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_envoy_gives_the_same_verdict() {
    same_verdict(Proxy::Envoy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_traefik_gives_the_same_verdict() {
    same_verdict(Proxy::Traefik).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_s73_nothing_gets_past_envoy() {
    no_bypass(Proxy::Envoy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_s73_nothing_gets_past_traefik() {
    no_bypass(Proxy::Traefik).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s75_envoy_denies_while_nobody_answers() {
    denies_in_silence(Proxy::Envoy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s75_traefik_denies_while_nobody_answers() {
    denies_in_silence(Proxy::Traefik).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_identity_arrives_behind_envoy() {
    identity_arrives(Proxy::Envoy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s71_identity_arrives_behind_traefik() {
    identity_arrives(Proxy::Traefik).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_envoy_let_no_method_stand_for_another() {
    methods_are_meant(Proxy::Envoy).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s77_traefik_let_no_method_stand_for_another() {
    methods_are_meant(Proxy::Traefik).await;
}
