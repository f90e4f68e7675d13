use keymoor_core::{
    scope::ScopeName,
    token::issue,
    wire::{AuthorizationServerMetadata, ProtectedResourceMetadata, TokenResponse},
};
use keymoor_testkit::{Fixture, moment};
use serde_json::{Value, json};

fn response(fixture: &Fixture, scope: &str) -> Value {
    let request = fixture.request(scope).unwrap();
    let facts = Some(&fixture.facts);
    let issued = issue(&request, facts, &fixture.pepper, &fixture.issuer, moment()).unwrap();
    serde_json::to_value(TokenResponse::new("signed", &issued)).unwrap()
}

#[test]
fn s4_without_a_scope_the_answer_has_exactly_three_members() {
    let expected = json!({ "access_token": "signed", "token_type": "Bearer", "expires_in": 300 });
    assert_eq!(response(&Fixture::new(1), ""), expected);
}

#[test]
fn s6_there_is_no_refresh_token_not_even_null() {
    assert!(response(&Fixture::new(1), "").get("refresh_token").is_none());
}

#[test]
fn the_scope_is_echoed_exactly_where_one_was_asked_for() {
    let mut fixture = Fixture::new(1);
    let organization = fixture.join(5, false, None);
    let scope = format!("organization:{organization}");
    assert_eq!(response(&fixture, &scope)["scope"], json!(scope));
}

fn scopes() -> [ScopeName; 1] {
    ["reports:read".parse().unwrap()]
}

#[test]
fn s33_the_metadata_names_the_issuer_exactly() {
    let metadata = AuthorizationServerMetadata::new("https://auth.example.com", &scopes());
    insta::assert_json_snapshot!(metadata, @r#"
    {
      "issuer": "https://auth.example.com",
      "authorization_endpoint": "https://auth.example.com/api/auth/oauth/authorize",
      "device_authorization_endpoint": "https://auth.example.com/api/auth/oauth/device_authorization",
      "token_endpoint": "https://auth.example.com/api/auth/oauth/token",
      "jwks_uri": "https://auth.example.com/.well-known/jwks.json",
      "scopes_supported": [
        "offline_access",
        "reports:read"
      ],
      "response_types_supported": [
        "code"
      ],
      "response_modes_supported": [
        "query"
      ],
      "grant_types_supported": [
        "client_credentials",
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code"
      ],
      "code_challenge_methods_supported": [
        "S256"
      ],
      "authorization_response_iss_parameter_supported": true,
      "token_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "none"
      ],
      "introspection_endpoint": "https://auth.example.com/api/auth/oauth/introspect",
      "introspection_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post"
      ],
      "revocation_endpoint": "https://auth.example.com/api/auth/oauth/revoke",
      "revocation_endpoint_auth_methods_supported": [
        "client_secret_basic",
        "client_secret_post",
        "none"
      ]
    }
    "#);
}

#[test]
fn the_resource_metadata_names_the_issuer_and_the_audience() {
    let issuer = "https://auth.example.com";
    let metadata = ProtectedResourceMetadata::new(issuer, "https://api.example.com", &scopes());
    insta::assert_json_snapshot!(metadata, @r#"
    {
      "resource": "https://api.example.com",
      "authorization_servers": [
        "https://auth.example.com"
      ],
      "scopes_supported": [
        "reports:read"
      ],
      "bearer_methods_supported": [
        "header"
      ]
    }
    "#);
}
