use keymoor_core::UnixTime;
use keymoor_sso::oidc::TokenFault;
use serde_json::{Value, json};

use super::idp::{Flow, NOW, refused};

/// The claim `name`, so many seconds after now.
fn at(name: &'static str, seconds: i64) -> impl FnOnce(&mut Value) {
    move |claims| claims[name] = json!(NOW.plus(seconds).seconds())
}

#[test]
fn s57_an_expired_token_is_refused() {
    let flow = Flow::es256();
    let expired = |seconds: i64| {
        flow.claiming(|claims| {
            at("iat", -300)(claims);
            at("exp", seconds)(claims);
        })
    };
    refused(expired(-60), TokenFault::Expired);
    assert!(expired(-59).is_ok(), "clocks may differ by a minute");
}

#[test]
fn s57_a_token_of_the_future_is_refused() {
    let flow = Flow::es256();
    refused(flow.claiming(at("iat", 61)), TokenFault::NotYetValid);
    refused(flow.claiming(at("nbf", 61)), TokenFault::NotYetValid);
    assert!(flow.claiming(at("iat", 60)).is_ok());
    assert!(flow.claiming(at("nbf", 60)).is_ok());
}

#[test]
fn s57_an_old_token_is_refused() {
    let flow = Flow::es256();
    refused(flow.claiming(at("iat", -601)), TokenFault::Old);
    assert!(flow.claiming(at("iat", -600)).is_ok());
}

#[test]
fn s57_a_missing_time_is_refused() {
    let flow = Flow::es256();
    for name in ["exp", "iat"] {
        let without = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove(name));
        refused(flow.claiming(without), TokenFault::Claim(name));
    }
}

#[test]
fn s57_a_time_that_is_no_whole_number_is_refused() {
    let flow = Flow::es256();
    let now = NOW.seconds();
    let good = now + 30;
    let texts = [
        format!("\"{good}\""),
        format!("{good}.5"),
        format!("{good}.0"),
        "1.8e9".to_owned(),
        "1e400".to_owned(),
        "-1".to_owned(),
        "-0".to_owned(),
        "253402300800".to_owned(),
        "9223372036854775807".to_owned(),
        "9223372036854775808".to_owned(),
        "18446744073709551616".to_owned(),
        "NaN".to_owned(),
        "null".to_owned(),
        "true".to_owned(),
        format!("[{good}]"),
        format!("0{good}"),
    ];
    for name in ["exp", "iat", "nbf", "auth_time"] {
        for text in &texts {
            let mut claims = flow.claims();
            claims[name] = json!("@@");
            let claims = claims.to_string().replace("\"@@\"", text);
            let token = flow.key.jwt(&flow.key.header().to_string(), &claims);
            let refusal = flow.with(&token).unwrap_err().to_string();
            let (claim, form) = (TokenFault::Claim(name), TokenFault::Malformed);
            let told = refusal.ends_with(&claim.to_string());
            assert!(told || refusal.ends_with(&form.to_string()), "{name} {text}: {refusal}");
        }
    }
}

#[test]
fn s57_a_token_that_ends_before_it_begins_is_refused() {
    let flow = Flow::es256();
    let reversed = |claims: &mut Value| {
        at("iat", 30)(claims);
        at("exp", 30)(claims);
    };
    refused(flow.claiming(reversed), TokenFault::Claim("exp"));
}

#[test]
fn s57_a_forced_sign_in_needs_a_new_proof() {
    let flow = Flow::forced();
    refused(flow.claiming(|_| ()), TokenFault::Claim("auth_time"));
    // It was begun 30 seconds ago, and clocks may differ by a minute.
    refused(flow.claiming(at("auth_time", -91)), TokenFault::NotAnew);
    assert!(flow.claiming(at("auth_time", -90)).is_ok());
    assert!(flow.claiming(at("auth_time", -5)).is_ok());
}

#[test]
fn s57_a_proof_in_the_future_is_refused() {
    let flow = Flow::es256();
    refused(flow.claiming(at("auth_time", 61)), TokenFault::NotYetValid);
}

#[test]
fn no_time_of_ours_makes_it_panic() {
    let flow = Flow::es256();
    for now in [i64::MIN, -1, 0, i64::MAX] {
        assert!(flow.finish_at(UnixTime::from_seconds(now)).is_err());
    }
}
