use keymoor_server::Settings;

use super::{
    super::{
        app::{TOKEN, TestApp, form},
        openapi::check,
    },
    world::{DEVICE, DEVICE_CODE, VERIFIER},
};

#[tokio::test]
async fn s33_what_the_metadata_names_is_there() {
    let app = TestApp::start().await;
    let metadata = app.call("GET", "/.well-known/oauth-authorization-server", "").await.json();
    for (name, method) in [
        ("authorization_endpoint", "GET"),
        ("device_authorization_endpoint", "POST"),
        ("token_endpoint", "POST"),
        ("introspection_endpoint", "POST"),
        ("revocation_endpoint", "POST"),
        ("jwks_uri", "GET"),
    ] {
        let url = metadata[name].as_str().unwrap_or_else(|| panic!("no {name}"));
        let path = url.strip_prefix(super::super::app::URL).unwrap();
        let answer = app.call(method, path, "").await;
        assert!(![404, 405].contains(&answer.status.as_u16()), "{name}: {answer:?}");
    }
    assert_eq!(metadata["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(metadata["response_types_supported"], serde_json::json!(["code"]));
    assert_eq!(metadata["authorization_response_iss_parameter_supported"], true);
}

#[tokio::test]
async fn s33_the_metadata_names_the_scopes_that_there_are() {
    let (app, client, _, mut visitor) = super::world::start().await;
    let told = async |document: &str| {
        let path = format!("/.well-known/{document}");
        app.call("GET", &path, "").await.json()["scopes_supported"].clone()
    };
    let (server, resource) = ("oauth-authorization-server", "oauth-protected-resource");
    assert_eq!(told(server).await, serde_json::json!(["offline_access"]));
    assert!(told(resource).await.is_null(), "no list of none (RFC 9728 §3.2)");
    app.resource_server("https://other.example.com").await;
    assert_eq!(told(server).await, serde_json::json!(["offline_access", "reports:read"]));
    assert!(told(resource).await.is_null(), "the other API's are not this one's");
    app.resource_server(super::super::app::API).await;
    assert_eq!(told(resource).await, serde_json::json!(["reports:read"]));
    let all = told(server).await;
    let all: Vec<_> = all.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
    let tokens = visitor.grants(&app, &client, &all.join(" ")).await;
    assert_eq!(super::world::text(&tokens, "scope"), all.join(" "), "they can be had");
}

#[tokio::test]
async fn s33_s56_answers_name_the_issuer_of_the_metadata_to_the_letter() {
    for url in ["https://auth.example.com", "https://auth.example.com/", "https://h/base"] {
        let app = TestApp::with(|settings| *settings = Settings::new(url)).await;
        let client = app.application(false).await;
        let metadata = app.call("GET", "/.well-known/oauth-authorization-server", "").await.json();
        let answer = app.call("GET", &client.url("unheard:of"), "").await;
        let told = super::world::told(&answer);
        assert_eq!((&*told["error"], &*told["iss"]), ("invalid_scope", url.trim_end_matches('/')));
        assert_eq!(metadata["issuer"], told["iss"]);
        let begins = format!("{}/", told["iss"]);
        for name in ["authorization_endpoint", "device_authorization_endpoint"] {
            assert!(metadata[name].as_str().unwrap().starts_with(&begins), "{metadata}");
        }
        let device = app.send(form(DEVICE, &client.form(&[]))).await.json();
        assert!(device["verification_uri"].as_str().unwrap().starts_with(&begins), "{device}");
    }
}

#[tokio::test]
async fn s9_the_grants_that_the_metadata_names_are_known_and_no_others() {
    let app = TestApp::start().await;
    let client = app.application(true).await;
    let metadata = app.call("GET", "/.well-known/oauth-authorization-server", "").await.json();
    let named: Vec<_> = metadata["grant_types_supported"].as_array().unwrap().iter().collect();
    for grant in [
        "client_credentials",
        "authorization_code",
        "refresh_token",
        DEVICE_CODE,
        "password",
        "implicit",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:openid:params:grant-type:ciba",
        "",
        "x",
    ] {
        let body = client.form(&[
            ("grant_type", grant),
            ("username", "ada@example.com"),
            ("password", super::super::portal::visitor::PASSWORD),
            ("code", VERIFIER),
            ("redirect_uri", "x"),
            ("code_verifier", VERIFIER),
            ("refresh_token", "x"),
            ("device_code", VERIFIER),
        ]);
        let answer = app.send(form(TOKEN, &body)).await;
        let unknown = ["unsupported_grant_type", "invalid_request"].contains(&&*answer.error());
        assert_eq!(!unknown, named.iter().any(|name| **name == grant), "{grant}: {answer:?}");
        assert_ne!(answer.status, 200);
    }
}

#[tokio::test]
async fn the_answers_to_applications_fit_their_schemas() {
    let (app, client, _, mut visitor) = super::world::start().await;
    let document = app.call("GET", "/api/openapi.json", "").await.json();
    let device = app.send(form(DEVICE, &client.form(&[]))).await;
    check(&document, DEVICE, "post", &device);
    check(&document, DEVICE, "post", &app.send(form(DEVICE, "client_id=x")).await);
    let asked = device.json();
    let code = super::world::text(&asked, "device_code");
    let fields = [("grant_type", DEVICE_CODE), ("device_code", code)];
    check(&document, TOKEN, "post", &app.exchange(&client, &fields).await);
    let code = visitor.lets_in(&app, &client, "offline_access").await;
    for _ in 0..2 {
        check(&document, TOKEN, "post", &app.redeem(&client, &code).await);
    }
    let revoke = "/api/auth/oauth/revoke";
    check(&document, revoke, "post", &app.send(form(revoke, &client.form(&[]))).await);
}
