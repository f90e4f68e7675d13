use std::process::Command;

use super::process::{Server, curl_json, keymoor};

const CALLS: &str = "trace=fdatasync,fsync,recvfrom,read,sendto,write,writev,sendmsg";

/// Starts the server under strace, which writes each of [`CALLS`] to a file in the data folder.
fn traced() -> Server {
    let data = tempfile::tempdir().unwrap();
    let trace = data.path().join("trace");
    let mut command = Command::new("strace");
    command.args(["-f", "-y", "-s", "600", "-e", CALLS, "-o"]).arg(trace);
    command.arg(keymoor().get_program());
    Server::spawn(command, data, &[])
}

#[test]
fn s83_a_change_is_on_disk_before_its_answer_is_sent() {
    let server = traced();
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    let url = format!("{}/api/account/tokens/{}", server.url, client.key);
    let removed = curl_json(&["-X", "DELETE", &url, "-H", &bearer]);
    assert_eq!(removed["message"], "The access token has been revoked.");
    let trace = std::fs::read_to_string(server.path().join("trace")).unwrap();
    let lines: Vec<&str> = trace.lines().collect();
    let find = |what: &dyn Fn(&str) -> bool| lines.iter().position(|line| what(line)).unwrap();
    let asked = find(&|line| line.contains("DELETE /api/account"));
    let answered = find(&|line| line.contains("HTTP/1.1 200") && line.contains("has been revoked"));
    let synced = |line: &&str| line.contains("sync(") && line.contains("keymoor.sqlite-wal");
    let between = lines[asked..answered].iter().filter(|line| synced(line)).count();
    assert!(between >= 1, "no sync of the log between:\n{}", lines[asked..=answered].join("\n"));
}
