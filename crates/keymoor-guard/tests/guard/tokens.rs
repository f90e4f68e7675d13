use keymoor_core::{access::Target, claims::Claims, jwt::TokenFault, refusal::Refusal};
use keymoor_testkit::{claims, signer};

use crate::support::{World, check};

async fn fault(claims: &Claims) -> Option<TokenFault> {
    match World::new().ask(claims, Target::General).await {
        Err(Refusal::InvalidToken(fault)) => Some(fault),
        other => {
            other.unwrap();
            None
        }
    }
}

#[tokio::test]
async fn s28_another_issuer_or_audience_is_refused() {
    let (right_iss, right_aud) = (claims().iss, claims().aud);
    let issuers = [right_iss.to_string(), format!("{right_iss}/"), "https://evil.example".into()];
    let audiences = [right_aud.to_string(), right_iss.to_string(), String::new()];
    for iss in &issuers {
        for aud in &audiences {
            let asked = Claims { iss: iss.as_str().into(), aud: aud.as_str().into(), ..claims() };
            let expected = match (iss.as_str() == &*right_iss, aud.as_str() == &*right_aud) {
                (false, _) => Some(TokenFault::Issuer),
                (true, false) => Some(TokenFault::Audience),
                (true, true) => None,
            };
            assert_eq!(fault(&asked).await, expected, "iss {iss}, aud {aud}");
        }
    }
}

#[tokio::test]
async fn a_token_of_every_algorithm_gets_through() {
    for algorithm in keymoor_core::jwt::Algorithm::ALL {
        let (world, signer) = (World::new(), signer(algorithm));
        world.keys.replace(crate::support::key_set(&signer));
        let access = check(&world.guard, &signer.sign(&claims()), Target::General).await;
        assert_eq!(access.unwrap().claims().sub, claims().sub, "{algorithm}");
    }
}

#[tokio::test]
async fn s26_a_changed_signature_is_refused_beside_the_remembered_token() {
    let world = World::new();
    let token = world.signer.sign(&claims());
    assert!(check(&world.guard, &token, Target::General).await.is_ok());
    let cut = &token[..token.len() - 2];
    assert!(check(&world.guard, cut, Target::General).await.is_err());
}
