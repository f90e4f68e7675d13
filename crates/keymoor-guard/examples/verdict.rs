//! Lets a remembered token through so many times, so that `bench/instructions` can count.

use std::{collections::HashSet, sync::Arc};

use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::{
    access::Target,
    jwt::{Algorithm, KeySet},
    refusal::Pointers,
};
use keymoor_guard::{ConfiguredDirectory, FixedKeys, Guard, GuardConfig};
use keymoor_testkit::{NOW, SteppedClock, claims, expectation, signer};

fn main() {
    let times: u64 = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(1);
    let signer = signer(Algorithm::Es256);
    let keys = FixedKeys::new(KeySet::from_iter([signer.verification_key()]));
    let at = |path: &str| format!("https://auth.example.com{path}");
    let pointers = Pointers {
        token: at("/api/auth/oauth/token"),
        documentation: at("/api/openapi.json"),
        resource_metadata: at("/.well-known/oauth-protected-resource"),
    };
    let config = GuardConfig { expectation: expectation(), pointers };
    let directory = Arc::new(ConfiguredDirectory::Federated(HashSet::new()));
    let guard = Guard::new(config, Arc::new(keys), directory, Arc::new(SteppedClock::new(NOW)));
    let value = HeaderValue::try_from(format!("Bearer {}", signer.sign(&claims())));
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, value.expect("a token is a header value"));
    let uri = Uri::from_static("/reports");
    for _ in 0..times {
        let verdict = guard.check(&headers, &uri, Target::General).now_or_never();
        assert!(verdict.is_some_and(|verdict| verdict.is_ok()), "it is let through at once");
    }
}
