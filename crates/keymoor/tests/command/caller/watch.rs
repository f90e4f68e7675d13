//! `token --write FILE --watch`: the file has a token that lives, whatever happens.

use std::{
    fs,
    io::Read,
    process::{Child, Stdio},
    time::Instant,
};

use super::{
    scripted::{Behaviour, Scripted},
    world::Caller,
};

/// A command that watches, killed when dropped. Tokens live for 10 seconds and are to have 9 left:
/// each is replaced after one.
struct Watched {
    caller: Caller,
    child: Child,
}

impl Watched {
    fn of(server: &Scripted) -> Self {
        let caller = server.caller();
        let file = caller.home.path().join("token");
        let watch = ["token", "--min-ttl", "9", "--watch", "--write", file.to_str().unwrap()];
        let child = caller.command(&watch).stderr(Stdio::piped()).spawn().unwrap();
        Self { caller, child }
    }

    /// Waits until the file holds this, and returns what it held before, in order.
    fn until(&self, wanted: &str) -> Vec<String> {
        let (begun, mut seen) = (Instant::now(), Vec::<String>::new());
        loop {
            assert!(begun.elapsed().as_secs() < 20, "{wanted} does not come: {seen:?}");
            let Ok(text) = fs::read_to_string(self.caller.home.path().join("token")) else {
                continue;
            };
            if seen.last() != Some(&text) {
                seen.push(text.clone());
            }
            if text.trim() == wanted {
                return seen;
            }
            std::thread::yield_now();
        }
    }

    /// What it said on stderr, after its end.
    fn said(mut self) -> String {
        let _ = self.child.kill();
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_watched_file_gets_each_new_token_whole() {
    let server = Scripted::with(Scripted::behaviour(10));
    let seen = Watched::of(&server).until("token-number-2");
    assert_eq!(seen, ["token-number-0\n", "token-number-1\n", "token-number-2\n"]);
}

#[test]
fn a_watched_file_keeps_its_token_while_there_is_no_new_one_and_the_watch_goes_on() {
    let server = Scripted::with(Behaviour { refuses: Some(1), ..Scripted::behaviour(10) });
    let watched = Watched::of(&server);
    assert_eq!(watched.until("token-number-2"), ["token-number-0\n", "token-number-2\n"]);
    let told = watched.said();
    assert!(told.contains("trying again in 1 s"), "{told}");
}

#[test]
fn s95_a_file_that_is_written_again_stays_the_users_alone() {
    use std::os::unix::fs::PermissionsExt;
    let server = Scripted::with(Scripted::behaviour(10));
    let watched = Watched::of(&server);
    watched.until("token-number-1");
    let file = watched.caller.home.path().join("token");
    assert_eq!(fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
}
