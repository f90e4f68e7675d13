//! Where a redirect may lead. Pure.

use http::{Method, StatusCode};
use url::Url;

/// The most redirects of one call.
pub(super) const MOST: usize = 5;

/// What to do about a redirect.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The same origin: go on, with the token.
    On { url: Url, method: Method, body: bool },
    /// Another origin, for something to be fetched: go on without the token and all else of ours.
    Bare(Url),
    /// Not followed.
    Refuse(Url),
}

/// `None` if the answer is no redirect. A token goes to the origin that it was sent to, nowhere
/// else: another scheme or port is another origin.
pub(super) fn next(
    from: &Url,
    method: &Method,
    status: StatusCode,
    location: Option<&str>,
) -> Option<Next> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let url = from.join(location?).ok()?;
    if url.origin() == from.origin() && url.username().is_empty() && url.password().is_none() {
        let (method, body) = carried(method, status);
        return Some(Next::On { url, method, body });
    }
    let fetched = [Method::GET, Method::HEAD].contains(method) && url.scheme() == "https";
    Some(if fetched { Next::Bare(url) } else { Next::Refuse(url) })
}

/// The method of the next request, and whether the body goes with it (RFC 9110 §15.4).
fn carried(method: &Method, status: StatusCode) -> (Method, bool) {
    let to_get = match status.as_u16() {
        303 => *method != Method::HEAD,
        301 | 302 => *method == Method::POST,
        _ => false,
    };
    if to_get { (Method::GET, false) } else { (method.clone(), true) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(method: &Method, status: u16, to: &str) -> Option<Next> {
        let from = "https://api.example.com/api/x?y".parse().unwrap();
        next(&from, method, StatusCode::from_u16(status).unwrap(), Some(to))
    }

    #[test]
    fn s97_another_scheme_host_or_port_never_gets_the_token() {
        for to in [
            "http://api.example.com/api/x",
            "https://api.example.com:8443/api/x",
            "https://other.example.com/api/x",
            "//other.example.com/api/x",
            "https://user:pass@api.example.com/api/x",
        ] {
            for status in [301, 302, 303, 307, 308] {
                for method in [Method::GET, Method::POST, Method::DELETE, Method::PUT] {
                    let next = judge(&method, status, to);
                    assert!(matches!(next, Some(Next::Bare(_) | Next::Refuse(_))), "{to} {next:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_fetched_elsewhere_by_https_is_fetched_without_the_token() {
        let to = "https://files.example.com/download";
        assert_eq!(judge(&Method::GET, 302, to), Some(Next::Bare(to.parse().unwrap())));
        assert!(matches!(judge(&Method::POST, 302, to), Some(Next::Refuse(_))));
        let plain = "http://files.example.com/download";
        assert!(matches!(judge(&Method::GET, 302, plain), Some(Next::Refuse(_))));
    }

    #[test]
    fn within_the_origin_the_method_is_carried_as_http_has_it() {
        for (method, status, carried, body) in [
            (Method::POST, 301, Method::GET, false),
            (Method::POST, 302, Method::GET, false),
            (Method::PUT, 302, Method::PUT, true),
            (Method::PUT, 303, Method::GET, false),
            (Method::HEAD, 303, Method::HEAD, true),
            (Method::POST, 307, Method::POST, true),
            (Method::DELETE, 308, Method::DELETE, true),
        ] {
            let url = "https://api.example.com/n".parse().unwrap();
            let expected = Next::On { url, method: carried, body };
            assert_eq!(judge(&method, status, "/n"), Some(expected), "{method} {status}");
        }
    }

    #[test]
    fn the_default_port_is_the_same_origin() {
        let next = judge(&Method::GET, 302, "https://api.example.com:443/n");
        assert!(matches!(next, Some(Next::On { .. })));
    }

    #[test]
    fn what_is_no_redirect_is_an_answer() {
        assert_eq!(judge(&Method::GET, 200, "/n"), None);
        assert_eq!(judge(&Method::GET, 304, "/n"), None);
        assert_eq!(judge(&Method::GET, 302, "https://["), None);
    }
}
