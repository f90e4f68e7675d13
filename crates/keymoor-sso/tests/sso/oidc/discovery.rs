use futures_util::FutureExt;
use keymoor_sso::oidc::{Algorithm, Metadata, OidcError, SecretMethod, discover};
use serde_json::{Value, json};

use super::idp::{ISSUER, Pages, at, metadata};

const DOCUMENT: &str = ".well-known/openid-configuration";

fn discovered(change: impl FnOnce(&mut Value)) -> Result<Metadata, OidcError> {
    let (pages, mut document) = (Pages::default(), metadata());
    change(&mut document);
    pages.json(&at(DOCUMENT), &document);
    discover(&pages, ISSUER).now_or_never().unwrap()
}

fn without(name: &'static str) -> impl FnOnce(&mut Value) {
    move |document| drop(document.as_object_mut().unwrap().remove(name))
}

#[test]
fn good_metadata_is_taken() {
    let metadata = discovered(|_| ()).unwrap();
    assert_eq!(metadata.issuer, ISSUER);
    assert_eq!(metadata.token_endpoint, at("token"));
    assert_eq!(metadata.algorithms.len(), Algorithm::ALL.len());
    assert_eq!(metadata.secret_method, Some(SecretMethod::ClientSecretBasic));
    assert!(metadata.announces_pkce && metadata.sends_logout_tokens);
    assert!(!metadata.callback_names_issuer);
}

#[test]
fn s56_metadata_of_another_issuer_are_refused() {
    for issuer in
        ["https://other.example.com", "https://idp.example.com/", "", "HTTPS://idp.example.com"]
    {
        let error = discovered(|document| document["issuer"] = json!(issuer)).unwrap_err();
        let (expected, found) = (ISSUER.to_owned(), issuer.to_owned());
        assert_eq!(error, OidcError::Issuer { expected, found });
    }
    assert_eq!(discovered(without("issuer")).unwrap_err(), OidcError::Member("issuer"));
}

#[test]
fn an_issuer_may_end_in_a_slash_or_have_a_path() {
    for (issuer, url) in [
        ("https://a.example.com/", "https://a.example.com/.well-known/openid-configuration"),
        (
            "https://a.example.com/t/v2.0",
            "https://a.example.com/t/v2.0/.well-known/openid-configuration",
        ),
    ] {
        let (pages, mut document) = (Pages::default(), metadata());
        document["issuer"] = json!(issuer);
        pages.json(url, &document);
        assert!(discover(&pages, issuer).now_or_never().unwrap().is_ok(), "{issuer}");
    }
}

#[test]
fn s60_what_cannot_be_an_issuer_is_not_asked() {
    let pages = Pages::default();
    for issuer in [
        "",
        "idp.example.com",
        "ftp://idp.example.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://idp.example.com?x",
        "https://idp.example.com#x",
        "https://u@idp.example.com",
        "https://u:p@idp.example.com",
        "https://",
        "https://idp.example.com/\n",
        "https://idp\\x",
        "https://idp.example.com/é",
        " https://idp.example.com",
        "data:,x",
    ] {
        let error = discover(&pages, issuer).now_or_never().unwrap().unwrap_err();
        assert!(matches!(error, OidcError::IssuerForm(_)), "{issuer}: {error}");
    }
    assert!(pages.asked.lock().unwrap().is_empty());
}

#[test]
fn s60_an_endpoint_that_is_none_is_refused() {
    let wrong = [
        "http://idp.example.com/x",
        "javascript:alert(1)",
        "/token",
        "",
        "ftp://idp.example.com",
        "https://u:p@idp.example.com/x",
        "https://idp.example.com/x#f",
        "file:///etc/passwd",
    ];
    for name in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        for url in wrong {
            let error = discovered(|document| document[name] = json!(url)).unwrap_err();
            assert_eq!(error, OidcError::Endpoint(name), "{url}");
        }
        assert_eq!(discovered(without(name)).unwrap_err(), OidcError::Member(name));
        let error = discovered(|document| document[name] = json!([at("x")])).unwrap_err();
        assert_eq!(error, OidcError::Member(name));
    }
}

#[test]
fn a_provider_without_tls_may_have_endpoints_without() {
    let (pages, mut document) = (Pages::default(), metadata());
    let issuer = "http://localhost:8080";
    document["issuer"] = json!(issuer);
    document["token_endpoint"] = json!("http://localhost:8080/token");
    pages.json(&format!("{issuer}/{DOCUMENT}"), &document);
    assert!(discover(&pages, issuer).now_or_never().unwrap().is_ok());
}

#[test]
fn a_provider_without_the_code_flow_is_refused() {
    for types in [json!(["id_token"]), json!([]), json!(["code id_token"])] {
        let answer = discovered(|document| document["response_types_supported"] = types);
        assert_eq!(answer.unwrap_err(), OidcError::NoCodeFlow);
    }
    let answer = discovered(|document| document["grant_types_supported"] = json!(["implicit"]));
    assert_eq!(answer.unwrap_err(), OidcError::NoCodeFlow);
    let answer = discovered(without("response_types_supported"));
    assert_eq!(answer.unwrap_err(), OidcError::NoCodeFlow);
}

#[test]
fn s57_a_provider_that_signs_with_nothing_safe_is_refused() {
    let name = "id_token_signing_alg_values_supported";
    let answer = discovered(|document| document[name] = json!(["none", "HS256", "ES512"]));
    assert_eq!(answer.unwrap_err(), OidcError::NoAlgorithm);
    let answer = discovered(|document| document[name] = json!(["none", "HS256", "RS256"]));
    assert_eq!(answer.unwrap().algorithms, [Algorithm::Rs256]);
    assert_eq!(discovered(without(name)).unwrap_err(), OidcError::Member(name));
}

#[test]
fn how_a_secret_is_sent_is_the_providers_choice() {
    let name = "token_endpoint_auth_methods_supported";
    let method =
        |names: Value| discovered(|document| document[name] = names).unwrap().secret_method;
    assert_eq!(method(json!(["client_secret_post"])), Some(SecretMethod::ClientSecretPost));
    assert_eq!(method(json!(["private_key_jwt", "none"])), None);
    let absent = discovered(without(name)).unwrap().secret_method;
    assert_eq!(absent, Some(SecretMethod::ClientSecretBasic));
}

#[test]
fn s60_a_redirect_is_not_followed() {
    let pages = Pages::default();
    pages.put(&at(DOCUMENT), 302, "application/json", metadata().to_string());
    let error = discover(&pages, ISSUER).now_or_never().unwrap().unwrap_err();
    assert_eq!(error, OidcError::Status { url: at(DOCUMENT), status: 302 });
}

#[test]
fn metadata_that_are_no_object_are_refused() {
    let pages = Pages::default();
    let twice = metadata().to_string().replacen('{', r#"{"issuer":"https://idp.example.com","#, 1);
    for body in ["", "null", "[]", "<html>", &twice] {
        pages.put(&at(DOCUMENT), 200, "application/json", body);
        let error = discover(&pages, ISSUER).now_or_never().unwrap().unwrap_err();
        assert_eq!(error, OidcError::NotJson(at(DOCUMENT)));
    }
    pages.put(&at(DOCUMENT), 200, "text/html", metadata().to_string());
    assert!(discover(&pages, ISSUER).now_or_never().unwrap().is_err());
}
