use std::{fs, process::Command};

use serde_json::{Value, json};

use super::{
    super::process::{Server, admin_json, curl, run, text},
    world::{Caller, world},
};

#[test]
fn the_pages_flow_is_two_commands_after_the_token_was_made() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let caller = Caller::new();
    let login = caller.login(&server.url, &client);
    assert!(text(&login.stderr).contains("Logged in to 127.0.0.1 as ada@example.com"));
    assert_eq!(caller.json(&["api", "/account"])["mail"], "ada@example.com");
    assert_eq!(caller.said(&["token"]).trim().split('.').count(), 3);
}

#[test]
fn curl_takes_its_token_from_a_file_descriptor() {
    let (server, _, caller) = world();
    let script = r#"curl --silent --max-time 20 -K <("$KEYMOOR" token -f curl) "$URL""#;
    let mut command = Command::new("bash");
    command.args(["-c", script]).env("KEYMOOR", env!("CARGO_BIN_EXE_keymoor"));
    command.env("URL", format!("{}/api/account", server.url)).env("HOME", caller.home.path());
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
    let account: Value = serde_json::from_slice(&run(command, "").stdout).unwrap();
    assert_eq!(account["mail"], "ada@example.com");
}

#[test]
fn what_curl_prints_as_the_same_call_is_the_same_call() {
    let (_server, _, caller) = world();
    let call = ["api", "POST", "/account/tokens", "-F", "label=it's", "--curl"];
    let line = caller.said(&call).replace("keymoor token", "\"$KEYMOOR\" token");
    let mut command = Command::new("bash");
    command.args(["-c", &line]).env("KEYMOOR", env!("CARGO_BIN_EXE_keymoor"));
    command.env("HOME", caller.home.path());
    command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
    let made: Value = serde_json::from_slice(&run(command, "").stdout).unwrap();
    assert_eq!(made["api_secret"].as_str().unwrap().len(), 52);
    let labels = caller.said(&["api", "/account/tokens", "--jq", "._embedded.items[].label"]);
    assert!(labels.contains("it's\n"), "{labels}");
}

#[test]
fn a_federated_organization_opens_without_a_word_about_its_scope() {
    let (server, _, caller) = world();
    let create =
        ["organization", "create", "--name", "Works", "--owner", "ada@example.com", "--federated"];
    let id = admin_json(server.path(), &create, "")["uuid"].as_str().unwrap().to_owned();
    let attest = ["organization", "attest-sign-in", "--organization", &id, "--email"];
    let attest = [&attest[..], &["ada@example.com", "--reason", "test"]].concat();
    admin_json(server.path(), &attest, "");
    let rows = caller.json(&["orgs"]);
    assert_eq!(rows[0]["scope"], format!("organization:{id}"));
    let path = format!("/organizations/{id}/members");
    assert_eq!(caller.json(&["api", &path])["_embedded"]["items"].as_array().unwrap().len(), 1);
    let scoped = caller.json(&["token", "--org", &id, "-f", "json"]);
    assert_eq!(scoped["scope"], format!("organization:{id}"));
}

#[test]
fn acquia_clis_store_is_taken_over() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let caller = Caller::new();
    let folder = caller.home.path().join(".acquia");
    fs::create_dir(&folder).unwrap();
    let record = json!({
        "label": "ada@example.com", "uuid": "u", "secret": client.secret,
        "cloud_api_base_uri": format!("{}/api", server.url), "accounts_uri": server.token_url(),
    });
    let store = json!({ "acli_key": client.key, "keys": { &client.key: record } });
    fs::write(folder.join("cloud_api.conf"), store.to_string()).unwrap();
    let said = caller.run(&["login", "--import"]);
    assert!(said.status.success(), "{}", text(&said.stderr));
    assert_eq!(caller.json(&["api", "/account"])["mail"], "ada@example.com");
}

#[test]
fn logging_out_forgets_secret_profile_and_token_and_revokes_if_asked() {
    let (server, client, caller) = world();
    let token = caller.said(&["token"]);
    caller.said(&["logout", "--revoke"]);
    assert_eq!(caller.fails(&["token"]).0, 4);
    assert!(!caller.home.path().join(".config/keymoor/secrets/default").exists());
    let bearer = format!("Authorization: Bearer {}", token.trim());
    let account = format!("{}/api/account", server.url);
    let refused = super::super::process::curl_json(&[&account, "-H", &bearer]);
    assert_eq!(refused["error"], "invalid_token");
    assert!(caller.login(&server.url, &client).status.success(), "the API token itself stays");
}

#[test]
fn several_accounts_are_kept_apart_by_profiles() {
    let (server, _, caller) = world();
    let other = server.client("bob@example.com");
    let login = ["login", "-p", "bob", "--server", &server.url, "--key", &other.key];
    let login = [&login[..], &["--secret-stdin"]].concat();
    assert!(run(caller.command(&login), &other.secret).status.success());
    let mail = |arguments: &[&str]| {
        caller.said(&[&["api", "/account", "--jq", ".mail"], arguments].concat()).trim().to_owned()
    };
    assert_eq!(
        (mail(&[]), mail(&["-p", "bob"])),
        ("ada@example.com".into(), "bob@example.com".into())
    );
    caller.said(&["profiles", "use", "bob"]);
    assert_eq!(mail(&[]), "bob@example.com");
}

#[test]
fn a_new_login_never_meets_the_old_token() {
    let (server, _, caller) = world();
    let old = caller.said(&["token"]);
    let other = server.client("bob@example.com");
    assert!(caller.login(&server.url, &other).status.success());
    assert_ne!(caller.said(&["token"]), old);
    assert_eq!(caller.said(&["api", "/account", "--jq", ".mail"]), "bob@example.com\n");
}

#[test]
fn logging_out_revokes_every_cached_token_whatever_its_scope() {
    let (server, _, caller) = world();
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let id = admin_json(server.path(), &create, "")["uuid"].as_str().unwrap().to_owned();
    let tokens = [caller.said(&["token"]), caller.said(&["token", "--org", &id])];
    assert_ne!(tokens[0], tokens[1]);
    let answers = || {
        tokens.clone().map(|token| {
            let header = format!("Authorization: Bearer {}", token.trim());
            let url = format!("{}/api/account", server.url);
            text(&curl(&["-H", &header, "-o", "/dev/null", "-w", "%{http_code}", &url]).stdout)
        })
    };
    assert_eq!(answers(), ["200", "200"]);
    caller.said(&["logout", "--revoke"]);
    assert_eq!(answers(), ["401", "401"]);
}
