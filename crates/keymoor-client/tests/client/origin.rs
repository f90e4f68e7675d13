//! Where secrets and tokens go, and where they never do.

use keymoor_client::{Call, Client, Endpoints, Error, Kind, endpoints::EndpointError};

use crate::support::{SECRET, Say, Server, World, credentials};

fn base(api: &str) -> Endpoints {
    Endpoints::new("https://accounts.example.com/token", api).unwrap()
}

fn refused(target: &str) -> EndpointError {
    base("https://api.example.com/api").resolve(target).unwrap_err()
}

#[test]
fn acquias_urls_are_those_of_its_documentation() {
    let acquia = Endpoints::acquia();
    let token_url = "https://accounts.acquia.com/api/auth/oauth/token";
    assert_eq!(acquia.token_url().as_str(), token_url);
    assert_eq!(acquia.api_base().as_str(), "https://cloud.acquia.com/api");
}

#[test]
fn a_path_is_below_the_base_with_or_without_the_bases_own_path() {
    let base = base("https://api.example.com/api/");
    for target in ["/account", "account", "/api/account", "https://api.example.com/api/account"] {
        let url = base.resolve(target).unwrap();
        assert_eq!(url.as_str(), "https://api.example.com/api/account", "{target}");
    }
    let url = base.resolve("/apis/x?a=b&c=%2F").unwrap();
    assert_eq!(url.as_str(), "https://api.example.com/api/apis/x?a=b&c=%2F");
}

#[test]
fn a_port_that_the_base_lacks_is_refused_with_the_reason() {
    for target in [
        "https://api.example.com:443/api/account",
        "https://api.example.com:8443/api/account",
        "https://api.example.com:/api/account",
        "HTTPS://api.example.com:443",
        "https://u@api.example.com:443?x",
    ] {
        let error = refused(target);
        assert!(matches!(error, EndpointError::Port { .. }), "{target}: {error:?}");
        assert!(error.to_string().contains("may not include a port"), "{error}");
    }
}

#[test]
fn a_port_that_the_base_has_is_its_own() {
    let base = base("https://api.example.com:8443/api");
    assert!(base.resolve("https://api.example.com:8443/api/x").is_ok());
    assert!(base.resolve("https://api.example.com/api/x").is_err());
    assert!(base.resolve("https://api.example.com:443/api/x").is_err());
}

#[test]
fn s97_another_origin_is_refused_before_anything_is_sent() {
    for target in [
        "http://api.example.com/api/account",
        "https://evil.example/api/account",
        "https://api.example.com.evil.example/api",
        "https://api.example.com@evil.example/api",
        "https://user:pass@api.example.com/api",
        "//evil.example/account",
        "/\\evil.example/account",
        "\\\\evil.example",
        "https:\\\\evil.example",
        "/../x",
        "/a/%2E%2e/x",
        "/a b",
        "/a\nb",
        "/a#b",
        "ftp://api.example.com/x",
        "javascript://api.example.com/x",
    ] {
        let error = Error::from(refused(target));
        assert_eq!(error.kind(), Kind::Usage, "{target}");
        assert!(!error.hint().is_empty());
    }
}

#[test]
fn secrets_go_over_tls_or_stay_on_this_machine() {
    for origin in ["http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1", "https://k.eu"]
    {
        assert!(Endpoints::at(origin).is_ok(), "{origin}");
    }
    for origin in ["http://k.eu", "http://10.0.0.1", "ftp://k.eu", "k.eu", "", "https://k.eu/api"] {
        assert!(Endpoints::at(origin).is_err(), "{origin}");
    }
    assert!(Endpoints::new("https://u:p@k.eu/token", "https://k.eu/api").is_err());
}

/// A second server, which nothing of ours may reach.
async fn stranger() -> Server {
    Server::start(|_| Say::status(200)).await
}

#[tokio::test]
async fn s97_the_secret_follows_no_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let stranger = stranger().await;
        let to = format!("{}/token", stranger.origin);
        let world = World::scripted(move |_| Say::redirect(status, &to)).await;
        let error = world.client().token().await.unwrap_err();
        assert!(matches!(error, Error::Redirect { .. }), "{status}: {error:?}");
        assert!(stranger.seen().is_empty(), "{status}");
        assert_eq!(world.server.seen().len(), 1);
    }
}

#[tokio::test]
async fn s97_the_secret_follows_no_redirect_on_its_own_server_either() {
    let world = World::scripted(|_| Say::redirect(307, "/elsewhere")).await;
    assert!(world.client().token().await.is_err());
    let elsewhere = world.server.seen().into_iter().filter(|seen| seen.body.contains("secret"));
    assert_eq!(elsewhere.count(), 1);
    assert!(SECRET.contains("secret"));
}

#[tokio::test]
async fn s97_the_token_does_not_follow_a_hostile_307_to_another_port() {
    for call in [Call::get("/x"), Call::post("/x"), Call::delete("/x")] {
        let stranger = stranger().await;
        let to = format!("{}/steal", stranger.origin);
        let world = World::new(move |_| Say::redirect(307, &to)).await;
        let error = world.client().call(call).await.unwrap_err();
        assert!(matches!(error, Error::Redirect { .. }), "{error:?}");
        assert!(stranger.seen().is_empty());
    }
}

#[tokio::test]
async fn s97_the_token_does_not_follow_to_another_name_of_the_same_server() {
    let world = World::new(|_| Say::status(200)).await;
    let to = format!("{}/x", world.server.origin.replace("127.0.0.1", "localhost"));
    let world = World::new(move |_| Say::redirect(302, &to)).await;
    assert!(world.client().get("/x").await.is_err());
}

#[tokio::test]
async fn a_redirect_within_the_origin_is_followed_with_the_token() {
    let world = World::new(|seen| match seen.path.as_str() {
        "/api/old" => Say::redirect(308, "/api/new"),
        _ => Say::status(200),
    })
    .await;
    let call = Call::post("/old").json(&1).unwrap();
    assert_eq!(world.client().call(call).await.unwrap().url().path(), "/api/new");
    let seen = &world.server.calls()[1];
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("POST", "1"));
    assert_eq!(seen.header("authorization"), Some("Bearer t1"));
}

#[tokio::test]
async fn a_redirect_after_a_post_becomes_a_get_without_the_body() {
    let world = World::new(|seen| match seen.path.as_str() {
        "/api/old" => Say::redirect(303, "/api/new"),
        _ => Say::status(200),
    })
    .await;
    world.client().call(Call::post("/old").json(&1).unwrap()).await.unwrap();
    let seen = &world.server.calls()[1];
    assert_eq!((seen.method.as_str(), seen.body.as_str()), ("GET", ""));
    assert_eq!(seen.header("content-type"), None);
}

#[tokio::test]
async fn redirects_in_a_circle_end() {
    let world = World::new(|_| Say::redirect(302, "/api/x")).await;
    let error = world.client().get("/x").await.unwrap_err();
    assert!(matches!(error, Error::Redirect { .. }), "{error:?}");
    assert_eq!(world.server.calls().len(), 6);
}

#[tokio::test]
async fn s97_a_request_of_reqwests_to_elsewhere_is_refused() {
    let (world, stranger) = (World::new(|_| Say::status(200)).await, stranger().await);
    let request = reqwest::Client::new().get(&stranger.origin).build().unwrap();
    let client: Client = world.client();
    assert_eq!(client.execute(request).await.unwrap_err().kind(), Kind::Usage);
    assert!(world.server.seen().is_empty() && stranger.seen().is_empty());
    assert_eq!(credentials().secret.expose(), SECRET);
}
