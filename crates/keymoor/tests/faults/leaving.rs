//! SIGTERM under load: not ready any more, a wait, and whoever was heard is answered.

use std::{
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    sync::Arc,
    time::{Duration, Instant},
};

use keymoor_testkit::postgres;

use crate::{
    http::ApiToken,
    ledger::Ledger,
    load::{CLIENTS, Load},
    node::Node,
    place::Place,
};

/// Longer than a server issues that does not know what others change, shorter than running requests may take.
const LONG: Duration = Duration::from_secs(7);
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
    let place = Place::shared(postgres().database());
    let (mut place, ledger) = (place, Arc::new(Ledger::default()));
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
    let unfinished = Unfinished::begin(&node, &owner);
    // Answered after it: the server has heard the one before.
    assert!(node.caller.bearer(&owner).await.is_some());
    assert!(ledger.refused().is_empty(), "everybody was served");
    node.terminate();
    tokio::time::sleep(LONG).await;
    let answer = unfinished.finish();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    node.wait();
    load.end().await;
    assert_eq!(ledger.unserved(), 0, "who was heard was served");
    // On a connection that ends just then, a request may get no answer: once for each client, since from
    // then on nobody listens.
    assert!(ledger.unknown() <= usize::try_from(CLIENTS).unwrap(), "{}", ledger.unknown());
    let node = place.start();
    ledger.close(&node.caller).await.check();
}
