use keymoor_sso::oidc::{LogoutNotice, OidcRefusal, TokenFault};
use serde_json::{Value, json};

use super::idp::{Flow, ISSUER, NOW};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

fn claims() -> Value {
    let now = NOW.seconds();
    json!({"iss": ISSUER, "aud": "client", "iat": now - 1, "exp": now + 120, "jti": "notice-1",
        "sub": "subject-1", "sid": "session-1", "events": {EVENT: {}}})
}

fn token(flow: &Flow, typ: Option<&str>, claims: &Value) -> String {
    let mut header = flow.key.header();
    match typ {
        Some(typ) => header["typ"] = json!(typ),
        None => drop(header.as_object_mut().unwrap().remove("typ")),
    }
    flow.key.jwt(&header.to_string(), &claims.to_string())
}

fn claiming(change: impl FnOnce(&mut Value)) -> Result<LogoutNotice, OidcRefusal> {
    let (flow, mut claims) = (Flow::es256(), claims());
    change(&mut claims);
    flow.logout(&token(&flow, Some("logout+jwt"), &claims))
}

#[track_caller]
fn refused(answer: Result<LogoutNotice, OidcRefusal>, fault: TokenFault) {
    assert_eq!(answer.unwrap_err(), OidcRefusal::Token(fault));
}

fn set(name: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |claims| claims[name] = value
}

fn without(name: &'static str) -> impl FnOnce(&mut Value) {
    move |claims| drop(claims.as_object_mut().unwrap().remove(name))
}

#[test]
fn s62_a_logout_token_tells_whose_session_ended() {
    let notice = claiming(|_| ()).unwrap();
    assert_eq!(notice.subject.as_deref(), Some("subject-1"));
    assert_eq!(notice.session.as_deref(), Some("session-1"));
    assert_eq!(notice.jti, "notice-1");
    assert_eq!(notice.expires_at, NOW.plus(180));
    assert!(claiming(without("sub")).is_ok());
    assert_eq!(claiming(without("sid")).unwrap().session, None);
}

#[test]
fn s62_a_notice_never_outlives_what_is_remembered() {
    let notice = claiming(set("exp", json!(NOW.plus(1_000_000).seconds()))).unwrap();
    assert_eq!(notice.expires_at, NOW.plus(600));
}

#[test]
fn s62_only_the_type_logout_jwt_is_taken() {
    let flow = Flow::es256();
    for typ in [None, Some("JWT"), Some("at+jwt"), Some("secevent+jwt"), Some("")] {
        refused(flow.logout(&token(&flow, typ, &claims())), TokenFault::Type("logout+jwt"));
    }
    for typ in ["logout+jwt", "application/logout+jwt", "Logout+JWT"] {
        assert!(flow.logout(&token(&flow, Some(typ), &claims())).is_ok());
    }
}

#[test]
fn s62_an_id_token_is_no_logout_token() {
    let flow = Flow::es256();
    let id_token = flow.id_token(&flow.claims());
    refused(flow.logout(&id_token), TokenFault::Type("logout+jwt"));
    let typed = token(&flow, Some("logout+jwt"), &flow.claims());
    refused(flow.logout(&typed), TokenFault::Forbidden("nonce"));
}

#[test]
fn s62_a_logout_token_signs_nobody_in() {
    let flow = Flow::es256();
    let logout = token(&flow, Some("logout+jwt"), &claims());
    let refusal = flow.with(&logout).unwrap_err();
    assert_eq!(refusal, OidcRefusal::Token(TokenFault::Type("JWT")));
}

#[test]
fn s62_a_nonce_is_forbidden_whatever_it_is() {
    for nonce in [json!("n"), json!(null), json!(7)] {
        refused(claiming(set("nonce", nonce)), TokenFault::Forbidden("nonce"));
    }
}

#[test]
fn s62_the_event_has_to_be_there() {
    let wrong = [
        json!(null),
        json!({}),
        json!([EVENT]),
        json!(EVENT),
        json!({EVENT: null}),
        json!({EVENT: "x"}),
        json!({"http://schemas.openid.net/event/other": {}}),
    ];
    for events in wrong {
        refused(claiming(set("events", events)), TokenFault::Claim("events"));
    }
    refused(claiming(without("events")), TokenFault::Claim("events"));
}

#[test]
fn s62_it_has_to_say_whose_session_and_its_own_name() {
    let neither = |claims: &mut Value| {
        without("sub")(claims);
        without("sid")(claims);
    };
    refused(claiming(neither), TokenFault::Claim("sub or sid"));
    refused(claiming(set("sub", json!(""))), TokenFault::Claim("sub"));
    refused(claiming(set("sid", json!(7))), TokenFault::Claim("sid"));
    refused(claiming(without("jti")), TokenFault::Claim("jti"));
    for jti in [json!(""), json!(7), json!("j".repeat(256)), json!("a\nb")] {
        refused(claiming(set("jti", jti)), TokenFault::Claim("jti"));
    }
}

#[test]
fn s62_issuer_audience_and_time_are_checked() {
    refused(claiming(set("iss", json!("https://other.example.com"))), TokenFault::Issuer);
    refused(claiming(set("aud", json!("other"))), TokenFault::Audience);
    let at = |seconds: i64| json!(NOW.plus(seconds).seconds());
    refused(claiming(set("iat", at(61))), TokenFault::NotYetValid);
    refused(claiming(set("iat", at(-601))), TokenFault::Old);
    refused(claiming(set("exp", at(-60))), TokenFault::Expired);
    refused(claiming(without("exp")), TokenFault::Claim("exp"));
    refused(claiming(without("iat")), TokenFault::Claim("iat"));
    refused(claiming(set("iat", json!("1800000000"))), TokenFault::Claim("iat"));
}

#[test]
fn s62_another_signature_is_refused() {
    let (flow, other) = (Flow::es256(), Flow::es256());
    let foreign = token(&other, Some("logout+jwt"), &claims());
    refused(flow.logout(&foreign), TokenFault::Signature);
}

#[test]
fn s62_a_provider_ends_no_session_of_another() {
    let mut flow = Flow::es256();
    let logout = token(&flow, Some("logout+jwt"), &claims());
    flow.provider.issuer = "https://other.example.com".to_owned();
    assert_eq!(flow.logout(&logout).unwrap_err(), OidcRefusal::OtherProvider);
}
