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
        let mut child = caller.command(&["proxy"]).stdout(Stdio::piped()).spawn().unwrap();
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
    for header in
        ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site", "Host: evil.example"]
    {
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
