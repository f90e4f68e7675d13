use std::{fs, time::Duration};

use super::process::{Server, admin_json, curl_json, keymoor};

#[test]
fn the_first_start_says_what_it_made_and_where() {
    let server = Server::start();
    let log = server.log();
    for name in ["keymoor.sqlite", "master.key"] {
        let path = server.path().canonicalize().unwrap().join(name);
        assert!(log.contains(&path.display().to_string()), "{log}");
    }
}

#[test]
fn a_stop_by_signal_is_orderly_and_keeps_the_last_uses() {
    let mut server = Server::start();
    let client = server.client("ada@example.com");
    server.bearer(&client);
    server.signal("-TERM");
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    let status = loop {
        match server.child.try_wait().unwrap() {
            Some(status) => break status,
            None => assert!(std::time::Instant::now() < deadline, "it does not stop"),
        }
        std::thread::yield_now();
    };
    assert!(status.success());
    let list = admin_json(server.path(), &["token", "list", "--email", "ada@example.com"], "");
    assert_eq!(list[0]["last_used_from"], "127.0.0.1");
}

#[test]
fn a_kill_loses_nothing_that_was_acknowledged() {
    let mut server = Server::start();
    let client = server.client("ada@example.com");
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let data = std::mem::replace(&mut server.data, tempfile::tempdir().unwrap());
    let again = Server::spawn(keymoor(), data, &[]);
    let bearer = again.bearer(&client);
    let account = format!("{}/api/account", again.url);
    assert_eq!(curl_json(&[&account, "-H", &bearer])["mail"], "ada@example.com");
    assert!(fs::metadata(again.path().join("keymoor.sqlite")).is_ok());
}
