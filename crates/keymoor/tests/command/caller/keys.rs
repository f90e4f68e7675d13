use super::{
    super::process::{run, text},
    world::world,
};

#[test]
fn a_rotation_leaves_a_profile_that_works_and_an_old_key_that_does_not() {
    let (server, client, caller) = world();
    let (code, told) = caller.fails(&["keys", "rotate"]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(caller.json(&["api", "/account"])["mail"], "ada@example.com");
    assert_eq!(server.ask(&client, "--data")["error"], "invalid_client");
    assert!(!told.contains("km_"), "{told}");
}

#[test]
fn a_rotation_that_keeps_the_old_leaves_both() {
    let (server, client, caller) = world();
    caller.said(&["keys", "rotate", "--keep-old"]);
    assert_eq!(server.ask(&client, "--data")["token_type"], "Bearer");
    let profile = &caller.json(&["profiles"])[0];
    assert_ne!(profile["key"], client.key);
}

#[test]
fn a_new_token_is_printed_once_or_kept_under_a_profile() {
    let (_server, _, caller) = world();
    let made = caller.json(&["keys", "create", "--label", "deploy"]);
    assert!(made["api_secret"].as_str().unwrap().starts_with("km_"));
    let said = caller.said(&["keys", "create", "--label", "other", "--profile-for", "other"]);
    assert_eq!(said, "");
    assert_eq!(caller.json(&["api", "-p", "other", "/account"])["mail"], "ada@example.com");
}

#[test]
fn the_token_in_use_is_not_removed_by_mistake() {
    let (_server, client, caller) = world();
    assert_eq!(caller.fails(&["keys", "remove", &client.key]).0, 2);
    assert_eq!(caller.fails(&["keys", "remove", "../../account"]).0, 2);
    let made = caller.json(&["keys", "create", "--label", "deploy"]);
    caller.said(&["keys", "remove", made["api_key"].as_str().unwrap(), "--reason", "test"]);
    assert!(caller.said(&["keys", "list"]).contains("\"reason\": \"test\""));
}

#[test]
fn s97_a_new_token_replaces_no_profile_unasked() {
    let (_server, client, caller) = world();
    let create = ["keys", "create", "--label", "other", "--profile-for", "default"];
    assert_eq!(caller.fails(&create).0, 2);
    assert_eq!(caller.json(&["profiles"])[0]["key"], client.key.as_str());
    assert!(!caller.said(&["keys", "list"]).contains("\"other\""));
    caller.said(&[&create[..], &["--force"]].concat());
    assert_ne!(caller.json(&["profiles"])[0]["key"], client.key.as_str());
}

#[test]
fn a_new_token_that_cannot_be_kept_is_removed_again() {
    let (_server, client, caller) = world();
    let secrets = caller.home.path().join(".config/keymoor/secrets");
    let aside = caller.home.path().join("aside");
    std::fs::create_dir(secrets.join("other")).unwrap();
    let create = ["keys", "create", "--label", "stray", "--profile-for", "other"];
    let (code, told) = caller.fails(&create);
    assert!(code != 0 && told.contains("removed again"), "{code} {told}");
    std::fs::rename(secrets.join("other"), aside).unwrap();
    assert_eq!(caller.json(&["profiles"])[0]["key"], client.key.as_str());
    assert_eq!(caller.json(&["profiles"]).as_array().unwrap().len(), 1);
}

#[test]
fn a_rotation_writes_no_organization_of_the_moment_into_the_profile() {
    const ORGANIZATION: &str = "1b1f3f1c-6c2f-4a35-9a0e-0d0f6a1c2b3d";
    let (server, client, caller) = world();
    let fixed = ["--no-check", "--secret-stdin", "--org", ORGANIZATION];
    let login = ["login", "--server", &server.url, "--key", &client.key];
    assert!(run(caller.command(&[&login[..], &fixed].concat()), &client.secret).status.success());
    let create = ["keys", "create", "--label", "x", "--profile-for", "other"];
    for arguments in [&create[..], &["keys", "rotate"]] {
        let mut command = caller.command(arguments);
        command.env("KEYMOOR_ORGANIZATION", "auto");
        assert!(run(command, "").status.success());
    }
    let profiles = caller.json(&["profiles"]);
    assert!(profiles.as_array().unwrap().iter().all(|one| one["organization"] == ORGANIZATION));
}

#[test]
fn s97_a_server_without_credentials_is_not_silently_another() {
    let (server, _, caller) = world();
    let with = |url: &str| {
        let mut token = caller.command(&["token"]);
        token.env("KEYMOOR_SERVER", url);
        run(token, "")
    };
    assert!(with(&server.url).status.success());
    let other = with("https://elsewhere.example");
    assert_eq!(other.status.code(), Some(2));
    assert!(text(&other.stderr).contains("KEYMOOR_SERVER is set without KEYMOOR_KEY"));
}
