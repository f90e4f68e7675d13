//! `keymoor gateway` before a real API, a real server behind the tokens, real curl in front.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::{
    process::{Client, Server, admin_json, curl, keymoor, run, text},
    tls::{certificate, certify, check_tls, until_served_with},
};

/// The longest that the gateway may take to hear of a removal: 1 s at p99, which `bench/reliability`
/// shows for guards.
const BOUND: Duration = Duration::from_secs(3);

/// A gateway in front of an API that answers with what it got; killed when dropped.
struct Gateway {
    url: String,
    child: Child,
    folder: TempDir,
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // It fails only if the gateway is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Gateway {
    fn before_an_api(server: &Server, more: &str) -> Self {
        let audience = format!("{}/api", server.url);
        let create = ["resource-server", "create", "--audience", &audience, "--name", "Api"];
        let made = admin_json(server.path(), &create, "");
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        fs::write(&secret, made["client_secret"].as_str().unwrap()).unwrap();
        let config = format!(
            "issuer = {:?}\nupstream = \"http://{}\"\nfeed-client-id = {}\nfeed-secret-file = \"{}\"\n{more}",
            server.url,
            echo(),
            made["client_id"],
            secret.display(),
        );
        fs::write(folder.path().join("gateway.toml"), config).unwrap();
        Self::run(folder)
    }

    fn run(folder: TempDir) -> Self {
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut command = keymoor();
        command.args(["gateway", "--listen", "127.0.0.1:0", "--config"]);
        command.arg(folder.path().join("gateway.toml")).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.split("listens on ").nth(1).and_then(|rest| rest.split(' ').next());
        let url = url.unwrap_or_else(|| panic!("{line}")).to_owned();
        Self { url, child, folder }
    }

    fn get(&self, path: &str, header: &str) -> (String, String) {
        let url = format!("{}{path}", self.url);
        let output = curl(&["--write-out", "\n%{http_code}", "--header", header, &url]);
        let all = text(&output.stdout);
        let (body, status) = all.rsplit_once('\n').unwrap();
        (status.to_owned(), body.to_owned())
    }

    /// Waits until it answers so, no longer than [`BOUND`].
    fn until(&self, status: &str, path: &str, header: &str) -> String {
        let begun = Instant::now();
        loop {
            let (got, body) = self.get(path, header);
            if got == status {
                return body;
            }
            assert!(begun.elapsed() < BOUND, "{got} {body} {}", self.log());
        }
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let mut kill = std::process::Command::new("kill");
        kill.args([name, &id]);
        assert!(run(kill, "").status.success());
    }
}

/// An API that answers each request with its head.
fn echo() -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map(Result::unwrap) {
            std::thread::spawn(move || {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    let mut byte = [0];
                    if stream.read_exact(&mut byte).is_err() {
                        return;
                    }
                    head.push(byte[0]);
                }
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
                    head.len()
                );
                let _ = stream.write_all(&[answer.as_bytes(), &head].concat());
            });
        }
    });
    address
}

fn remove(server: &Server, client: &Client) {
    admin_json(server.path(), &["token", "remove", &client.key], "");
}

#[test]
fn the_gateway_lets_through_what_carries_a_token_until_it_is_removed() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let gateway = Gateway::before_an_api(&server, "");
    let header = server.bearer(&client);
    let (status, body) = gateway.get("/reports?year=2026", &header);
    assert_eq!(status, "200", "{body} {}", gateway.log());
    assert!(body.starts_with("GET /reports?year=2026 HTTP/1.1"), "{body}");
    assert!(body.contains(&format!("x-keymoor-client: {}", client.key)), "{body}");
    assert_eq!(gateway.get("/reports", "X: y").0, "401");
    remove(&server, &client);
    let refused = gateway.until("401", "/reports", &header);
    assert!(refused.contains("its API token was removed or disabled"), "{refused}");
}

#[test]
fn s94_tokens_go_on_while_every_server_is_dead() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let gateway = Gateway::before_an_api(&server, "");
    let header = server.bearer(&client);
    assert_eq!(gateway.get("/a", &header).0, "200", "{}", gateway.log());
    let other = server.bearer(&client);
    drop(server);
    assert_eq!(gateway.get("/a", &header).0, "200");
    // One that the gateway has not seen before.
    assert_eq!(gateway.get("/a", &other).0, "200");
}

#[test]
fn s37_an_organization_that_federates_wants_its_scope_at_the_gateway() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
    let id = admin_json(server.path(), &create, "")["uuid"].as_str().unwrap().to_owned();
    let route = "[[route]]\npath = \"/organizations/{organization}/**\"\n\
                 organization = { path = \"organization\" }\n";
    let gateway = Gateway::before_an_api(&server, route);
    let header = server.bearer(&client);
    let path = format!("/organizations/{id}/reports");
    assert_eq!(gateway.until("200", &path, &header).split(' ').nth(1), Some(&*path));
    admin_json(server.path(), &["organization", "set-federated", &id, "on"], "");
    let refused = gateway.until("403", &path, &header);
    assert!(refused.contains("additional_authentication_required"), "{refused}");
}

#[test]
fn a_hangup_takes_the_file_anew_and_a_wrong_one_changes_nothing() {
    let server = Server::start();
    let gateway = Gateway::before_an_api(&server, "");
    let file = gateway.folder.path().join("gateway.toml");
    let before = fs::read_to_string(&file).unwrap();
    assert_eq!(gateway.get("/news", "X: y").0, "401");
    fs::write(&file, format!("{before}\n[[route]]\npath = \"/news\"\npublic = true\n")).unwrap();
    gateway.signal("-HUP");
    gateway.until("200", "/news", "X: y");
    fs::write(&file, format!("{before}\n[[route]]\npath = \"news\"\n")).unwrap();
    gateway.signal("-HUP");
    let begun = Instant::now();
    while !gateway.log().contains("the configuration stays the old one") {
        assert!(begun.elapsed() < BOUND, "{}", gateway.log());
    }
    assert_eq!(gateway.get("/news", "X: y").0, "200");
}

#[test]
fn the_access_log_tells_who_called_what_and_no_token() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let gateway = Gateway::before_an_api(&server, "");
    let header = server.bearer(&client);
    gateway.get("/reports?secret=1", &header);
    gateway.get("/reports", "X: y");
    let log = gateway.log();
    let line = log.lines().find(|line| line.contains("\"status\":200")).unwrap();
    assert!(line.contains("\"path\":\"/reports\"") && line.contains(&client.key), "{line}");
    assert!(log.contains("\"refused\":\"unauthorized\""), "{log}");
    let token = header.rsplit(' ').next().unwrap();
    assert!(!log.contains(token) && !log.contains("secret=1"), "{log}");
}

#[test]
fn s99_the_gateway_speaks_tls_and_http_2_and_takes_a_new_certificate() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let folder = certificate();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let tls = format!("tls-cert = {:?}\ntls-key = {:?}\n", file("cert.pem"), file("key.pem"));
    let gateway = Gateway::before_an_api(&server, &tls);
    assert!(gateway.url.starts_with("https://"), "{}", gateway.url);
    let header = server.bearer(&client);
    let url = format!("{}/x", gateway.url);
    let ask = |more: &[&str]| {
        let common = ["--cacert", &file("cert.pem"), "-H", &header, "-w", " %{http_version}"];
        text(&curl(&[&common, more, &[&url]].concat()).stdout)
    };
    assert!(ask(&["--http2"]).ends_with(" 2"), "{}", ask(&["--http2"]));
    assert!(ask(&["--http1.1"]).ends_with(" 1.1"));
    let cookies = ask(&["--http2", "-H", "cookie: a=b", "-H", "cookie: c=d"]);
    assert!(cookies.contains("cookie: a=b; c=d\r\n"), "{cookies}");
    assert!(ask(&["--tls-max", "1.1"]).ends_with(" 0"), "TLS 1.1 was spoken");
    check_tls(gateway.url.trim_start_matches("https://"));
    certify(folder.path());
    gateway.signal("-HUP");
    until_served_with(&folder.path().join("cert.pem"), &url);
}

#[test]
fn what_the_gateway_refused_is_explained_by_the_server() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let gateway = Gateway::before_an_api(&server, "");
    let header = server.bearer(&client);
    assert_eq!(gateway.get("/reports", &header).0, "200", "{}", gateway.log());
    remove(&server, &client);
    gateway.until("401", "/reports", &header);
    let dump = gateway.folder.path().join("head");
    let url = format!("{}/reports/{}?q=1", gateway.url, "s".repeat(43));
    curl(&["-D", dump.to_str().unwrap(), "-o", "/dev/null", "-H", &header, &url]);
    let head = fs::read_to_string(dump).unwrap();
    let id = head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    let explain = |id: &str| {
        let mut command = keymoor();
        command.args(["admin", "explain", id, "--data"]).arg(server.path());
        run(command, "")
    };
    let begun = Instant::now();
    let told = loop {
        let output = explain(id.trim());
        if output.status.success() {
            break text(&output.stdout);
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{}", text(&output.stderr));
    };
    let why = format!("API token {} was removed.", client.key);
    assert!(told.starts_with(&format!("{why} That happened at ")), "{told}");
    assert!(told.contains(", by operator.\nCreate a new API token"), "{told}");
    for line in [
        "Call        GET /reports/…\n",
        "Status      401\n",
        &format!("Refused by  {}/api\n", server.url),
        &format!("API Key     {}\n", client.key),
        "Label       script\n",
    ] {
        assert!(told.contains(line), "{line}: {told}");
    }
    assert!(gateway.log().contains(&format!("\"why\":\"{why}\"")), "{}", gateway.log());
    let other = explain(&"0".repeat(24));
    assert!(text(&other.stderr).contains("not found"), "{}", text(&other.stderr));
    let odd = explain("x");
    assert!(text(&odd.stderr).contains("24 hexadecimal digits"), "{}", text(&odd.stderr));
}

#[test]
fn the_gateway_in_the_servers_process_knows_of_a_removal_with_its_answer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("gateway.toml");
    let config = format!("listen = \"127.0.0.1:0\"\nupstream = \"http://{}\"\n", echo());
    fs::write(&file, config).unwrap();
    let mut server = Server::with(&["--gateway", file.to_str().unwrap()]);
    let line = server.read_until("Its gateway listens on ");
    let url = format!("{}/x", line.split(' ').nth(4).unwrap());
    let client = server.client("ada@example.com");
    let header = server.bearer(&client);
    let status =
        || text(&curl(&["-o", "/dev/null", "-w", "%{http_code}", "-H", &header, &url]).stdout);
    assert_eq!(status(), "200");
    remove(&server, &client);
    assert_eq!(status(), "401");
    fs::write(&file, "upstream = \"http://127.0.0.1:9\"\nissuer = \"http://127.0.0.1:1\"\n")
        .unwrap();
    let mut again = keymoor();
    again.args(["serve", "--listen", "127.0.0.1:0", "--gateway"]).arg(&file);
    again.arg("--data").arg(folder.path().join("data"));
    let output = run(again, "");
    assert!(text(&output.stderr).contains("leave out issuer"), "{}", text(&output.stderr));
}

#[test]
fn what_is_missing_is_said() {
    for (arguments, said) in [
        (&["gateway", "--upstream", "http://127.0.0.1:9"][..], "say whose tokens count: --issuer"),
        (&["gateway", "--issuer", "http://auth.example.com"], "must be an https URL"),
        (
            &["gateway", "--issuer", "https://a.example", "--listen", "0.0.0.0:0"],
            "tokens would cross the network in the clear",
        ),
        (
            &["gateway", "print-config", "nginx", "--api", "a b;c:1"],
            "is not HOST:PORT, as in 127.0.0.1:9000",
        ),
    ] {
        let mut command = keymoor();
        command.args(arguments);
        let output = run(command, "");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(text(&output.stderr).contains(said), "{}", text(&output.stderr));
    }
}
