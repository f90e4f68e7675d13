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
        command.env("KEYMOOR_SECRET_STORE", "file");
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

#[test]
fn s95_a_file_of_a_secret_that_others_can_read_is_told() {
    let (server, client, caller) = world();
    let file = caller.home.path().join("secret");
    fs::write(&file, &client.secret).unwrap();
    let token = |mode| {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let mut command = caller.command(&["token"]);
        command.env("KEYMOOR_SERVER", &server.url).env("KEYMOOR_KEY", &client.key);
        let output = run(
            {
                command.env("KEYMOOR_SECRET_FILE", &file);
                command
            },
            "",
        );
        assert!(output.status.success());
        text(&output.stderr)
    };
    assert_eq!(token(0o600), "");
    assert!(token(0o644).contains("others can read"), "{}", token(0o644));
}

#[test]
fn s95_a_command_that_runs_on_has_no_secret_in_its_arguments_or_environment() {
    let (_server, client, caller) = world();
    let file = caller.home.path().join("token");
    let watch = ["token", "--write", file.to_str().unwrap(), "--watch"];
    let mut child = caller.command(&watch).spawn().unwrap();
    while !file.exists() {
        std::thread::yield_now();
    }
    let token = fs::read_to_string(&file).unwrap();
    let process = format!("/proc/{}", child.id());
    let seen = ["cmdline", "environ"].map(|name| fs::read(format!("{process}/{name}")).unwrap());
    child.kill().unwrap();
    child.wait().unwrap();
    for seen in seen.map(|bytes| text(&bytes)) {
        assert!(!seen.is_empty() && !seen.contains(&client.secret) && !seen.contains(token.trim()));
    }
}

/// Somebody whose acquia/cli is logged in with a key for Acquia, or for another server.
fn with_acquia_cli(caller: &Caller, server: Option<&str>) {
    let folder = caller.home.path().join(".acquia");
    fs::create_dir(&folder).unwrap();
    let own = server.map_or_else(String::new, |url| {
        let token = format!("{url}/api/auth/oauth/token");
        format!(r#","cloud_api_base_uri":"{url}/api","accounts_uri":"{token}""#)
    });
    let stored = format!(
        r#"{{"acli_key":"aaaaaaaaaa","keys":{{"aaaaaaaaaa":{{"secret":"0123456789"{own}}}}}}}"#
    );
    fs::write(folder.join("cloud_api.conf"), stored).unwrap();
}

#[test]
fn s97_acquia_cli_does_not_send_its_own_secret_to_this_server() {
    let (_server, _, caller) = world();
    with_acquia_cli(&caller, None);
    let output = caller.run(&["exec", "--", "env"]);
    let (seen, told) = (text(&output.stdout), text(&output.stderr));
    assert!(seen.contains("KEYMOOR_ACCESS_TOKEN=") && !seen.contains("ACLI_"), "{seen}");
    assert!(told.contains("would send that secret"), "{told}");
    let (code, told) = caller.fails(&["token", "-f", "acli"]);
    assert_eq!(code, 2);
    assert!(told.contains("acli auth:logout"), "{told}");
}

#[test]
fn an_acquia_cli_that_acts_as_somebody_else_is_told() {
    let (server, _, caller) = world();
    with_acquia_cli(&caller, Some(&server.url));
    let output = caller.run(&["exec", "--", "env"]);
    assert!(text(&output.stdout).contains("ACLI_ACCESS_TOKEN="));
    let told = text(&output.stderr);
    assert!(told.contains("is logged in with aaaaaaaaaa: it uses that"), "{told}");
    assert!(caller.said(&["token", "-f", "acli"]).contains("ACLI_ACCESS_TOKEN="));
}

#[test]
fn s97_an_acquia_cli_that_nobody_can_tell_about_gets_no_variables() {
    let (_server, _, caller) = world();
    let folder = caller.home.path().join(".acquia");
    fs::create_dir(&folder).unwrap();
    for stored in ["{", r#"{"device_token":{"access_token":"x"}}"#] {
        fs::write(folder.join("cloud_api.conf"), stored).unwrap();
        let output = caller.run(&["exec", "--", "env"]);
        assert!(output.status.success() && !text(&output.stdout).contains("ACLI_"), "{stored}");
        assert!(text(&output.stderr).contains("acquia/cli"), "{stored}");
    }
}
