//! `keymoor admin audit`, as an operator runs it.

use std::{
    io::{BufRead, BufReader},
    process::{Output, Stdio},
};

use serde_json::Value;

use super::process::{Server, admin_json, keymoor, run, text};

fn audit(server: &Server, arguments: &[&str]) -> Output {
    let mut command = keymoor();
    command.args(["admin", "audit"]).args(arguments).arg("--data").arg(server.path());
    run(command, "")
}

fn lines(output: &Output) -> Vec<String> {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

/// A label that would be a line, a formula and a command to a terminal, if it could. Labels have no
/// control characters; what a browser says of itself may.
const EVIL: &str = "=HYPERLINK(\"x\"),\u{202e}x";

/// The cells of a line of CSV, as RFC 4180 has them read.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}

fn server() -> Server {
    let server = Server::start();
    server.client("ada@example.com");
    let create = ["token", "create", "--email", "ada@example.com", "--label", EVIL];
    admin_json(server.path(), &create, "");
    server
}

#[test]
fn s102_an_export_has_a_json_object_a_line_by_time_and_kind() {
    let server = server();
    let all = lines(&audit(&server, &["export"]));
    let events: Vec<Value> = all.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert!(
        kinds.contains(&"account.created") && kinds.contains(&"signing_key.added"),
        "{kinds:?}"
    );
    let tokens = lines(&audit(&server, &["export", "--kind", "api_token"]));
    assert_eq!(tokens.len(), 2, "{tokens:?}");
    assert!(tokens.iter().all(|line| line.contains("\"api_token.created\"")));
    assert!(lines(&audit(&server, &["export", "--kind", "api"])).is_empty(), "no part of a word");
    assert_eq!(lines(&audit(&server, &["export", "--since", "1h"])).len(), all.len());
    assert!(lines(&audit(&server, &["export", "--until", "2020-01-01"])).is_empty());
    let wrong = audit(&server, &["export", "--since", "yesterday"]);
    assert!(!wrong.status.success() && text(&wrong.stderr).contains("2026-11-25T05:00:00Z"));
}

#[test]
fn s102_a_csv_export_is_data_and_no_formula() {
    let server = server();
    let all = lines(&audit(&server, &["export", "--format", "csv", "--kind", "api_token.created"]));
    assert_eq!(all[0], "at,kind,actor,subject,account,address,times,detail,id");
    assert_eq!(all.len(), 3, "a line each: {all:?}");
    for line in &all[1..] {
        let cells = cells(line);
        assert_eq!(cells.len(), 9, "{line}");
        assert!(!line.contains('\u{202e}') && cells.iter().all(|cell| !cell.starts_with('=')));
    }
}

#[test]
fn s102_a_follower_is_shown_what_happens() {
    let server = server();
    let mut command = keymoor();
    command.args(["admin", "audit", "tail", "-n", "1", "--follow", "-o", "json", "--data"]);
    let mut child = command.arg(server.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut shown = BufReader::new(child.stdout.take().unwrap()).lines();
    let first: Value = serde_json::from_str(&shown.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["kind"], "api_token.created");
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let made = admin_json(server.path(), &create, "");
    let next: Value = serde_json::from_str(&shown.next().unwrap().unwrap()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((&next["kind"], &next["subject"]), (&"organization.created".into(), &made["uuid"]));
}

#[test]
fn the_tail_is_a_line_for_people() {
    let server = server();
    let last = lines(&audit(&server, &["tail", "-n", "2"]));
    assert_eq!(last.len(), 2, "{last:?}");
    assert!(last[1].contains("api_token.created") && last[1].contains("by operator"), "{last:?}");
}
