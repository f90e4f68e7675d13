use hyper::{HeaderMap, header::HOST};

/// Why a call is not passed on. A web page in the user's browser reaches loopback, too: by a form, a
/// script, or a name of its own that it lets point here.
pub(super) fn refusal(headers: &HeaderMap) -> Option<&'static str> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if text("sec-fetch-site").is_some_and(|site| site != "none") || headers.contains_key("origin") {
        return Some("A web page may not call the API through this proxy.");
    }
    let host = text(HOST.as_str()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { name } else { host }
    });
    if ["127.0.0.1", "localhost", "[::1]"].contains(&name) {
        None
    } else {
        Some("The Host is not this machine's loopback address.")
    }
}

#[cfg(test)]
mod tests {
    use hyper::{HeaderMap, header::HeaderName};

    use super::refusal;

    fn headers(fields: &[(&'static str, &str)]) -> HeaderMap {
        let fields = fields
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().expect("a value")));
        fields.collect()
    }

    #[test]
    fn programs_on_this_machine_may_call() {
        for host in ["127.0.0.1:9000", "localhost:9000", "[::1]:9000", "localhost"] {
            assert_eq!(refusal(&headers(&[("host", host)])), None, "{host}");
        }
    }

    #[test]
    fn web_pages_may_not() {
        let host = ("host", "127.0.0.1:9000");
        assert!(refusal(&headers(&[host, ("origin", "https://evil.example")])).is_some());
        assert!(refusal(&headers(&[host, ("origin", "null")])).is_some());
        assert!(refusal(&headers(&[host, ("sec-fetch-site", "cross-site")])).is_some());
        assert!(refusal(&headers(&[("host", "evil.example:9000")])).is_some());
        assert!(refusal(&headers(&[])).is_some());
    }
}
