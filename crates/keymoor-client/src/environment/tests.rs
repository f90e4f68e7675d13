use std::{collections::HashMap, ffi::OsString};

use super::{Environment, EnvironmentError};

const KEY: &str = "6f0e8a8e-9d0f-4c55-8a55-5f8f3f0f0a11";
const SECRET: &str = "a-secret-of-some-server";

fn read(variables: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
    let known: HashMap<_, _> = variables.iter().copied().collect();
    Environment::read(&|name| known.get(name).map(OsString::from))
}

/// The API's base URL and the variable of the credentials.
fn found(variables: &[(&str, &str)]) -> (String, &'static str) {
    let environment = read(variables).unwrap();
    let api = environment.endpoints.unwrap().value.api_base().to_string();
    (api, environment.credentials.unwrap().variable)
}

#[test]
fn keymoors_variables_come_before_acquia_clis() {
    let both = [
        ("KEYMOOR_SERVER", "https://k.example.com"),
        ("KEYMOOR_KEY", KEY),
        ("KEYMOOR_SECRET", SECRET),
        ("ACLI_KEY", KEY),
        ("ACLI_SECRET", SECRET),
    ];
    assert_eq!(found(&both), ("https://k.example.com/api".to_owned(), "KEYMOOR_KEY"));
    assert_eq!(found(&both[3..]), ("https://cloud.acquia.com/api".to_owned(), "ACLI_KEY"));
}

#[test]
fn s97_a_secret_goes_to_no_server_that_the_environment_does_not_name() {
    let alone = [("KEYMOOR_KEY", KEY), ("KEYMOOR_SECRET", SECRET)];
    assert_eq!(read(&alone).unwrap_err(), EnvironmentError::Nowhere("KEYMOOR_KEY"));
}

#[test]
fn s97_a_server_beside_credentials_for_another_is_refused() {
    let acquia = [("ACLI_KEY", KEY), ("ACLI_SECRET", SECRET)];
    let token_url = "https://k.example.com/api/auth/oauth/token";
    for server in [
        &[("KEYMOOR_SERVER", "https://k.example.com")][..],
        // The API alone is the same.
        &[("KEYMOOR_TOKEN_URL", token_url), ("KEYMOOR_API_URL", "https://cloud.acquia.com/api")],
    ] {
        let error = read(&[server, &acquia].concat()).unwrap_err();
        assert_eq!(error, EnvironmentError::Ambiguous(server[0].0, "ACLI_KEY"));
    }
    let same = [("KEYMOOR_SERVER", "acquia"), acquia[0], acquia[1]];
    assert_eq!(found(&same), ("https://cloud.acquia.com/api".to_owned(), "ACLI_KEY"));
}

#[test]
fn what_only_goes_together_is_told() {
    let alone = |variables: &[(&str, &str)]| read(variables).unwrap_err().to_string();
    assert!(alone(&[("ACLI_KEY", KEY)]).contains("ACLI_SECRET"));
    assert!(alone(&[("ACLI_ACCESS_TOKEN", "t")]).contains("ACLI_ACCESS_TOKEN_EXPIRY"));
    assert!(alone(&[("KEYMOOR_API_URL", "https://a.example")]).contains("KEYMOOR_TOKEN_URL"));
}

#[test]
fn an_empty_variable_is_none() {
    let environment = read(&[("ACLI_KEY", ""), ("KEYMOOR_ORGANIZATION", "")]).unwrap();
    assert!(environment.credentials.is_none() && environment.organization.is_none());
}

#[test]
fn s101_an_error_and_debug_repeat_no_secret() {
    let token = [
        ("ACLI_ACCESS_TOKEN", "canary-token"),
        ("ACLI_ACCESS_TOKEN_EXPIRY", "1"),
        ("ACLI_KEY", KEY),
        ("ACLI_SECRET", "canary-secret"),
    ];
    assert!(!format!("{:?}", read(&token).unwrap()).contains("canary"));
    let blank = [("ACLI_KEY", KEY), ("ACLI_SECRET", "canary secret")];
    assert!(!read(&blank).unwrap_err().to_string().contains("canary"));
}
