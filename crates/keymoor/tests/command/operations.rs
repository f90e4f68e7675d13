//! What an operator takes away and gives back, on a running server.

use super::process::{Server, admin, admin_json, curl_json, keymoor, run, text};

/// What a person reads.
fn shown(server: &Server, arguments: &[&str]) -> String {
    let mut command = keymoor();
    command.arg("admin").args(arguments).arg("--data").arg(server.path());
    let output = run(command, "");
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// An organization of ada's.
fn organization(server: &Server) -> String {
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    admin_json(server.path(), &create, "")["uuid"].as_str().unwrap().to_owned()
}

#[test]
fn s22_a_disabled_account_stops_working_and_can_be_enabled() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    let account = format!("{}/api/account", server.url);
    admin_json(server.path(), &["account", "disable", "--email", "ada@example.com"], "");
    assert_eq!(server.ask(&client, "--data")["error"], "invalid_client");
    assert_eq!(curl_json(&[&account, "-H", &bearer])["error"], "invalid_token");
    let again = admin(server.path(), &["account", "disable", "--email", "ada@example.com"], "");
    assert_eq!(text(&again.stderr), "keymoor: the account is disabled already\n");
    let told = shown(&server, &["account", "enable", "--email", "ada@example.com"]);
    assert_eq!(told, "ada@example.com is enabled.\n");
    assert_ne!(server.ask(&client, "--data")["error"], "invalid_client");
}

#[test]
fn s22_a_disabled_organization_is_gone_until_it_is_enabled() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let id = organization(&server);
    let bearer = server.bearer(&client);
    let one = format!("{}/api/organizations/{id}", server.url);
    admin_json(server.path(), &["organization", "disable", &id], "");
    assert_eq!(curl_json(&[&one, "-H", &bearer])["error"], "not_found");
    admin_json(server.path(), &["organization", "enable", &id], "");
    assert_eq!(curl_json(&[&one, "-H", &bearer])["uuid"], id.as_str());
}

#[test]
fn s38_federation_is_switched_for_tokens_that_live() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let id = organization(&server);
    let bearer = server.bearer(&client);
    let one = format!("{}/api/organizations/{id}", server.url);
    let told = shown(&server, &["organization", "set-federated", &id, "on"]);
    assert_eq!(told, format!("Organization {id} enforces single sign-on.\n"));
    let refused = curl_json(&[&one, "-H", &bearer]);
    assert_eq!(refused["error"], "additional_authentication_required");
    admin_json(server.path(), &["organization", "set-federated", &id, "off"], "");
    assert_eq!(curl_json(&[&one, "-H", &bearer])["uuid"], id.as_str());
}

#[test]
fn s40_a_member_leaves() {
    let server = Server::start();
    server.client("ada@example.com");
    let client = server.client("bob@example.com");
    let id = organization(&server);
    let bob = ["--organization", &id, "--email", "bob@example.com"];
    admin_json(server.path(), &[&["organization", "add-member"], &bob[..]].concat(), "");
    let list = format!("{}/api/organizations", server.url);
    let bearer = server.bearer(&client);
    assert_eq!(curl_json(&[&list, "-H", &bearer])["total"], 1);
    admin_json(server.path(), &[&["organization", "remove-member"], &bob[..]].concat(), "");
    assert_eq!(curl_json(&[&list, "-H", &bearer])["total"], 0);
    let owner =
        ["organization", "remove-member", "--organization", &id, "--email", "ada@example.com"];
    let refused = admin(server.path(), &owner, "");
    assert_eq!(text(&refused.stderr), "keymoor: the owner stays a member\n");
}

#[test]
fn a_secret_replaces_another() {
    let server = Server::start();
    let mut client = server.client("ada@example.com");
    let first = admin_json(server.path(), &["token", "secrets", &client.key], "");
    let first = first[0]["secret_id"].as_str().unwrap().to_owned();
    let only = admin(server.path(), &["token", "close-secret", &client.key, &first], "");
    assert!(text(&only.stderr).contains("the only open secret"), "{}", text(&only.stderr));
    let added = admin_json(server.path(), &["token", "add-secret", &client.key], "");
    let old = client.secret;
    client.secret = added["api_secret"].as_str().unwrap().to_owned();
    assert_eq!(server.ask(&client, "--data")["token_type"], "Bearer");
    admin_json(server.path(), &["token", "close-secret", &client.key, &first], "");
    assert_eq!(server.ask(&client, "--data")["token_type"], "Bearer");
    let list = shown(&server, &["token", "secrets", &client.key]);
    assert!(list.starts_with("SECRET ID ") && list.lines().count() == 3, "{list}");
    client.secret = old;
    assert_eq!(server.ask(&client, "--data")["error"], "invalid_client");
}

#[test]
fn s79_a_resource_server_asks_with_curl() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let none = shown(&server, &["resource-server", "list"]);
    assert!(none.starts_with("No resource servers yet."), "{none}");
    let create = [
        "resource-server",
        "create",
        "--audience",
        "https://reports.example.com",
        "--name",
        "Reports",
        "--scope",
        "reports:read",
    ];
    let made = admin_json(server.path(), &create, "");
    let field = |name: &str| made[name].as_str().unwrap().to_owned();
    let (id, secret) = (field("client_id"), field("client_secret"));
    let (key, api_secret) = (&client.key, &client.secret);
    let token = curl_json(&[
        &server.token_url(),
        "-d",
        "grant_type=client_credentials",
        "-d",
        "resource=https://reports.example.com",
        "-d",
        "scope=reports:read",
        "-u",
        &format!("{key}:{api_secret}"),
    ]);
    let introspect = format!("{}/api/auth/oauth/introspect", server.url);
    let token = format!("token={}", token["access_token"].as_str().unwrap());
    let credentials = format!("{id}:{secret}");
    let told = curl_json(&[&introspect, "-u", &credentials, "-d", &token]);
    assert_eq!((&told["active"], &told["scope"]), (&true.into(), &"reports:read".into()));
    let revoke = format!("{}/api/auth/oauth/revoke", server.url);
    super::process::curl(&[&revoke, "-u", &format!("{key}:{api_secret}"), "-d", &token]);
    let told = curl_json(&[&introspect, "-u", &credentials, "-d", &token]);
    assert_eq!(told, serde_json::json!({ "active": false }));
    let list = shown(&server, &["resource-server", "list"]);
    assert!(
        list.contains("https://reports.example.com") && list.contains("reports:read"),
        "{list}"
    );
    let told = shown(&server, &["resource-server", "remove", &id]);
    assert_eq!(told, format!("Removed resource server {id}.\n"));
    let refused = curl_json(&[&introspect, "-u", &credentials, "-d", &token]);
    assert_eq!(refused["error"], "invalid_client");
}

#[test]
fn s29_s32_signing_keys_are_rotated_and_withdrawn() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    let told = shown(&server, &["signing-key", "rotate"]);
    assert!(told.contains("It is published now and signs from "), "{told}");
    let list = admin_json(server.path(), &["signing-key", "list"], "");
    assert_eq!((&list[0]["state"], &list[1]["state"]), (&"signing".into(), &"waiting".into()));
    let kid = list[0]["kid"].as_str().unwrap();
    let told = shown(&server, &["signing-key", "withdraw", kid]);
    assert_eq!(told, format!("Withdrew signing key {kid}.\n"));
    let account = format!("{}/api/account", server.url);
    assert_eq!(curl_json(&[&account, "-H", &bearer])["error"], "invalid_token");
    let bearer = server.bearer(&client);
    assert_eq!(curl_json(&[&account, "-H", &bearer])["mail"], "ada@example.com");
    let list = shown(&server, &["signing-key", "list"]);
    assert!(list.contains("withdrawn") && list.contains("signing"), "{list}");
}

#[test]
fn a_command_without_a_running_server_makes_keys_of_the_algorithm_that_is_there() {
    let server = Server::with(&["--signing-algorithm", "EdDSA"]);
    admin_json(server.path(), &["signing-key", "list"], "");
    let data = server.stop();
    admin_json(data.path(), &["signing-key", "rotate"], "");
    let list = admin_json(data.path(), &["signing-key", "list"], "");
    assert_eq!((&list[0]["algorithm"], &list[1]["algorithm"]), (&"EdDSA".into(), &"EdDSA".into()));
    admin_json(data.path(), &["signing-key", "withdraw", list[0]["kid"].as_str().unwrap()], "");
    let list = admin_json(data.path(), &["signing-key", "list"], "");
    assert!(list.as_array().unwrap().iter().all(|key| key["algorithm"] == "EdDSA"), "{list}");
}

#[test]
fn an_expiry_date_is_set_and_shown() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let create = [
        "token",
        "create",
        "--email",
        "ada@example.com",
        "--label",
        "short",
        "--expires-in-days",
        "90",
    ];
    let made = admin_json(server.path(), &create, "");
    let one = format!("{}/api/account/tokens/{}", server.url, made["api_key"].as_str().unwrap());
    let shown = curl_json(&[&one, "-H", &server.bearer(&client)]);
    let field = |name: &str| shown[name].as_str().unwrap().to_owned();
    assert_ne!(field("expires_at")[..10], field("created_at")[..10]);
    assert_eq!(field("expires_at")[10..], field("created_at")[10..], "at the same time of the day");
    let none = admin(server.path(), &[&create[..7], &["0"]].concat(), "");
    assert_eq!(none.status.code(), Some(2), "{}", text(&none.stderr));
}
