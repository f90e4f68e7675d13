//! What `doctor` finds.

use std::fs;

use serde_json::Value;

use super::{
    super::process::{run, text},
    scripted::{Behaviour, Scripted},
    world::{Caller, world},
};

/// The state and the sentence of one check, and the exit code.
fn found(caller: &Caller, check: &str, arguments: &[&str]) -> (String, String, i32) {
    let output = run(caller.command(&[&["doctor"], arguments].concat()), "");
    let rows: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    let row = rows.as_array().unwrap().iter().find(|row| row["check"] == check);
    let row = row.unwrap_or_else(|| panic!("no {check} in {rows}"));
    let field = |name: &str| row[name].as_str().unwrap().to_owned();
    (field("state"), field("sentence"), output.status.code().unwrap())
}

#[test]
fn where_all_is_well_doctor_says_so_of_each_thing() {
    let (_server, _, caller) = world();
    let rows = caller.json(&["doctor", "/account"]);
    let checks: Vec<_> =
        rows.as_array().unwrap().iter().map(|row| row["check"].as_str().unwrap()).collect();
    let expected = [
        "values", "port", "secret", "hmac", "proxy", "dns", "tls", "token", "clock", "api",
        "scope", "call",
    ];
    assert_eq!(checks, expected);
    assert!(rows.as_array().unwrap().iter().all(|row| row["state"] == "ok"), "{rows}");
}

#[test]
fn a_call_that_is_refused_is_told_with_the_code_of_its_kind() {
    let (_server, _, caller) = world();
    let (state, sentence, code) = found(&caller, "call", &["/nowhere"]);
    assert_eq!((state.as_str(), code), ("bad", 22), "{sentence}");
}

#[test]
fn a_clock_that_differs_from_the_servers_is_told_and_tokens_work_all_the_same() {
    let date = Some("Mon, 01 Jan 2024 00:00:00 GMT");
    let server = Scripted::with(Behaviour { date, ..Scripted::behaviour(300) });
    let (state, sentence, code) = found(&server.caller(), "clock", &[]);
    assert_eq!((state.as_str(), code), ("note", 0));
    assert!(
        sentence.contains("differs from the server's by") && sentence.contains("set the clock")
    );
}

#[test]
fn a_server_that_tells_no_time_is_no_fault() {
    let server = Scripted::with(Scripted::behaviour(300));
    let (state, sentence, code) = found(&server.caller(), "clock", &[]);
    assert_eq!((state.as_str(), code), ("note", 0), "{sentence}");
}

#[test]
fn credentials_that_are_refused_end_doctor_with_4() {
    let server = Scripted::with(Behaviour { refuses: Some(0), ..Scripted::behaviour(300) });
    let (state, sentence, code) = found(&server.caller(), "token", &[]);
    assert_eq!((state.as_str(), code), ("bad", 4), "{sentence}");
}

#[test]
fn a_cached_token_does_not_hide_from_doctor_that_the_secret_is_refused() {
    let server = Scripted::with(Behaviour { refuses: Some(1), ..Scripted::behaviour(300) });
    let caller = server.caller();
    caller.said(&["token"]);
    assert_eq!(found(&caller, "token", &[]).2, 4);
}

#[test]
fn a_damaged_secret_is_seen_before_the_server_sees_it() {
    let (_server, client, caller) = world();
    let file = caller.home.path().join(".config/keymoor/secrets/default");
    fs::write(&file, &client.secret[..client.secret.len() - 1]).unwrap();
    let (state, sentence, code) = found(&caller, "secret", &[]);
    assert_eq!((state.as_str(), code), ("bad", 4));
    assert!(!sentence.contains(&client.secret[5..20]), "{sentence}");
}

#[test]
fn a_client_that_signs_by_hmac_is_noted() {
    let server = Scripted::with(Scripted::behaviour(300));
    let caller = server.caller();
    fs::create_dir(caller.home.path().join(".acquia")).unwrap();
    fs::write(caller.home.path().join(".acquia/cloudapi.conf"), "{}").unwrap();
    let (state, sentence, _) = found(&caller, "hmac", &[]);
    assert_eq!(state, "note");
    assert!(sentence.contains("2020-07-01"), "{sentence}");
}

#[test]
fn a_server_that_is_gone_ends_doctor_with_7() {
    let server = Scripted::with(Scripted::behaviour(300));
    let caller = server.caller();
    let profiles = caller.home.path().join(".config/keymoor/profiles.json");
    let known = fs::read_to_string(&profiles).unwrap();
    fs::write(&profiles, known.replace(&server.url, "http://127.0.0.1:1")).unwrap();
    let (state, sentence, code) = found(&caller, "network", &[]);
    assert_eq!((state.as_str(), code), ("bad", 7), "{sentence}");
}
