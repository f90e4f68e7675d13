//! SIGTERM under load: not ready any more, a wait, and whoever was heard is answered.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{http::ApiToken, ledger::Ledger, load::Load, node::Node, place::Place};

/// How soon it has to say that it is about to stop.
const BOUND: Duration = Duration::from_secs(5);

/// What `/readyz` says.
fn readiness(place: &Place) -> String {
    let socket = place.data().join("admin.sock");
    let mut curl = Command::new("curl");
    curl.args(["-s", "-m", "5", "--unix-socket"]).arg(socket).arg("http://admin/readyz");
    String::from_utf8(curl.output().unwrap().stdout).unwrap()
}

/// A request for a token of which the last byte was not sent yet.
struct Unfinished {
    stream: TcpStream,
    last: [u8; 1],
}

impl Unfinished {
    fn begin(node: &Node, token: &ApiToken) -> Self {
        let address = &node.url["http://".len()..];
        let (key, secret) = (&token.key, &token.secret);
        let form =
            format!("grant_type=client_credentials&client_id={key}&client_secret={secret}&scope=");
        let mut stream = TcpStream::connect(address).unwrap();
        let (length, kind) = (form.len(), "application/x-www-form-urlencoded");
        let head = format!(
            "POST /api/auth/oauth/token HTTP/1.1\r\nHost: {address}\r\nContent-Type: {kind}\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let (most, last) = form.as_bytes().split_at(length - 1);
        stream.write_all(&[head.as_bytes(), most].concat()).unwrap();
        Self { stream, last: [last[0]] }
    }

    /// What is answered to the whole of it.
    fn finish(mut self) -> String {
        self.stream.write_all(&self.last).unwrap();
        let mut answer = String::new();
        self.stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s93_a_server_that_stops_says_so_first_and_answers_whoever_it_has_heard() {
    let (mut place, ledger) = (Place::new(), Arc::new(Ledger::default()));
    place.options = vec!["--leave-seconds", "600"];
    let (owner, node) = (place.token(), place.start());
    let bearer = node.caller.bearer(&owner).await.unwrap();
    let load = Load::begin(&ledger, &node.caller, &bearer, 93);
    ledger.until_more(10).await;
    assert_eq!(readiness(&place), "ready\n");
    node.terminate();
    let begun = Instant::now();
    while readiness(&place) != "the server is about to stop\n" {
        assert!(begun.elapsed() < BOUND, "{}", readiness(&place));
    }
    ledger.until_more(10).await;
    load.end().await;
    let unfinished = Unfinished::begin(&node, &owner);
    // Answered after it: the server has heard the one before.
    assert!(node.caller.bearer(&owner).await.is_some());
    node.terminate();
    let answer = unfinished.finish();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    node.wait();
    assert_eq!((ledger.refused().len(), ledger.unknown()), (0, 0), "everybody was answered");
    let node = place.start();
    ledger.close(&node.caller).await.check();
}
