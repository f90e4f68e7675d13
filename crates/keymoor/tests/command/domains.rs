//! A domain is verified by asking a real DNS server, over UDP.

use std::{
    net::{SocketAddr, UdpSocket},
    sync::{Arc, Mutex},
};

use super::{
    peers,
    process::{Server, admin, admin_json, curl_json, run, text},
};

/// Answers every question for TXT records with the texts that it has at present; without any, it says
/// that there is no such name.
struct Responder {
    address: SocketAddr,
    texts: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Responder {
    fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let (texts, asked) = <(Arc<Mutex<Vec<String>>>, Arc<Mutex<Vec<String>>>)>::default();
        let (own, seen) = (texts.clone(), asked.clone());
        std::thread::spawn(move || {
            let mut query = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut query) {
                let (question, name) = question(&query[..length]);
                seen.lock().unwrap().push(name);
                let answer = answer(&query[..2], question, &own.lock().unwrap());
                let _ = socket.send_to(&answer, from);
            }
        });
        Self { address, texts, asked }
    }
}

/// The question of a query, and the name in it (RFC 1035 §4.1.2).
fn question(query: &[u8]) -> (&[u8], String) {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let length = usize::from(query[at]);
        labels.push(text(&query[at + 1..=at + length]));
        at += length + 1;
    }
    (&query[12..at + 5], labels.join("."))
}

fn answer(id: &[u8], question: &[u8], texts: &[String]) -> Vec<u8> {
    let count = u8::try_from(texts.len()).unwrap();
    let code = if texts.is_empty() { 3 } else { 0 };
    let mut message = id.to_vec();
    message.extend([0x81, 0x80 | code, 0, 1, 0, count, 0, 0, 0, 0]);
    message.extend(question);
    for one in texts {
        // In two strings, which belong together.
        let (first, second) = one.split_at(one.len() / 2);
        let mut data = Vec::new();
        for part in [first, second] {
            data.push(u8::try_from(part.len()).unwrap());
            data.extend(part.as_bytes());
        }
        message.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).unwrap()]);
        message.extend(data);
    }
    message
}

#[test]
fn a_domain_is_verified_by_its_record_in_the_dns() {
    let dns = Responder::start();
    let server = Server::with(&["--dns-server", &dns.address.to_string()]);
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let made = admin_json(server.path(), &create, "");
    let id = made["uuid"].as_str().unwrap();
    let domains = format!("{}/api/organizations/{id}/domains", server.url);
    let made = curl_json(&[&domains, "-H", &bearer, "-d", "domain=corp.example"]);
    let record = made["record"]["value"].as_str().unwrap().to_owned();
    let verify = format!("{domains}/corp.example/actions/verify");
    let check = || curl_json(&["-X", "POST", &verify, "-H", &bearer]);
    let refused = check();
    assert!(refused["message"]["domain"].as_str().unwrap().contains("there is none"), "{refused}");
    *dns.texts.lock().unwrap() = vec!["v=spf1 -all".to_owned(), record];
    let done = check();
    assert_eq!(done["message"], "The domain has been verified.", "{done}");
    assert!(dns.asked.lock().unwrap().iter().all(|name| name == "_keymoor.corp.example"));
    let vouch = ["organization", "verify-domain", id, "Other.Example"];
    admin_json(server.path(), &vouch, "");
    let again = admin(server.path(), &vouch, "");
    assert_eq!(text(&again.stderr), "keymoor: the domain is verified already\n");
    let list = curl_json(&[&domains, "-H", &bearer]);
    assert_eq!(list["_embedded"]["items"][1]["verified_by"], "operator");
    let free = ["organization", "remove-domain", id, "Other.Example"];
    admin_json(server.path(), &free, "");
    let list = curl_json(&[&domains, "-H", &bearer]);
    assert_eq!(list["_embedded"]["items"].as_array().unwrap().len(), 1, "{list}");
    assert!(!admin(server.path(), &free, "").status.success(), "it is gone");
}

#[test]
fn a_tester_of_the_rfcs_finds_no_fault_with_scim() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let made = admin_json(server.path(), &create, "");
    let id = made["uuid"].as_str().unwrap();
    let secrets = format!("{}/api/organizations/{id}/scim-secrets", server.url);
    let made = curl_json(&[&secrets, "-H", &bearer, "-d", "label=tester"]);
    let mut command = peers::program("scim_tester.py");
    command
        .env("SCIM_BASE", made["base_url"].as_str().unwrap())
        .env("SCIM_SECRET", made["secret"].as_str().unwrap());
    let output = run(command, "");
    let told = format!("{}{}", text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{told}");
}
