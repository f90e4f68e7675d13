use keymoor_sso::oidc::TokenFault;
use serde_json::{Value, json};

use super::idp::{Flow, ISSUER, refused};

fn set(name: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |claims| claims[name] = value
}

fn without(name: &'static str) -> impl FnOnce(&mut Value) {
    move |claims| drop(claims.as_object_mut().unwrap().remove(name))
}

#[test]
fn s57_a_token_of_another_issuer_is_refused() {
    let flow = Flow::es256();
    let wrong = [format!("{ISSUER}/"), "https://other.example.com".to_owned(), String::new()];
    for iss in wrong {
        refused(flow.claiming(set("iss", json!(iss))), TokenFault::Issuer);
    }
    refused(flow.claiming(without("iss")), TokenFault::Issuer);
    refused(flow.claiming(set("iss", json!([ISSUER]))), TokenFault::Claim("iss"));
}

#[test]
fn s57_a_token_for_another_client_is_refused() {
    let flow = Flow::es256();
    for aud in
        [json!("other"), json!(["other"]), json!([]), json!(""), json!("client "), json!("Client")]
    {
        refused(flow.claiming(set("aud", aud)), TokenFault::Audience);
    }
}

#[test]
fn s57_an_audience_that_is_none_is_refused() {
    let flow = Flow::es256();
    for aud in [
        json!(null),
        json!(7),
        json!({"client": "client"}),
        json!(["client", 7]),
        json!([["client"]]),
    ] {
        refused(flow.claiming(set("aud", aud)), TokenFault::Claim("aud"));
    }
    refused(flow.claiming(without("aud")), TokenFault::Claim("aud"));
}

#[test]
fn s57_several_audiences_without_a_party_are_refused() {
    let flow = Flow::es256();
    let several = set("aud", json!(["client", "other"]));
    refused(flow.claiming(several), TokenFault::AuthorizedParty);
}

#[test]
fn s57_another_party_is_refused() {
    let flow = Flow::es256();
    refused(flow.claiming(set("azp", json!("other"))), TokenFault::AuthorizedParty);
    refused(flow.claiming(set("azp", json!(["client"]))), TokenFault::Claim("azp"));
    let several = |claims: &mut Value| {
        claims["aud"] = json!(["client", "other"]);
        claims["azp"] = json!("other");
    };
    refused(flow.claiming(several), TokenFault::AuthorizedParty);
}

#[test]
fn s57_a_subject_that_is_no_name_is_refused() {
    let flow = Flow::es256();
    let long = "s".repeat(256);
    let wrong = [
        json!(""),
        json!(long),
        json!(7),
        json!(null),
        json!("a\u{0}b"),
        json!("a\nb"),
        json!("аnn"),
        json!(["a"]),
    ];
    for sub in wrong {
        refused(flow.claiming(set("sub", sub)), TokenFault::Claim("sub"));
    }
    refused(flow.claiming(without("sub")), TokenFault::Claim("sub"));
    assert!(flow.claiming(set("sub", json!("s".repeat(255)))).is_ok());
}

#[test]
fn s57_a_session_that_is_no_name_is_refused() {
    let flow = Flow::es256();
    for sid in [json!(""), json!(7), json!("a\u{7f}"), json!("s".repeat(256))] {
        refused(flow.claiming(set("sid", sid)), TokenFault::Claim("sid"));
    }
    assert_eq!(flow.claiming(without("sid")).unwrap().session, None);
}

#[test]
fn s57_another_access_token_is_refused() {
    let flow = Flow::es256();
    for hash in [json!(""), json!("AAAAAAAAAAAAAAAAAAAAAA")] {
        refused(flow.claiming(set("at_hash", hash)), TokenFault::AccessToken);
    }
    refused(flow.claiming(set("at_hash", json!(7))), TokenFault::Claim("at_hash"));
}

#[test]
fn s57_a_claim_that_comes_twice_is_refused() {
    let flow = Flow::es256();
    for twice in [r#"{"sub":"other","#, r#"{"s\u0075b":"other","#] {
        let claims = flow.claims().to_string().replacen('{', twice, 1);
        let token = flow.key.jwt(&flow.key.header().to_string(), &claims);
        refused(flow.with(&token), TokenFault::Malformed);
    }
}

#[test]
fn an_address_or_name_that_cannot_be_shown_is_left_out() {
    let flow = Flow::es256();
    for told in [json!(7), json!(""), json!("a\nb"), json!("a\u{202e}b"), json!("a".repeat(321))] {
        let identity = flow.claiming(|claims| {
            claims["email"] = told.clone();
            claims["name"] = told;
        });
        let identity = identity.unwrap();
        assert_eq!((identity.email, identity.name), (None, None));
    }
}

#[test]
fn what_is_shown_of_a_claim_is_bounded_and_without_controls() {
    let long = "é\u{0}\u{202e}".repeat(2000);
    let identity = Flow::es256().claiming(set("x", json!([long.clone(), {"y": long}])));
    let claims = identity.unwrap().claims;
    let shown = &claims.iter().find(|claim| claim.name == "x").unwrap().values;
    assert_eq!(shown.len(), 2);
    for value in shown {
        assert!(value.chars().count() <= 1001 && !value.contains(['\u{0}', '\u{202e}']));
    }
}

#[test]
fn s62_a_logout_token_is_no_id_token() {
    let flow = Flow::es256();
    let event = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
    refused(flow.claiming(set("events", event)), TokenFault::Forbidden("events"));
    let typed = flow.heading(|header| header["typ"] = json!("logout+jwt"));
    refused(typed, TokenFault::Type("JWT"));
}
