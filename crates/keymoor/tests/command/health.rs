use super::process::{Server, curl, text};

#[test]
fn health_is_told_on_the_admin_socket() {
    let server = Server::start();
    let socket = server.path().join("admin.sock");
    for (path, expected) in [("healthz", "ok\n"), ("readyz", "ready\n")] {
        let url = format!("http://localhost/{path}");
        let output = curl(&["--unix-socket", socket.to_str().unwrap(), &url]);
        assert_eq!(text(&output.stdout), expected);
    }
}

#[test]
fn health_is_not_told_in_public() {
    let server = Server::start();
    for path in ["healthz", "readyz", "command", "metrics"] {
        let output = curl(&[&format!("{}/{path}", server.url)]);
        assert!(text(&output.stdout).contains("not_found"), "{path}");
    }
}

#[test]
fn admin_listen_tells_health_and_takes_no_command() {
    let server = Server::with(&["--admin-listen", "127.0.0.1:0"]);
    let line = server.printed.iter().find(|line| line.starts_with("Health on ")).unwrap();
    let url = line["Health on ".len()..].split("/healthz").next().unwrap().to_owned();
    assert_eq!(text(&curl(&[&format!("{url}/healthz")]).stdout), "ok\n");
    let numbers = text(&curl(&[&format!("{url}/metrics")]).stdout);
    assert!(numbers.contains("keymoor_tokens_issued_total 0\n"), "{numbers}");
    assert!(numbers.ends_with("# EOF\n"), "{numbers}");
    let command =
        curl(&["-o", "/dev/null", "-w", "%{http_code}", "-d", "{}", &format!("{url}/command")]);
    assert_eq!(text(&command.stdout), "404");
}
