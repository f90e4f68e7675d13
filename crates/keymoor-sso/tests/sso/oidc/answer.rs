//! What a token endpoint may answer.

use base64::{Engine, engine::general_purpose::STANDARD};
use keymoor_sso::oidc::{OidcError, OidcRefusal, SecretMethod};
use serde_json::json;

use super::idp::{Flow, at};

fn answered(status: u16, media_type: &str, body: impl Into<Vec<u8>>) -> OidcRefusal {
    let flow = Flow::es256();
    flow.idp.put(&at("token"), status, media_type, body);
    flow.finish().unwrap_err()
}

#[test]
fn an_error_of_the_token_endpoint_can_be_read() {
    let body = json!({"error": "invalid_client", "error_description": "no\u{7}pe"}).to_string();
    let refusal = answered(401, "application/json", body.clone());
    assert_eq!(refusal.to_string(), "the provider refused: invalid_client (nope)");
    assert_eq!(answered(200, "application/json", body), refusal);
}

#[test]
fn another_status_is_refused() {
    for status in [201, 204, 302, 307, 400, 500] {
        let refusal = answered(status, "application/json", "{}");
        let expected = OidcError::Status { url: at("token"), status };
        assert_eq!(refusal, OidcRefusal::Unusable(expected));
    }
}

#[test]
fn what_is_not_json_is_refused() {
    let expected = OidcRefusal::Unusable(OidcError::NotJson(at("token")));
    let body = json!({"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"});
    for media_type in ["", "text/html", "application/x-www-form-urlencoded", "text/json"] {
        assert_eq!(answered(200, media_type, body.to_string()), expected);
    }
    let twice = r#"{"access_token":"a","token_type":"Bearer","id_token":"a","id_token":"b"}"#;
    for body in ["", "[]", "<html>", "{\"access_token\":", "{} {}", twice] {
        assert_eq!(answered(200, "application/json", body), expected, "{body}");
    }
    assert_eq!(answered(200, "application/json", vec![0xff; 9]), expected);
}

#[test]
fn s60_an_answer_without_end_is_not_read() {
    let mut body = json!({"error": "x"}).to_string();
    body.push_str(&" ".repeat(256 * 1024));
    let refusal = answered(200, "application/json", body);
    assert_eq!(refusal, OidcRefusal::Unusable(OidcError::NotJson(at("token"))));
}

#[test]
fn an_answer_that_lacks_something_is_refused() {
    let good = json!({"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"});
    for name in ["access_token", "token_type", "id_token"] {
        for wrong in [json!(null), json!(""), json!(7), json!(["a"])] {
            let mut body = good.clone();
            body[name] = wrong;
            let refusal = answered(200, "application/json", body.to_string());
            assert_eq!(refusal, OidcRefusal::TokenResponse(name));
        }
    }
    let mut body = good;
    body["token_type"] = json!("DPoP");
    let refusal = answered(200, "application/json", body.to_string());
    assert_eq!(refusal, OidcRefusal::TokenResponse("token_type"));
}

#[test]
fn a_type_in_lower_case_is_fine() {
    let flow = Flow::es256();
    let id_token = flow.id_token(&flow.claims());
    let answer = json!({"access_token": "a", "token_type": "bearer", "id_token": id_token});
    flow.idp.json(&at("token"), &answer);
    assert!(flow.finish().is_ok());
}

#[test]
fn an_unreachable_token_endpoint_is_told() {
    let mut flow = Flow::es256();
    flow.metadata.token_endpoint = at("nowhere");
    assert!(flow.finish().unwrap_err().to_string().contains("could not be asked"));
}

#[test]
fn the_secret_is_sent_form_encoded_in_the_header() {
    let mut flow = Flow::es256();
    flow.provider.client_id = "cli:ent".to_owned();
    flow.provider.client_secret = Some("a b+c%:ü".to_owned().into());
    let _ = flow.finish();
    let header = flow.idp.header(&at("token"), "authorization").unwrap();
    let pair = STANDARD.decode(header.strip_prefix("Basic ").unwrap()).unwrap();
    assert_eq!(String::from_utf8(pair).unwrap(), "cli%3Aent:a+b%2Bc%25%3A%C3%BC");
    let form = flow.idp.form(&at("token"));
    assert!(!form.contains_key("client_secret") && !form.contains_key("client_id"));
}

#[test]
fn the_secret_is_sent_in_the_form_where_the_provider_wants_it_so() {
    let mut flow = Flow::es256();
    flow.metadata.secret_method = Some(SecretMethod::ClientSecretPost);
    flow.finish().unwrap();
    let form = flow.idp.form(&at("token"));
    assert_eq!((&*form["client_id"], &*form["client_secret"]), ("client", "a secret"));
    assert_eq!(flow.idp.header(&at("token"), "authorization"), None);
}

#[test]
fn a_public_client_names_itself() {
    let mut flow = Flow::es256();
    flow.provider.client_secret = None;
    flow.finish().unwrap();
    assert_eq!(flow.idp.form(&at("token"))["client_id"], "client");
    assert_eq!(flow.idp.header(&at("token"), "authorization"), None);
}

#[test]
fn a_secret_that_the_provider_takes_in_no_known_way_is_not_sent() {
    let mut flow = Flow::es256();
    flow.metadata.secret_method = None;
    let refusal = flow.finish().unwrap_err();
    assert_eq!(refusal, OidcRefusal::Unusable(OidcError::NoSecretMethod));
    assert_eq!(flow.idp.count(&at("token")), 0);
}
