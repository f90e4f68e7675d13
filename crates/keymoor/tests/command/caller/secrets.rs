use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};

use super::{
    super::process::{Server, run, text},
    world::{Caller, world},
};

#[test]
fn s95_files_are_the_users_alone() {
    let (_server, _, caller) = world();
    let token = caller.home.path().join("token");
    caller.said(&["token", "--write", token.to_str().unwrap()]);
    let mode = |path: &str| {
        fs::metadata(caller.home.path().join(path)).unwrap().permissions().mode() & 0o777
    };
    for folder in [".config/keymoor", ".config/keymoor/secrets", ".cache/keymoor"] {
        assert_eq!(mode(folder), 0o700, "{folder}");
    }
    for file in [".config/keymoor/profiles.json", ".config/keymoor/secrets/default", "token"] {
        assert_eq!(mode(file), 0o600, "{file}");
    }
    let cached = fs::read_dir(caller.home.path().join(".cache/keymoor")).unwrap();
    for entry in cached.map(Result::unwrap) {
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn s95_a_secret_that_others_can_read_and_a_link_are_refused() {
    let (_server, _, caller) = world();
    let file = caller.home.path().join(".config/keymoor/secrets/default");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, told) = caller.fails(&["token"]);
    assert_eq!(code, 4);
    assert!(told.contains("others can read it"), "{told}");
    let elsewhere = caller.home.path().join("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o600)).unwrap();
    symlink(&elsewhere, &file).unwrap();
    assert_eq!(caller.fails(&["token"]).0, 4);
}

#[test]
fn s95_a_login_through_a_link_does_not_write_where_it_leads() {
    let (server, client, _) = world();
    let caller = Caller::new();
    let folder = caller.home.path().join(".config/keymoor/secrets");
    fs::create_dir_all(&folder).unwrap();
    let victim = caller.home.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    symlink(&victim, folder.join("default")).unwrap();
    assert!(caller.login(&server.url, &client).status.success());
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
}

#[test]
fn s95_no_process_has_the_secret_in_its_arguments_and_no_child_finds_it() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let caller = Caller::new();
    let trace = caller.home.path().join("trace");
    let traced = |arguments: &[&str], input: &str| {
        let known = caller.command(arguments);
        let mut command = Command::new("strace");
        command.args(["-f", "-v", "-s", "9999", "-e", "trace=execve", "-A", "-o"]);
        command.arg(&trace).arg(known.get_program()).args(known.get_args());
        command.env("HOME", caller.home.path());
        command.env_remove("XDG_CONFIG_HOME").env_remove("XDG_CACHE_HOME");
        let output = run(command, input);
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    let login = ["login", "--server", &server.url, "--key", &client.key, "--secret-stdin"];
    traced(&login, &client.secret);
    traced(&["api", "/account"], "");
    traced(&["exec", "--", "true"], "");
    let seen = fs::read_to_string(&trace).unwrap();
    assert!(seen.contains("\"exec\"") && seen.contains("ACLI_ACCESS_TOKEN="), "it was looked at");
    assert!(!seen.contains(&client.secret), "{seen}");
}

#[test]
fn s95_exec_hands_on_a_token_and_takes_the_secret_away() {
    let (server, client, caller) = world();
    let mut command = caller.command(&["exec", "--", "env"]);
    command.env("KEYMOOR_SERVER", &server.url).env("KEYMOOR_KEY", &client.key);
    command.env("KEYMOOR_SECRET", &client.secret).env("ACLI_SECRET", &client.secret);
    let seen = text(&run(command, "").stdout);
    assert!(seen.contains("KEYMOOR_ACCESS_TOKEN=eyJ"), "{seen}");
    assert!(seen.contains("ACLI_ACCESS_TOKEN_EXPIRY="), "{seen}");
    assert!(!seen.contains(&client.secret), "{seen}");
}

#[test]
fn a_command_in_exec_calls_with_the_token_it_was_handed_and_its_code_is_the_commands() {
    let (_server, _, caller) = world();
    let bin = env!("CARGO_BIN_EXE_keymoor");
    let mail = caller.said(&["exec", "--", bin, "api", "/account", "--jq", ".mail"]);
    assert_eq!(mail, "ada@example.com\n");
    assert_eq!(caller.fails(&["exec", "--", "sh", "-c", "exit 42"]).0, 42);
}

#[test]
fn s95_an_option_that_would_take_a_secret_is_refused_with_the_reason() {
    let (_server, client, caller) = world();
    let (code, told) = caller.fails(&["login", "--key", &client.key, "--secret", &client.secret]);
    assert_eq!(code, 2);
    assert!(told.contains("every user of this machine can read"), "{told}");
    assert!(!told.contains(&client.secret), "{told}");
}

#[test]
fn s101_a_failure_repeats_no_secret() {
    let (server, client, _) = world();
    let caller = Caller::new();
    let canary = format!("{}canary%20", &client.secret[..30]);
    let wrong = super::super::process::Client { key: client.key, secret: canary.clone() };
    let output = caller.login(&server.url, &wrong);
    assert_eq!(output.status.code(), Some(4));
    let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(!told.contains("canary") && told.contains("secret"), "{told}");
}

#[test]
fn s97_what_acquia_cli_stored_goes_to_no_server_that_the_environment_names() {
    let caller = Caller::new();
    let folder = caller.home.path().join(".acquia");
    std::fs::create_dir(&folder).unwrap();
    let stored = r#"{"keys":{"aaaaaaaaaa":{"secret":"0123456789"}}}"#;
    std::fs::write(folder.join("cloud_api.conf"), stored).unwrap();
    let mut login = caller.command(&["login", "--import", "--no-check"]);
    login.env("KEYMOOR_SERVER", "https://evil.example");
    assert!(run(login, "").status.success());
    assert_eq!(caller.json(&["profiles"])[0]["api"], "https://cloud.acquia.com/api");
    let beside = ["login", "--import", "--no-check", "--server", "https://evil.example"];
    assert_eq!(caller.fails(&beside).0, 2);
}
