//! The real fetcher, against real listeners.

use std::{net::IpAddr, time::Duration};

use keymoor_sso::{
    Fetch, FetchError, Fetched, Method, Request,
    remote::{Hosts, HttpFetch, MAX_BODY, NotAHost, is_public},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

/// A listener that answers everybody with the same bytes, and its port.
async fn answering(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut read = [0; 4096];
                let _ = stream.read(&mut read).await;
                let _ = stream.write_all(&answer).await;
            });
        }
    });
    port
}

fn http(status: &str, fields: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{fields}content-length: {length}\r\n\r\n{body}").into_bytes()
}

async fn get(hosts: &[&str], url: &str) -> Result<Fetched, FetchError> {
    let fetch = HttpFetch::new(Hosts::new(hosts.iter().copied()).unwrap(), &[]).unwrap();
    let headers = vec![("accept".to_owned(), "application/json".to_owned())];
    fetch.fetch(Request { method: Method::Get, url: url.to_owned(), headers, body: vec![] }).await
}

fn private(host: &str) -> FetchError {
    FetchError::Private(host.to_owned())
}

#[tokio::test]
async fn a_listed_host_is_asked() {
    let fields = "content-type: Application/JSON; charset=utf-8\r\n";
    let port = answering(http("200 OK", fields, "{}")).await;
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let fetched = get(&[host], &format!("http://{host}:{port}/x")).await.unwrap();
        assert_eq!((fetched.status, &*fetched.media_type), (200, "application/json"));
        assert_eq!(fetched.body, b"{}");
    }
}

#[tokio::test]
async fn a_form_is_posted() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/token", listener.local_addr().unwrap().port());
    let fetch = HttpFetch::new(Hosts::new(["127.0.0.1"]).unwrap(), &[]).unwrap();
    let headers = vec![("authorization".to_owned(), "Basic YTpi".to_owned())];
    let request = Request { method: Method::Post, url, headers, body: b"code=1".to_vec() };
    let asked = tokio::spawn(async move { fetch.fetch(request).await });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut seen = String::new();
    while !seen.ends_with("code=1") {
        let mut read = [0; 1024];
        let length = stream.read(&mut read).await.unwrap();
        seen.push_str(&String::from_utf8_lossy(&read[..length]));
    }
    stream.write_all(&http("200 OK", "", "")).await.unwrap();
    assert!(seen.starts_with("POST /token HTTP/1.1") && seen.contains("Basic YTpi"), "{seen}");
    assert_eq!(asked.await.unwrap().unwrap().media_type, "");
}

#[tokio::test]
async fn s60_http_is_only_for_listed_hosts() {
    let port = answering(http("200 OK", "", "{}")).await;
    for url in [
        format!("http://localhost:{port}/"),
        "http://idp.example.com/".to_owned(),
        "ftp://localhost/".to_owned(),
        "file:///etc/passwd".to_owned(),
        "not a url".to_owned(),
        "https://user@idp.example.com/".to_owned(),
    ] {
        assert_eq!(get(&["127.0.0.1"], &url).await.unwrap_err(), FetchError::Url(url));
    }
}

#[tokio::test]
async fn s60_an_address_in_the_url_that_is_private_is_refused() {
    for (host, shown) in [
        ("127.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("0", "0.0.0.0"),
        ("169.254.169.254", "169.254.169.254"),
        ("10.0.0.1", "10.0.0.1"),
        ("[::1]", "[::1]"),
        ("[::]", "[::]"),
        ("[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]"),
        ("[fd00:ec2::254]", "[fd00:ec2::254]"),
        ("[fe80::1]", "[fe80::1]"),
    ] {
        let url = format!("https://{host}/");
        assert_eq!(get(&[], &url).await.unwrap_err(), private(shown), "{host}");
    }
}

/// `localhost` is a name that leads to a private address, as any rebound name does.
#[tokio::test]
async fn s60_a_name_that_leads_to_a_private_address_is_refused() {
    for url in ["https://localhost/", "https://LocalHost:8443/x"] {
        assert_eq!(get(&["other"], url).await.unwrap_err(), private("localhost"));
    }
    // A final dot makes it another name, which the list does not have.
    let error = get(&["localhost"], "https://localhost./").await.unwrap_err();
    assert!(matches!(error, FetchError::Private(_) | FetchError::Unreachable(..)), "{error}");
}

#[tokio::test]
async fn s60_a_redirect_leads_nowhere() {
    let inner = answering(http("200 OK", "", "the secrets")).await;
    let location = format!("location: http://127.0.0.1:{inner}/\r\n");
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let port = answering(http(status, &location, "")).await;
        let fetched = get(&["127.0.0.1"], &format!("http://127.0.0.1:{port}/")).await.unwrap();
        assert_eq!(fetched.status.to_string(), status[..3]);
        assert!(fetched.body.is_empty());
    }
}

#[tokio::test]
async fn s60_no_more_is_read_than_is_taken() {
    let full = answering(http("200 OK", "", &"a".repeat(MAX_BODY))).await;
    let fetched = get(&["127.0.0.1"], &format!("http://127.0.0.1:{full}/")).await.unwrap();
    assert_eq!(fetched.body.len(), MAX_BODY);
    let over = answering(http("200 OK", "", &"a".repeat(MAX_BODY + 1))).await;
    let error = get(&["127.0.0.1"], &format!("http://127.0.0.1:{over}/")).await.unwrap_err();
    assert_eq!(error, FetchError::TooLong("127.0.0.1".to_owned(), MAX_BODY));
}

/// An answer that never ends is left when enough of it was read.
#[tokio::test]
async fn s60_an_answer_without_end_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sending = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut [0; 4096]).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
        let mut sent = 0;
        while stream.write_all(&[b'a'; 4096]).await.is_ok() {
            sent += 4096;
        }
        sent
    });
    let error = get(&["127.0.0.1"], &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
    assert_eq!(error, FetchError::TooLong("127.0.0.1".to_owned(), MAX_BODY));
    assert!(sending.await.unwrap() < 32 * 1024 * 1024);
}

#[tokio::test]
async fn nobody_there_is_told() {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = get(&["127.0.0.1"], &format!("http://127.0.0.1:{port}/")).await.unwrap_err();
    let FetchError::Unreachable(host, why) = error else { panic!("{error}") };
    assert!(host == "127.0.0.1" && why.contains("refused"), "{why}");
}

/// Plain HTTP behind https:// is no TLS.
#[tokio::test]
async fn s60_an_answer_without_tls_is_refused() {
    let port = answering(http("200 OK", "", "{}")).await;
    let error = get(&["127.0.0.1"], &format!("https://127.0.0.1:{port}/")).await.unwrap_err();
    assert!(matches!(error, FetchError::Unreachable(..)), "{error}");
}

#[tokio::test]
async fn s60_silence_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let asked = get(&["127.0.0.1"], &url);
    let error = tokio::time::timeout(Duration::from_secs(12), asked).await.unwrap().unwrap_err();
    let silent = FetchError::Unreachable("127.0.0.1".to_owned(), "no answer in time".to_owned());
    assert_eq!(error, silent);
}

#[test]
fn s60_private_addresses_are_known() {
    let private = [
        "0.0.0.0",
        "0.1.2.3",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:a00:1::",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ];
    for text in private {
        assert!(!is_public(text.parse::<IpAddr>().unwrap()), "{text}");
    }
    let public = [
        "1.1.1.1",
        "8.8.8.8",
        "9.255.255.255",
        "100.63.255.255",
        "100.128.0.1",
        "128.0.0.1",
        "172.15.255.255",
        "172.32.0.1",
        "192.167.255.255",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ];
    for text in public {
        assert!(is_public(text.parse::<IpAddr>().unwrap()), "{text}");
    }
}

#[tokio::test]
async fn an_ipv6_address_is_listed_with_or_without_brackets() {
    for host in ["::1", "[::1]", "0:0::1"] {
        let error = get(&[host], "https://[::1]:9/").await.unwrap_err();
        assert!(matches!(error, FetchError::Unreachable(..)), "{error}");
    }
}

#[test]
fn a_root_that_is_no_certificate_is_refused() {
    let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec();
    assert!(HttpFetch::new(Hosts::default(), &[pem]).is_err());
}

#[test]
fn what_is_no_host_is_not_listed() {
    for text in ["", "https://a", "a:8443", "a/b", "[::1]:443", "a b", "::1]", "u@a"] {
        assert_eq!(Hosts::new([text]).unwrap_err(), NotAHost(text.to_owned()));
    }
}
