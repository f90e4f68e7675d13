//! Which value counts, and where `status` says that it comes from.

use super::{
    super::process::{run, text},
    world::{Caller, world},
};

#[test]
fn the_environment_comes_before_the_default_profile_and_a_named_profile_before_both() {
    let (server, _, caller) = world();
    let other = server.client("bob@example.com");
    let status = |arguments: &[&str]| {
        let mut command = caller.command(&[&["status"], arguments].concat());
        command.env("KEYMOOR_SERVER", &server.url).env("KEYMOOR_KEY", &other.key);
        command.env("KEYMOOR_SECRET", &other.secret);
        let output = run(command, "");
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let by_environment = status(&[]);
    assert_eq!(by_environment["account"], "bob@example.com");
    assert_eq!(by_environment["key"]["from"], "environment, KEYMOOR_KEY");
    assert_eq!(status(&["-p", "default"])["account"], "ada@example.com");
}

#[test]
fn acquia_clis_variables_work_after_keymoors() {
    let (server, client, _) = world();
    let caller = Caller::new();
    let mut command = caller.command(&["api", "/account", "--jq", ".mail"]);
    command.env("ACLI_KEY", &client.key).env("ACLI_SECRET", &client.secret);
    command.env("ACLI_CLOUD_API_BASE_URI", format!("{}/api", server.url));
    command.env("ACLI_CLOUD_API_ACCOUNTS_URI", server.token_url());
    let output = run(command, "");
    assert_eq!(text(&output.stdout), "ada@example.com\n", "{}", text(&output.stderr));
}

#[test]
fn s97_credentials_without_their_server_go_nowhere() {
    let (_server, client, caller) = world();
    let mut command = caller.command(&["token"]);
    command.env("KEYMOOR_KEY", &client.key).env("KEYMOOR_SECRET", &client.secret);
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("KEYMOOR_SERVER"), "{}", text(&output.stderr));
}

#[test]
fn a_key_without_its_secret_is_told() {
    let mut command = Caller::new().command(&["token"]);
    command.env("ACLI_KEY", "6f0e8a8e-9d0f-4c55-8a55-5f8f3f0f0a11");
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("ACLI_SECRET"));
}

#[test]
fn s97_a_server_beside_acquia_clis_credentials_for_another_is_refused() {
    let mut command = Caller::new().command(&["token"]);
    command.env("KEYMOOR_SERVER", "http://127.0.0.1:1");
    command
        .env("ACLI_KEY", "6f0e8a8e-9d0f-4c55-8a55-5f8f3f0f0a11")
        .env("ACLI_SECRET", "0123456789");
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("KEYMOOR_SERVER names another server than ACLI_KEY"), "{told}");
}

#[test]
fn s97_a_token_url_that_is_not_the_profiles_is_told_though_the_api_is_the_same() {
    let (server, _, caller) = world();
    let mut command = caller.command(&["token"]);
    command.env("KEYMOOR_API_URL", format!("{}/api", server.url));
    command.env("KEYMOOR_TOKEN_URL", "https://evil.example/token");
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("KEYMOOR_TOKEN_URL is set without KEYMOOR_KEY"));
}
