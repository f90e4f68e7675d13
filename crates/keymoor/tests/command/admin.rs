use std::{fs, process::Command};

use super::process::{PASSWORD, Server, admin, admin_json, curl_json, keymoor, run, text};

#[test]
fn commands_work_without_a_server_and_the_server_sees_what_they_did() {
    let data = tempfile::tempdir().unwrap();
    let create = ["account", "create", "--email", "ada@example.com", "--password-stdin"];
    let account = admin_json(data.path(), &create, PASSWORD);
    assert!(account["uuid"].is_string());
    let server = Server::spawn(keymoor(), data, &[]);
    let create = ["token", "create", "--email", "ada@example.com", "--label", "x"];
    let made = admin_json(server.path(), &create, "");
    assert!(made["api_secret"].as_str().unwrap().starts_with("km_"));
}

#[test]
fn a_removal_by_command_counts_at_the_running_server_at_once() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    let removed =
        admin_json(server.path(), &["token", "remove", &client.key, "--reason", "lost"], "");
    assert!(removed["removed_at"].is_string());
    let account = format!("{}/api/account", server.url);
    assert_eq!(curl_json(&[&account, "-H", &bearer])["error"], "invalid_token");
    assert_eq!(server.ask(&client, "--data")["error"], "invalid_client");
}

#[test]
fn a_sign_in_that_the_operator_vouches_for_opens_the_organization() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let email = "ada@example.com";
    let create = ["organization", "create", "--name", "Works", "--owner", email, "--federated"];
    let made = admin_json(server.path(), &create, "");
    let organization = made["uuid"].as_str().unwrap();
    let scope = format!("scope=organization:{organization}");
    let (id, secret) =
        (format!("client_id={}", client.key), format!("client_secret={}", client.secret));
    let ask = || {
        let grant = "grant_type=client_credentials";
        let url = server.token_url();
        curl_json(&[
            "-d",
            &id,
            "-d",
            &secret,
            "-d",
            grant,
            "--data-urlencode",
            &scope,
            "-X",
            "POST",
            &url,
        ])
    };
    assert_eq!(ask()["error"], "invalid_scope");
    let attest = [
        "organization",
        "attest-sign-in",
        "--organization",
        organization,
        "--email",
        email,
        "--reason",
        "test",
    ];
    assert!(admin_json(server.path(), &attest, "")["until"].is_string());
    let token = ask()["access_token"].as_str().unwrap().to_owned();
    let url = format!("{}/api/organizations/{organization}", server.url);
    let opened = curl_json(&[&url, "-H", &format!("Authorization: Bearer {token}")]);
    assert_eq!(opened["name"], "Works");
}

#[test]
fn a_member_is_added_once_and_the_refusal_says_why() {
    let server = Server::start();
    server.client("ada@example.com");
    server.client("bob@example.com");
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let made = admin_json(server.path(), &create, "");
    let add = [
        "organization",
        "add-member",
        "--organization",
        made["uuid"].as_str().unwrap(),
        "--email",
        "bob@example.com",
    ];
    admin_json(server.path(), &add, "");
    let again = admin(server.path(), &add, "");
    assert_eq!(again.status.code(), Some(1));
    assert_eq!(text(&again.stderr), "keymoor: the account is a member already\n");
}

#[test]
fn a_list_reads_well_for_a_person_and_for_a_script() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let list = ["token", "list", "--email", "ada@example.com"];
    assert_eq!(admin_json(server.path(), &list, "")[0]["api_key"], client.key);
    let mut command = keymoor();
    command.arg("admin").args(list).arg("--data").arg(server.path());
    let shown = text(&run(command, "").stdout);
    assert!(shown.starts_with("API KEY "), "{shown}");
    assert!(shown.contains(&client.key) && shown.contains("active"), "{shown}");
}

#[test]
fn what_is_wrong_is_told_and_changes_nothing() {
    let data = tempfile::tempdir().unwrap();
    let cases: [(&[&str], &str, i32, &str); 5] = [
        (&["account", "create", "--email", "nonsense"], "", 1, "e-mail address"),
        (
            &["account", "create", "--email", "a@b.example", "--password-stdin"],
            "short",
            1,
            "8 to 1024",
        ),
        (
            &["token", "create", "--email", "no@b.example", "--label", "x"],
            "",
            1,
            "account not found",
        ),
        (
            &["token", "remove", "9b2f7c1e-4d3a-4b6c-8e5f-0a1b2c3d4e5f"],
            "",
            1,
            "API token not found",
        ),
        (&["token", "remove", "nonsense"], "", 2, "canonical UUID"),
    ];
    for (arguments, input, code, told) in cases {
        let output = admin(data.path(), arguments, input);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
        assert!(text(&output.stderr).contains(told), "{}", text(&output.stderr));
    }
    let none = admin_json(data.path(), &["account", "create", "--email", "a@b.example"], "");
    assert!(none["uuid"].is_string());
}

#[test]
fn the_socket_and_the_keys_are_private() {
    use std::os::unix::fs::PermissionsExt;
    let server = Server::start();
    for name in ["admin.sock", "master.key", "keymoor.sqlite", "lock"] {
        let mode = fs::metadata(server.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{name}");
    }
}

#[test]
fn a_stale_socket_is_replaced() {
    let data = tempfile::tempdir().unwrap();
    drop(std::os::unix::net::UnixListener::bind(data.path().join("admin.sock")).unwrap());
    let server = Server::spawn(keymoor(), data, &[]);
    server.client("ada@example.com");
}

#[test]
fn whoever_holds_the_data_without_answering_is_waited_for_and_then_told() {
    let data = tempfile::tempdir().unwrap();
    let lock = data.path().join("lock");
    let held = fs::File::create(&lock).unwrap();
    held.lock().unwrap();
    let output = admin(data.path(), &["account", "create", "--email", "a@b.example"], "");
    assert_eq!(output.status.code(), Some(3));
    let told = text(&output.stderr);
    assert!(told.contains("another keymoor process holds"), "{told}");
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let server = Server::start();
    let mut second = keymoor();
    second.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(server.path());
    let output = run(second, "");
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr);
    assert!(told.contains("a server already runs on"), "{told}");
}

#[test]
fn a_path_too_long_for_a_socket_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("x".repeat(120));
    let output = admin(&long, &["account", "create", "--email", "a@b.example"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("too long for a socket"));
}

#[test]
fn a_lost_master_key_is_told_and_none_is_made() {
    let data = tempfile::tempdir().unwrap();
    admin_json(data.path(), &["account", "create", "--email", "a@b.example"], "");
    fs::remove_file(data.path().join("master.key")).unwrap();
    let output = admin(data.path(), &["account", "create", "--email", "b@b.example"], "");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("bring it back"), "{}", text(&output.stderr));
    assert!(!data.path().join("master.key").exists());
}

#[test]
fn s31_a_wrong_master_key_is_told() {
    let data = tempfile::tempdir().unwrap();
    admin_json(data.path(), &["account", "create", "--email", "a@b.example"], "");
    let mut command: Command = keymoor();
    command.env("KEYMOOR_MASTER_KEY", "ab".repeat(32));
    command.args(["admin", "token", "list", "--email", "a@b.example", "--data"]).arg(data.path());
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(3));
    assert!(text(&output.stderr).contains("the master key is not the one"));
}
