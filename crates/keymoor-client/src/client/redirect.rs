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
