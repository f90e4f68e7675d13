//! A server that answers by script.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{super::process::Client, world::Caller};

/// Status and body of the answer to a method and path.
pub(super) type Script = fn(&str, &str) -> (u16, String);

/// How it answers.
#[derive(Clone, Copy)]
pub(super) struct Behaviour {
    /// To all but requests of tokens.
    pub(super) script: Script,
    /// How many seconds its tokens live.
    pub(super) life: u32,
    /// Which request of a token it refuses, counted from 0.
    pub(super) refuses: Option<usize>,
    /// The time that it tells.
    pub(super) date: Option<&'static str>,
}

pub(super) struct Scripted {
    pub(super) url: String,
    tokens: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    /// Issues tokens, and answers all else by `script`.
    pub(super) fn start(script: Script) -> Self {
        Self::with(Behaviour { script, life: 300, refuses: None, date: None })
    }

    /// Nothing but tokens that live for so many seconds.
    pub(super) fn behaviour(life: u32) -> Behaviour {
        Behaviour { script: |_, _| (404, "{}".to_owned()), life, refuses: None, date: None }
    }

    pub(super) fn with(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let tokens = Arc::new(AtomicUsize::new(0));
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let (counted, noted) = (tokens.clone(), seen.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (counted, noted) = (counted.clone(), noted.clone());
                std::thread::spawn(move || answer(stream, behaviour, &counted, &noted));
            }
        });
        Self { url, tokens, seen }
    }

    /// All requests but those of tokens: the first line, what says of which kind body and answer
    /// are, and the body.
    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// How many token requests there were.
    pub(super) fn tokens(&self) -> usize {
        self.tokens.load(Ordering::SeqCst)
    }

    /// Somebody with credentials stored for it, untried.
    pub(super) fn caller(&self) -> Caller {
        let caller = Caller::new();
        let login = ["login", "--no-check", "--server", &self.url, "--key", KEY, "--secret-stdin"];
        let output = super::super::process::run(caller.command(&login), SECRET);
        assert!(output.status.success());
        caller
    }
}

const KEY: &str = "6f0e8a8e-9d0f-4c55-8a55-5f8f3f0f0a11";
const SECRET: &str = "a-secret-of-some-other-server";

pub(super) fn client() -> Client {
    Client { key: KEY.to_owned(), secret: SECRET.to_owned() }
}

impl Behaviour {
    fn token(&self, count: usize) -> (u16, String) {
        if self.refuses == Some(count) {
            return (401, r#"{"error":"invalid_client","error_description":"No."}"#.to_owned());
        }
        let (token, life) = (format!("token-number-{count}"), self.life);
        (200, format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{life}}}"#))
    }
}

fn answer(
    mut stream: TcpStream,
    behaviour: Behaviour,
    tokens: &AtomicUsize,
    seen: &Mutex<Vec<String>>,
) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or_default() == 0 {
        return;
    }
    let (mut length, mut noted) = (0, first.clone());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() < 3 {
            break;
        }
        let line = line.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.starts_with("accept:") || line.starts_with("content-type:") {
            noted.push_str(&line);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let (status, body) = if path == "/api/auth/oauth/token" {
        let count = tokens.fetch_add(1, Ordering::SeqCst);
        behaviour.token(count)
    } else {
        noted.push_str(&String::from_utf8_lossy(&body));
        seen.lock().unwrap().push(noted);
        (behaviour.script)(method, path)
    };
    let date = behaviour.date.map_or_else(String::new, |date| format!("Date: {date}\r\n"));
    let head = format!(
        "HTTP/1.1 {status} X\r\n{date}Content-Type: application/json\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

#[test]
fn s96_twenty_processes_that_want_a_token_at_once_make_one_request() {
    let server = Scripted::start(|_, _| (404, "{}".to_owned()));
    let caller = server.caller();
    let mut children: Vec<_> = (0..20)
        .map(|_| caller.command(&["token"]).stdout(std::process::Stdio::piped()).spawn().unwrap())
        .collect();
    let said: Vec<String> = children
        .drain(..)
        .map(|child| String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap())
        .collect();
    assert!(said.iter().all(|text| text == "token-number-0\n"), "{said:?}");
    assert_eq!(server.tokens(), 1);
}

#[test]
fn a_new_one_is_got_if_the_cached_one_lives_too_short_or_is_not_wanted() {
    let server = Scripted::start(|_, _| (404, "{}".to_owned()));
    let caller = server.caller();
    assert_eq!(caller.said(&["token"]), "token-number-0\n");
    assert_eq!(caller.said(&["token", "--min-ttl", "200"]), "token-number-0\n");
    assert_eq!(caller.said(&["token", "--fresh"]), "token-number-1\n");
    assert_eq!(caller.said(&["token"]), "token-number-1\n");
}

#[test]
fn s96_a_cache_that_was_damaged_heals() {
    let server = Scripted::start(|_, _| (404, "{}".to_owned()));
    let caller = server.caller();
    caller.said(&["token"]);
    for entry in std::fs::read_dir(caller.home.path().join(".cache/keymoor")).unwrap() {
        std::fs::write(entry.unwrap().path(), "{\"version\":1,\"acc").unwrap();
    }
    assert_eq!(caller.said(&["token"]), "token-number-1\n");
    assert_eq!(caller.said(&["token"]), "token-number-1\n");
}
