use std::net::SocketAddr;

use hyper::{HeaderMap, header::HOST};

/// Why a call is not passed on. A web page in the user's browser reaches loopback, too: by a form, a
/// script, or a name of its own that it lets point here. `address` is where the proxy listens; a socket
/// that is a file has none, and no page reaches it.
pub(super) fn refusal(headers: &HeaderMap, address: Option<SocketAddr>) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| site != "none") || headers.contains_key("origin") {
        return Some("A web page may not call the API through this proxy.");
    }
    let host = text(HOST.as_str()).unwrap_or_default();
    match address {
        Some(address) if !is_meant(host, address) => {
            Some("The Host is not the address that this proxy listens on.")
        }
        _ => None,
    }
}

/// The address, or `localhost` with its port. Port 80 need not be said.
fn is_meant(host: &str, address: SocketAddr) -> bool {
    let own = address.to_string();
    let port = format!(":{}", address.port());
    let local = format!("localhost{port}");
    let same = |name: &str| host.eq_ignore_ascii_case(name);
    let bare = |name: &str| name.strip_suffix(&port).is_some_and(same);
    let implied = address.port() == 80 && (bare(&own) || bare(&local));
    same(&own) || same(&local) || implied
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use hyper::{HeaderMap, header::HeaderName};

    use super::{is_meant, refusal};

    fn address(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    fn refused(fields: &[(&'static str, &str)]) -> bool {
        let fields = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a value")));
        let headers: HeaderMap = fields.collect();
        refusal(&headers, Some(address("127.0.0.1:9000"))).is_some()
    }

    #[test]
    fn programs_on_this_machine_may_call() {
        for host in ["127.0.0.1:9000", "localhost:9000", "LOCALHOST:9000"] {
            assert!(!refused(&[("host", host)]), "{host}");
        }
    }

    #[test]
    fn s97_web_pages_may_not() {
        let host = ("host", "127.0.0.1:9000");
        assert!(refused(&[host, ("origin", "https://evil.example")]));
        assert!(refused(&[host, ("origin", "null")]));
        assert!(refused(&[host, ("sec-fetch-site", "cross-site")]));
    }

    #[test]
    fn s97_a_name_that_points_here_is_not_meant() {
        for host in ["evil.example:9000", "127.0.0.1:9001", "127.0.0.1", "[::1]:9000", ""] {
            assert!(refused(&[("host", host)]), "{host}");
        }
        assert!(refused(&[]));
    }

    #[test]
    fn port_80_need_not_be_said() {
        let own = address("[::1]:80");
        assert!(["[::1]", "[::1]:80", "localhost"].iter().all(|host| is_meant(host, own)));
        assert!(!is_meant("localhost:9000", own) && !is_meant("127.0.0.1", own));
    }

    #[test]
    fn a_socket_that_is_a_file_has_no_host() {
        assert_eq!(refusal(&HeaderMap::new(), None), None);
    }
}
