use super::process::{Server, curl, curl_json, text};

#[test]
fn s10_the_pages_curl_line_works_with_data_as_with_data_urlencode() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    for option in ["--data", "--data-urlencode"] {
        let answer = server.ask(&client, option);
        assert_eq!((&answer["token_type"], &answer["expires_in"]), (&"Bearer".into(), &300.into()));
    }
    let id = format!("client_id={}", client.key);
    let secret = format!("client_secret={}", client.secret);
    let head = curl(&[
        "-i",
        &server.token_url(),
        "-d",
        &id,
        "-d",
        &secret,
        "-d",
        "grant_type=client_credentials",
    ]);
    let head = text(&head.stdout).to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200 ok\r\n"), "{head}");
    assert!(head.contains("\r\ncache-control: no-store\r\n"), "{head}");
}

#[test]
fn basic_by_curl_works() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let user = format!("{}:{}", client.key, client.secret);
    let answer =
        curl_json(&[&server.token_url(), "-u", &user, "-d", "grant_type=client_credentials"]);
    assert_eq!(answer["token_type"], "Bearer");
}

#[test]
fn a_removed_token_is_refused_with_the_answer() {
    let server = Server::start();
    let client = server.client("ada@example.com");
    let bearer = server.bearer(&client);
    let account = format!("{}/api/account", server.url);
    assert_eq!(curl_json(&[&account, "-H", &bearer])["mail"], "ada@example.com");
    let token = format!("{account}/tokens/{}", client.key);
    let removed = curl_json(&["-X", "DELETE", &token, "-H", &bearer]);
    assert_eq!(removed["message"], "The access token has been revoked.");
    assert_eq!(curl_json(&[&account, "-H", &bearer])["error"], "invalid_token");
    assert_eq!(server.ask(&client, "--data")["error"], "invalid_client");
}
