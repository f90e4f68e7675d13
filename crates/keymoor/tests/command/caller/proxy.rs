use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use super::{
    super::process::{curl, curl_json, text},
    world::{Caller, world},
};

struct Proxy {
    child: Child,
    url: String,
}

impl Proxy {
    fn start(caller: &Caller) -> Self {
        Self::on(caller, "127.0.0.1:0")
    }

    fn on(caller: &Caller, place: &str) -> Self {
        let mut command = caller.command(&["proxy", "--listen", place]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split(' ').next().unwrap().to_owned();
        Self { child, url }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_client_without_a_token_calls_through_the_proxy() {
    let (_server, _, caller) = world();
    let proxy = Proxy::start(&caller);
    assert_eq!(curl_json(&[&format!("{}/account", proxy.url)])["mail"], "ada@example.com");
    let tokens = format!("{}/account/tokens", proxy.url);
    let json = ["-H", "Content-Type: application/json", "-d", r#"{"label":"by proxy"}"#];
    let made = curl_json(&[&[tokens.as_str()][..], &json].concat());
    assert!(made["api_key"].is_string(), "{made}");
    let missing = curl(&["-i", &format!("{}/nowhere", proxy.url)]);
    assert!(text(&missing.stdout).starts_with("HTTP/1.1 404"), "{}", text(&missing.stdout));
}

#[test]
fn s97_a_web_page_does_not_call_through_the_proxy() {
    let (_server, _, caller) = world();
    let proxy = Proxy::start(&caller);
    let account = format!("{}/account", proxy.url);
    for header in [
        "Origin: https://evil.example",
        "Sec-Fetch-Site: cross-site",
        "Host: evil.example",
        "Host: 127.0.0.1",
    ] {
        let refused = curl_json(&[&account, "-H", header]);
        assert_eq!(refused["error"], "refused", "{header}");
    }
}

#[test]
fn s97_a_target_elsewhere_is_refused_by_the_proxy() {
    let (_server, _, caller) = world();
    let proxy = Proxy::start(&caller);
    let sneaky = curl_json(&["--path-as-is", &format!("{}//evil.example/x", proxy.url)]);
    assert_eq!(sneaky["error"], "proxy_error", "{sneaky}");
}

fn socket(caller: &Caller) -> (String, String) {
    let path = caller.home.path().join("api.sock").to_str().unwrap().to_owned();
    (format!("unix:{path}"), path)
}

#[test]
fn s97_a_socket_is_its_owners_alone_and_passes_calls_on() {
    use std::os::unix::fs::PermissionsExt;
    let (_server, _, caller) = world();
    let (place, path) = socket(&caller);
    let mut proxy = Proxy::on(&caller, &place);
    let mode = std::fs::symlink_metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let account = ["--unix-socket", &path, "http://any.example/account"];
    assert_eq!(curl_json(&account)["mail"], "ada@example.com");
    let page = [&account[..], &["-H", "Origin: https://evil.example"]].concat();
    assert_eq!(curl_json(&page)["error"], "refused");
    let interrupt =
        std::process::Command::new("kill").args(["-INT", &proxy.child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    assert_eq!(proxy.child.wait().unwrap().code(), Some(130));
    assert!(!std::path::Path::new(&path).exists(), "the socket goes with it");
}

#[test]
fn a_socket_that_a_killed_proxy_left_is_taken_over_and_nothing_else_is() {
    let (_server, _, caller) = world();
    let (place, path) = socket(&caller);
    drop(Proxy::on(&caller, &place));
    assert!(std::path::Path::new(&path).exists(), "it was killed");
    let living = Proxy::on(&caller, &place);
    assert!(caller.fails(&["proxy", "--listen", &place]).1.contains("another process listens"));
    drop(living);
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "mine").unwrap();
    assert_eq!(caller.fails(&["proxy", "--listen", &place]).0, 1);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine");
}
