use super::world::world;

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
