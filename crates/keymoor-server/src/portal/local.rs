//! Which URLs are our own.

use http::Uri;

/// The path with query in `text`, if it leads to a page of ours and nowhere else.
pub(super) fn local_path(text: &str) -> Option<&str> {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let local = text.starts_with('/') && !text.starts_with("//");
    (plain && local && text.len() <= 3100).then_some(text)
}

/// Whether `origin` is that of `public_url`. On a loopback address its names stand for each other.
pub(super) fn is_origin_of(origin: &str, public_url: &str) -> bool {
    let (Ok(origin), Ok(public)) = (origin.parse::<Uri>(), public_url.parse::<Uri>()) else {
        return false;
    };
    let same_host = match (origin.host(), public.host()) {
        (Some(origin), Some(public)) => {
            origin.eq_ignore_ascii_case(public) || (is_loopback(origin) && is_loopback(public))
        }
        _ => false,
    };
    same_host && origin.scheme() == public.scheme() && port(&origin) == port(&public)
}

pub(super) fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn port(uri: &Uri) -> Option<u16> {
    let default = match uri.scheme_str() {
        Some("https") => Some(443),
        Some("http") => Some(80),
        _ => None,
    };
    uri.port_u16().or(default)
}

/// The host of a URL, without its port.
pub(super) fn host_of(url: &str) -> String {
    let uri = url.parse::<Uri>().ok();
    uri.as_ref().and_then(Uri::host).unwrap_or_default().to_owned()
}
