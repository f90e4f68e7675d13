use keymoor_sso::{
    Identity,
    oidc::{OidcRefusal, TokenFault},
};
use serde_json::{Value, json};

use super::idp::{ACCESS_TOKEN, Flow, at};

/// Signs in with an ID Token that tells little, and those words at the userinfo endpoint.
fn told(info: &Value) -> (Flow, Result<Identity, OidcRefusal>) {
    let mut flow = Flow::es256();
    flow.metadata.userinfo_endpoint = Some(at("me"));
    flow.idp.json(&at("me"), info);
    let answer = flow.claiming(|claims| {
        let claims = claims.as_object_mut().unwrap();
        claims.remove("email");
        claims.remove("name");
    });
    (flow, answer)
}

#[test]
fn what_the_id_token_leaves_out_is_asked_for() {
    let info = json!({"sub": "subject-1", "email": "ann@example.com", "name": "Ann"});
    let (flow, identity) = told(&info);
    let identity = identity.unwrap();
    assert_eq!(identity.email.as_deref(), Some("ann@example.com"));
    assert_eq!(identity.name.as_deref(), Some("Ann"));
    assert!(identity.claims.iter().any(|claim| claim.name == "email"));
    let header = flow.idp.header(&at("me"), "authorization").unwrap();
    assert_eq!(header, format!("Bearer {ACCESS_TOKEN}"));
}

#[test]
fn s57_what_is_told_of_somebody_else_is_refused() {
    for sub in [json!("subject-2"), json!(""), json!(null), json!(["subject-1"])] {
        let (_, answer) = told(&json!({"sub": sub, "email": "eve@example.com"}));
        let fault = TokenFault::Claim("sub at the userinfo endpoint");
        assert_eq!(answer.unwrap_err(), OidcRefusal::Token(fault));
    }
    assert!(told(&json!({"email": "eve@example.com"})).1.is_err());
}

#[test]
fn s57_what_is_told_changes_nothing_that_is_signed() {
    let mut flow = Flow::es256();
    flow.metadata.userinfo_endpoint = Some(at("me"));
    let info = json!({"sub": "subject-1", "email": "eve@example.com", "email_verified": true,
        "sid": "other", "name": "Ann"});
    flow.idp.json(&at("me"), &info);
    let change = |claims: &mut Value| {
        claims["email_verified"] = json!(false);
        claims.as_object_mut().unwrap().remove("name");
    };
    let identity = flow.claiming(change).unwrap();
    assert_eq!(identity.email.as_deref(), Some("ann@example.com"));
    assert_eq!(identity.session.as_deref(), Some("session-1"));
    let verified: Vec<_> =
        identity.claims.iter().filter(|claim| claim.name == "email_verified").collect();
    assert!(verified.len() == 1 && verified[0].values == ["false"]);
}

#[test]
fn nothing_is_asked_when_everything_is_known() {
    let mut flow = Flow::es256();
    flow.metadata.userinfo_endpoint = Some(at("me"));
    flow.finish().unwrap();
    assert_eq!(flow.idp.count(&at("me")), 0);
}

#[test]
fn an_endpoint_that_says_nothing_usable_hinders_nobody() {
    let mut flow = Flow::es256();
    flow.metadata.userinfo_endpoint = Some(at("me"));
    let without = |claims: &mut Value| drop(claims.as_object_mut().unwrap().remove("email"));
    assert_eq!(flow.claiming(without).unwrap().email, None);
    flow.idp.put(&at("me"), 403, "application/json", r#"{"sub":"subject-2"}"#);
    assert_eq!(flow.claiming(without).unwrap().email, None);
    flow.idp.put(&at("me"), 200, "application/jwt", "a.b.c");
    assert_eq!(flow.claiming(without).unwrap().email, None);
}

/// What is said of `email_verified` in the end.
fn verified(identity: &Identity) -> Vec<&str> {
    let all = identity.claims.iter().filter(|claim| claim.name == "email_verified");
    all.flat_map(|claim| claim.values.iter().map(String::as_str)).collect()
}

#[test]
fn s58_an_address_is_verified_by_the_document_that_names_it() {
    let info = json!({"sub": "subject-1", "email": "eve@example.com", "name": "Ann"});
    let mut flow = Flow::es256();
    flow.metadata.userinfo_endpoint = Some(at("me"));
    flow.idp.json(&at("me"), &info);
    let change = |claims: &mut Value| {
        claims["email_verified"] = json!(true);
        claims.as_object_mut().unwrap().remove("email");
    };
    let identity = flow.claiming(change).unwrap();
    assert_eq!(identity.email.as_deref(), Some("eve@example.com"));
    assert_eq!(verified(&identity), [""; 0], "the ID Token names no address");
    let other = json!({"sub": "subject-1", "email": "eve@example.com", "email_verified": true});
    flow.idp.json(&at("me"), &other);
    let change = |claims: &mut Value| {
        let claims = claims.as_object_mut().unwrap();
        claims.remove("email_verified");
        claims.remove("name");
    };
    let identity = flow.claiming(change).unwrap();
    assert_eq!(identity.email.as_deref(), Some("ann@example.com"));
    assert_eq!(verified(&identity), [""; 0], "of another address");
    flow.idp.json(&at("me"), &json!({"sub": "subject-1", "email_verified": true}));
    assert_eq!(verified(&flow.claiming(change).unwrap()), [""; 0], "of no address");
}

#[test]
fn an_address_and_its_verification_are_taken_from_the_userinfo_endpoint_together() {
    let info = json!({"sub": "subject-1", "email": "ann@example.com", "email_verified": true});
    let (_, identity) = told(&info);
    assert_eq!(verified(&identity.unwrap()), ["true"]);
}
