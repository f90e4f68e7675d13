use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use axum::{Json, Router, routing::get};
use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::{
    Clock as _, OrganizationId, TokenId,
    access::Target,
    claims::Claims,
    jwks::Jwks,
    jwt::{Algorithm, Signer, TokenFault},
    refusal::Refusal,
};
use keymoor_guard::{CannotGuard, Guard, SystemClock};
use keymoor_testkit::{claims, signer};

/// A server that publishes the key of `signer`, and how often it was asked.
async fn publish(signer: &Signer) -> (String, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let (count, jwks) = (asked.clone(), Jwks { keys: vec![signer.jwk().clone()] });
    let handler = move || async move {
        count.fetch_add(1, Ordering::SeqCst);
        Json(jwks)
    };
    let router = Router::new().route("/.well-known/jwks.json", get(handler));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, asked)
}

fn bearer(signer: &Signer, issuer: &str) -> HeaderMap {
    let now = SystemClock.now();
    let claims = Claims {
        iss: issuer.into(),
        aud: format!("{issuer}/api").into(),
        iat: now,
        exp: now.plus(300),
        jti: TokenId::from_random([3; 16]),
        ..claims()
    };
    let value = HeaderValue::from_str(&format!("Bearer {}", signer.sign(&claims))).unwrap();
    HeaderMap::from_iter([(AUTHORIZATION, value)])
}

async fn check(guard: &Guard, headers: &HeaderMap, target: Target) -> Option<Refusal> {
    guard.check(headers, &Uri::from_static("/"), target).await.err()
}

#[tokio::test]
async fn keys_are_fetched_when_the_first_token_comes_and_once_for_many() {
    let signer = signer(Algorithm::Es256);
    let (url, asked) = publish(&signer).await;
    let guard = Arc::new(Guard::remote(&url).build().unwrap());
    let headers = bearer(&signer, &url);
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let (guard, headers) = (guard.clone(), headers.clone());
            tokio::spawn(async move { check(&guard, &headers, Target::General).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), None);
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn s30_tokens_with_random_key_ids_make_one_fetch() {
    let ours = signer(Algorithm::Es256);
    let (url, asked) = publish(&ours).await;
    let guard = Guard::remote(&url).build().unwrap();
    for _ in 0..30 {
        let foreign = bearer(&signer(Algorithm::EdDsa), &url);
        let unknown = Refusal::InvalidToken(TokenFault::UnknownKey);
        assert_eq!(check(&guard, &foreign, Target::General).await, Some(unknown));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(check(&guard, &bearer(&ours, &url), Target::General).await, None);
}

#[tokio::test]
async fn s75_a_server_that_does_not_answer_denies() {
    let guard = Guard::remote("http://127.0.0.1:9").build().unwrap();
    let headers = bearer(&signer(Algorithm::EdDsa), "http://127.0.0.1:9");
    assert_eq!(check(&guard, &headers, Target::General).await, Some(Refusal::Unavailable));
}

#[tokio::test]
async fn every_organization_counts_as_federated_until_it_is_told_otherwise() {
    let signer = signer(Algorithm::Es256);
    let (url, _) = publish(&signer).await;
    let (one, other) = (OrganizationId::from_random([1; 16]), OrganizationId::from_random([2; 16]));
    let headers = bearer(&signer, &url);
    let guard = Guard::remote(&url).build().unwrap();
    let refused = check(&guard, &headers, Target::Organization(one)).await;
    assert_eq!(refused, Some(Refusal::AdditionalAuthentication(one)));
    let guard = Guard::remote(&url).federated([one]).build().unwrap();
    let refused = check(&guard, &headers, Target::Organization(one)).await;
    assert_eq!(refused, Some(Refusal::AdditionalAuthentication(one)));
    assert_eq!(check(&guard, &headers, Target::Organization(other)).await, None);
}

#[test]
fn keys_are_not_fetched_over_a_network_in_the_clear() {
    for url in
        ["http://auth.example.com", "ftp://127.0.0.1", "nonsense", "http://127.0.0.1.evil.example"]
    {
        assert!(matches!(Guard::remote(url).build(), Err(CannotGuard::Insecure(_))), "{url}");
    }
    for url in ["https://auth.example.com", "http://localhost:8080", "http://[::1]:8080"] {
        assert!(Guard::remote(url).build().is_ok(), "{url}");
    }
}
