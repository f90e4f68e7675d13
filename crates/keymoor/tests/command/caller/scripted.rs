//! A server that answers by script.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::{super::process::Client, world::Caller};

/// Status and body of the answer to a method and path.
pub(super) type Script = fn(&str, &str) -> (u16, String);

pub(super) struct Scripted {
    pub(super) url: String,
    tokens: Arc<AtomicUsize>,
}

impl Scripted {
    /// Issues tokens, and answers all else by `script`.
    pub(super) fn start(script: Script) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let tokens = Arc::new(AtomicUsize::new(0));
        let counted = tokens.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let counted = counted.clone();
                std::thread::spawn(move || answer(stream, script, &counted));
            }
        });
        Self { url, tokens }
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

fn answer(mut stream: TcpStream, script: Script, tokens: &AtomicUsize) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or_default() == 0 {
        return;
    }
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or_default() < 3 {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let (status, body) = if path == "/api/auth/oauth/token" {
        let count = tokens.fetch_add(1, Ordering::SeqCst);
        let token = format!("token-number-{count}");
        (200, format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":300}}"#))
    } else {
        script(method, path)
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\
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
