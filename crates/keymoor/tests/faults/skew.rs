//! Clocks that are wrong, by libfaketime.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use keymoor_testkit::postgres;

use crate::{
    http::{ApiToken, Caller},
    node::Node,
    place::Place,
};

/// How soon a server has to notice that its clock is wrong: it looks each second.
const BOUND: Duration = Duration::from_secs(5);

/// faketime, which shows its program a clock that the file says how to set. Time that only passes is
/// left alone.
fn faketime(file: &Path) -> Vec<String> {
    let file = format!("FAKETIME_TIMESTAMP_FILE={}", file.display());
    let words = ["env", &file, "FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1"];
    let library = format!("LD_PRELOAD={}", library());
    words.into_iter().map(str::to_owned).chain([library]).collect()
}

/// Where Debian puts it.
fn library() -> String {
    let folders = fs::read_dir("/usr/lib").unwrap().map(|entry| entry.unwrap().path());
    let found =
        folders.map(|path| path.join("faketime/libfaketimeMT.so.1")).find(|path| path.exists());
    found.expect("libfaketime is installed (Debian: apt install faketime)").display().to_string()
}

async fn status(caller: &Caller, token: &ApiToken) -> u16 {
    caller.ask(token).await.map_or(0, |answer| answer.status)
}

/// Sets the clock of `node`, and waits until the token endpoint answers so.
async fn set(clock: &Path, to: &str, node: &Node, token: &ApiToken, expected: u16) {
    // Put there at once: it may be read at any moment.
    let new = clock.with_extension("new");
    fs::write(&new, format!("{to}\n")).unwrap();
    fs::rename(new, clock).unwrap();
    let begun = Instant::now();
    while status(&node.caller, token).await != expected {
        assert!(begun.elapsed() < BOUND, "clock {to}: not {expected}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s92_a_server_whose_clock_is_set_wrong_stops_issuing_and_the_others_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let clock = folder.path().join("clock");
    fs::write(&clock, "+0\n").unwrap();
    let right = Place::shared(postgres().database());
    let wrong = right.beside();
    let (token, right) = (right.token(), right.start());
    let wrong = wrong.try_start(&faketime(&clock)).unwrap();
    assert_eq!(status(&wrong.caller, &token).await, 200, "faketime alone changes nothing");
    for apart in ["+3", "-3", "+3600", "-86400"] {
        set(&clock, apart, &wrong, &token, 503).await;
        assert_eq!(status(&right.caller, &token).await, 200);
        set(&clock, "+0", &wrong, &token, 200).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s92_a_server_that_starts_with_a_wrong_clock_issues_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let clock = folder.path().join("clock");
    let place = Place::shared(postgres().database());
    let token = place.token();
    for apart in ["+30", "-30"] {
        fs::write(&clock, format!("{apart}\n")).unwrap();
        let node = place.try_start(&faketime(&clock)).unwrap();
        assert_eq!(status(&node.caller, &token).await, 503, "{apart}");
    }
}
