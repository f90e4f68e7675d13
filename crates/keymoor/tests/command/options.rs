use std::fs;

use super::process::{Server, curl_json, keymoor, run, text};

fn refused(options: &[&str]) -> String {
    let data = tempfile::tempdir().unwrap();
    let mut command = keymoor();
    command.arg("serve").arg("--data").arg(data.path()).args(options);
    let output = run(command, "");
    assert_eq!(output.status.code(), Some(1), "{options:?}: {}", text(&output.stderr));
    text(&output.stderr)
}

#[test]
fn secrets_do_not_cross_a_network_in_the_clear() {
    assert!(refused(&["--listen", "0.0.0.0:0"]).contains("--tls-cert"));
    assert!(refused(&["--listen", "[::]:0"]).contains("--behind-proxy"));
    let told = refused(&["--listen", "0.0.0.0:0", "--behind-proxy", "127.0.0.1/32"]);
    assert!(told.contains("--public-url"), "{told}");
}

#[test]
fn wrong_values_are_told_with_their_option() {
    assert!(refused(&["--public-url", "nonsense"]).contains("--public-url"));
    let told = refused(&["--public-url", "https://example.com/keymoor"]);
    assert!(told.contains("--public-url") && told.contains("has a path"), "{told}");
    assert!(refused(&["--log", "a=b=c"]).contains("--log"));
    assert!(refused(&["--config", "/nonexistent.toml"]).contains("/nonexistent.toml"));
}

#[test]
fn the_issuer_is_the_bound_address_or_the_public_url() {
    let issuer = |server: &Server| {
        let local = format!("http://127.0.0.1:{}", server_port(server));
        curl_json(&[&format!("{local}/.well-known/oauth-authorization-server")])["issuer"].clone()
    };
    let server = Server::with(&["--admin-listen", "127.0.0.1:0"]);
    assert_eq!(issuer(&server), server.url);
}

fn server_port(server: &Server) -> String {
    server.url.rsplit(':').next().unwrap().to_owned()
}

#[test]
fn the_command_line_comes_before_the_environment_and_that_before_the_file() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("keymoor.toml");
    fs::write(&file, "audience = \"file\"\nsigning-algorithm = \"EdDSA\"\n").unwrap();
    let resource = |environment: Option<&str>, option: Option<&str>| {
        let mut command = keymoor();
        command.envs(environment.map(|value| ("KEYMOOR_AUDIENCE", value)));
        let mut options = vec!["--config", file.to_str().unwrap()];
        options.extend(option.iter().flat_map(|value| ["--audience", value]));
        let server = Server::spawn(command, tempfile::tempdir().unwrap(), &options);
        let url = format!("{}/.well-known/oauth-protected-resource", server.url);
        let keys = curl_json(&[&format!("{}/.well-known/jwks.json", server.url)]);
        assert_eq!(keys["keys"][0]["alg"], "EdDSA");
        curl_json(&[&url])["resource"].as_str().unwrap().to_owned()
    };
    assert_eq!(resource(None, None), "file");
    assert_eq!(resource(Some("environment"), None), "environment");
    assert_eq!(resource(Some("environment"), Some("option")), "option");
}

#[test]
fn an_unknown_name_in_the_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keymoor.toml");
    fs::write(&file, "lisen = \"127.0.0.1:0\"\n").unwrap();
    assert!(refused(&["--config", file.to_str().unwrap()]).contains("lisen"));
}

#[test]
fn help_teaches() {
    for (arguments, expected) in [
        (vec!["--help"], "Exit codes:"),
        (vec!["serve", "--help"], "KEYMOOR_LISTEN"),
        (vec!["demo", "--help"], "--check"),
        (vec!["admin", "token", "create", "--help"], "--token-life"),
    ] {
        let mut command = keymoor();
        command.args(&arguments);
        let output = run(command, "");
        assert!(text(&output.stdout).contains(expected), "{arguments:?}");
    }
}

#[test]
fn s101_a_faulty_file_is_told_by_place_without_what_it_holds() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("keymoor.toml");
    let canary = "postgres://keymoor:canary@db.example.com/keymoor";
    for text in [
        format!("# a\ndatabase = \"{canary}\n"),
        format!("# a\ndatabase = [\"{canary}\"]\n"),
        format!("# a\ndatabase-connections = \"{canary}\"\n"),
        format!("# a\nsigning-algorithm = \"{canary}\"\n"),
        format!("# a\ndatabase = {canary}\n"),
        format!("# a\nunknown = \"{canary}\"\n"),
        format!("# a\ndatabase = \"{canary}\" x\n"),
    ] {
        fs::write(&file, &text).unwrap();
        let told = refused(&["--config", file.to_str().unwrap()]);
        assert!(told.contains("keymoor.toml, line "), "{text}: {told}");
        assert!(!told.contains("canary"), "{text}: {told}");
    }
}
