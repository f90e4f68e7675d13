use keymoor_sso::oidc::{Callback, OidcRefusal};
use serde_json::json;

use super::idp::{Flow, ISSUER, at};

const OTHER: &str = "https://other.example.com";

#[test]
fn s56_a_callback_of_another_issuer_is_refused_before_the_code_is_spent() {
    let mut flow = Flow::es256();
    for iss in [OTHER, "", "https://idp.example.com/", "https://IDP.example.com"] {
        flow.callback.iss = Some(iss.to_owned());
        assert_eq!(flow.finish().unwrap_err(), OidcRefusal::CallbackIssuer, "{iss}");
    }
    assert_eq!(flow.idp.count(&at("token")), 0);
}

#[test]
fn s56_the_right_issuer_passes() {
    let mut flow = Flow::es256();
    flow.callback.iss = Some(ISSUER.to_owned());
    assert!(flow.finish().is_ok());
}

#[test]
fn s56_a_callback_without_issuer_is_refused_if_the_provider_always_names_it() {
    let mut flow = Flow::es256();
    flow.metadata.callback_names_issuer = true;
    assert_eq!(flow.finish().unwrap_err(), OidcRefusal::CallbackIssuer);
    flow.callback.iss = Some(ISSUER.to_owned());
    assert!(flow.finish().is_ok());
}

#[test]
fn s56_an_error_of_another_issuer_is_not_believed() {
    let mut flow = Flow::es256();
    flow.callback.error = Some("access_denied".to_owned());
    flow.callback.iss = Some(OTHER.to_owned());
    assert_eq!(flow.finish().unwrap_err(), OidcRefusal::CallbackIssuer);
}

#[test]
fn s56_what_was_begun_at_one_provider_is_not_finished_at_another() {
    let mut flow = Flow::es256();
    flow.provider.issuer = OTHER.to_owned();
    assert_eq!(flow.finish().unwrap_err(), OidcRefusal::OtherProvider);
    flow.metadata.issuer = OTHER.to_owned();
    assert_eq!(flow.finish().unwrap_err(), OidcRefusal::OtherProvider);
    let mut flow = Flow::es256();
    flow.metadata.issuer = OTHER.to_owned();
    assert_eq!(flow.finish().unwrap_err(), OidcRefusal::OtherProvider);
    assert_eq!(flow.idp.count(&at("token")), 0);
}

#[test]
fn a_providers_error_can_be_read() {
    let mut flow = Flow::es256();
    flow.callback.code = None;
    flow.callback.error = Some("access_denied".to_owned());
    flow.callback.error_description = Some("Not\r\nfor\u{202e} you\u{0}".to_owned());
    let refusal = flow.finish().unwrap_err();
    assert_eq!(refusal.to_string(), "the provider refused: access_denied (Notfor you)");
}

#[test]
fn a_providers_error_is_bounded() {
    let mut flow = Flow::es256();
    flow.callback.error = Some("é".repeat(10_000));
    flow.callback.error_description = Some("é".repeat(10_000));
    assert!(flow.finish().unwrap_err().to_string().chars().count() < 500);
}

#[test]
fn s55_an_error_with_a_wrong_state_is_not_believed() {
    let mut flow = Flow::es256();
    flow.callback.error = Some("access_denied".to_owned());
    flow.callback.state = Some("wrong".to_owned());
    assert_eq!(flow.finish().unwrap_err(), OidcRefusal::State);
}

#[test]
fn an_error_beside_a_code_is_a_refusal() {
    let mut flow = Flow::es256();
    flow.callback.error = Some("access_denied".to_owned());
    assert!(matches!(flow.finish().unwrap_err(), OidcRefusal::Provider { .. }));
    assert_eq!(flow.idp.count(&at("token")), 0);
}

#[test]
fn a_callback_without_a_usable_code_is_refused() {
    let mut flow = Flow::es256();
    let long = "a".repeat(4097);
    for code in [None, Some(""), Some("a\nb"), Some("é"), Some(&*long)] {
        flow.callback.code = code.map(|code| code.to_owned().into());
        assert_eq!(flow.finish().unwrap_err(), OidcRefusal::Callback("code"));
    }
}

#[test]
fn a_query_is_read() {
    let query = "code=a%2Bb+c&state=s&iss=https%3A%2F%2Fidp.example.com&session_state=x";
    let callback = Callback::parse(query).unwrap();
    assert_eq!(callback.code.unwrap().as_str(), "a+b c");
    assert_eq!(callback.state.as_deref(), Some("s"));
    assert_eq!(callback.iss.as_deref(), Some(ISSUER));
}

#[test]
fn a_parameter_that_comes_twice_is_refused() {
    for name in ["code", "state", "iss", "error", "error_description"] {
        let query = format!("{name}=a&{name}=a");
        let refusal = Callback::parse(&query).unwrap_err();
        assert_eq!(refusal.to_string(), OidcRefusal::Callback(static_name(name)).to_string());
    }
}

fn static_name(name: &str) -> &'static str {
    ["code", "state", "iss", "error", "error_description"]
        .into_iter()
        .find(|known| *known == name)
        .unwrap()
}

#[test]
fn s58_the_subject_is_sub_and_never_the_address() {
    let flow = Flow::es256();
    let identity = flow.claiming(|claims| claims["email"] = json!("owner@evil@corp.example"));
    assert_eq!(identity.unwrap().subject, "subject-1");
    let without = flow.claiming(|claims| drop(claims.as_object_mut().unwrap().remove("sub")));
    assert!(without.is_err(), "an address does not stand in for sub");
}
