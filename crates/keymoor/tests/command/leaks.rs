use std::fs;

use super::process::{PASSWORD, Server, curl};

#[test]
fn s101_a_day_of_work_leaves_no_secret_in_log_database_or_socket_files() {
    let server = Server::with(&["--log", "trace"]);
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    let account = format!("{}/api/account", server.url);
    curl(&[&account, "-H", &bearer]);
    curl(&[&account, "-H", &format!("{bearer}x")]);
    curl(&[&format!("{}?client_secret={}", server.token_url(), client.secret), "-d", "x"]);
    curl(&[&server.token_url(), "-d", &format!("client_secret={}", client.secret)]);
    server.signal("-TERM");
    let log = server.log();
    assert!(log.contains("token refused"), "the log was looked at: {log}");
    let signature = bearer.rsplit('.').next().unwrap();
    let key = fs::read_to_string(server.path().join("master.key")).unwrap();
    let canaries = [&client.secret[3..40], signature, PASSWORD, key.trim()];
    for entry in fs::read_dir(server.path()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Ok(bytes) = fs::read(&path) else { continue };
        for canary in canaries.iter().filter(|_| name != "master.key") {
            let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
            assert!(!found, "{name} holds a secret");
        }
    }
}

#[test]
fn s101_the_log_is_json_lines_in_utc() {
    let server = Server::with(&["--log", "info"]);
    curl(&[&server.token_url(), "-d", "grant_type=x"]);
    let log = server.log();
    let line = log.lines().find(|line| line.contains("token refused")).unwrap();
    let event: serde_json::Value = serde_json::from_str(line).unwrap();
    assert!(event["timestamp"].as_str().unwrap().ends_with('Z'), "{line}");
    assert_eq!(event["error"], "invalid_client");
}
