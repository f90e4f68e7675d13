use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, http::StatusCode, response::IntoResponse, routing::get};
use keymoor_core::{
    Clock,
    access::Target,
    claims::Claims,
    jwks::Jwks,
    jwt::{Algorithm, Signer, TokenFault},
    refusal::Refusal,
};
use keymoor_guard::{Guard, KeySource, RemoteKeys, SystemClock};
use keymoor_testkit::{claims, signer};
use tokio::net::TcpListener;

use crate::support::{check, organization, scoped};

/// A server that publishes one answer at the place of its keys, and counts who asks.
struct Publisher {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Publisher {
    async fn new(answer: impl IntoResponse + Clone + Send + Sync + 'static) -> Self {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let handler = get(async move || {
            counted.fetch_add(1, Ordering::SeqCst);
            answer
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/.well-known/jwks.json", handler);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, asked }
    }

    async fn of(signer: &Signer) -> Self {
        Self::new(serde_json::to_string(&Jwks { keys: vec![signer.jwk().clone()] }).unwrap()).await
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// The claims of a token that this server issues now.
    fn claims(&self) -> Claims {
        let now = SystemClock.now();
        let (iss, aud) = (self.url.as_str().into(), format!("{}/api", self.url).into());
        Claims { iss, aud, iat: now, exp: now.plus(300), ..claims() }
    }
}

async fn ask(guard: &Guard, signer: &Signer, claims: &Claims, target: Target) -> Option<Refusal> {
    check(guard, &signer.sign(claims), target).await.err()
}

#[tokio::test]
async fn a_token_is_verified_with_keys_fetched_once() {
    let signer = signer(Algorithm::EdDsa);
    let server = Publisher::of(&signer).await;
    let guard = Guard::remote(&server.url).build().unwrap();
    for _ in 0..3 {
        assert_eq!(ask(&guard, &signer, &server.claims(), Target::General).await, None);
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s30_a_hundred_foreign_kids_at_once_make_one_fetch() {
    let server = Publisher::of(&signer(Algorithm::EdDsa)).await;
    let guard = Arc::new(Guard::remote(&server.url).build().unwrap());
    let one = || {
        let (guard, claims) = (guard.clone(), server.claims());
        let foreign = signer(Algorithm::EdDsa);
        tokio::spawn(async move { ask(&guard, &foreign, &claims, Target::General).await })
    };
    for asked in (0..100).map(|_| one()).collect::<Vec<_>>() {
        let refused = asked.await.unwrap();
        assert_eq!(refused, Some(Refusal::InvalidToken(TokenFault::UnknownKey)));
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn s75_without_keys_the_guard_denies_and_asks_once() {
    let signer = signer(Algorithm::EdDsa);
    let server = Publisher::new(StatusCode::INTERNAL_SERVER_ERROR).await;
    let guard = Guard::remote(&server.url).build().unwrap();
    for _ in 0..3 {
        let refused = ask(&guard, &signer, &server.claims(), Target::General).await;
        assert_eq!(refused, Some(Refusal::Unavailable));
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn s75_a_key_set_that_is_odd_empty_or_too_large_gives_no_keys() {
    let large = format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(64 * 1024));
    for body in ["", "[]", "{\"keys\":[]}", &large] {
        let server = Publisher::new(body.to_owned()).await;
        let keys = RemoteKeys::new(&server.url).unwrap();
        assert!(keys.refresh().await.is_err(), "{} bytes", body.len());
        assert!(keys.current().is_empty());
    }
}

#[tokio::test]
async fn s75_a_redirect_is_not_followed() {
    let real = Publisher::of(&signer(Algorithm::EdDsa)).await;
    let to = format!("{}/.well-known/jwks.json", real.url);
    let server = Publisher::new((StatusCode::TEMPORARY_REDIRECT, [("location", to)])).await;
    assert!(RemoteKeys::new(&server.url).unwrap().refresh().await.is_err());
    assert_eq!((server.asked(), real.asked()), (1, 0));
}

#[tokio::test]
async fn every_organization_is_federated_until_told_otherwise() {
    let signer = signer(Algorithm::EdDsa);
    let server = Publisher::of(&signer).await;
    let (listed, other) = (organization(1), organization(2));
    let target = Target::Organization(other);
    let all = Guard::remote(&server.url).build().unwrap();
    let refused = ask(&all, &signer, &server.claims(), target).await;
    assert_eq!(refused, Some(Refusal::AdditionalAuthentication(other)));
    let some = Guard::remote(&server.url).federated([listed]).build().unwrap();
    assert_eq!(ask(&some, &signer, &server.claims(), target).await, None);
    let scope = Claims { scope: scoped(Some(other), None).scope, ..server.claims() };
    assert_eq!(ask(&all, &signer, &scope, target).await, None);
}

#[tokio::test]
async fn s28_another_audience_can_be_asked_for() {
    let signer = signer(Algorithm::EdDsa);
    let server = Publisher::of(&signer).await;
    let guard = Guard::remote(&server.url).audience("https://api.example.com").build().unwrap();
    let refused = ask(&guard, &signer, &server.claims(), Target::General).await;
    assert_eq!(refused, Some(Refusal::InvalidToken(TokenFault::Audience)));
    let ours = Claims { aud: "https://api.example.com".into(), ..server.claims() };
    assert_eq!(ask(&guard, &signer, &ours, Target::General).await, None);
}

#[test]
fn keys_come_by_https_or_from_this_machine() {
    let good = ["https://auth.example.com", "http://localhost:1", "http://[::1]:1"];
    let bad =
        ["http://auth.example.com", "http://localhost.evil", "http://127.0.0.1@evil", "x", ""];
    assert!(good.iter().all(|issuer| RemoteKeys::new(issuer).is_ok()));
    assert!(bad.iter().all(|issuer| RemoteKeys::new(issuer).is_err()));
}
