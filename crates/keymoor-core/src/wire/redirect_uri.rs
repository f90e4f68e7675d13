//! Where an authorization answer may go (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §4.1.3).

use std::fmt;

use http::Uri;

/// The text cannot be a redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRedirectUri {
    /// Empty, too long, or with characters that no URI has.
    #[error("is no URI of at most 1000 characters")]
    Text,
    /// A part after `#`, which browsers keep to themselves (RFC 6749 §3.1.2).
    #[error("must have no part after a #")]
    Fragment,
    /// A name or password before the host, or a host that is none.
    #[error("must name a plain host, such as https://app.example.com/callback")]
    Host,
    /// A scheme that is taken from nobody.
    #[error(
        "must begin with https://, with http:// and a loopback address, or with a scheme of the \
         application's own that has a dot, such as com.example.app:/callback"
    )]
    Scheme,
    /// A parameter that the answer has too, so that two would stand there.
    #[error("must not hold the parameters code, state, iss or error, which the answer brings")]
    Parameter,
}

/// A redirect URI that an application has registered, or that a request names. Compared as text;
/// only the port of a loopback address may differ (RFC 8252 §7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectUri {
    text: String,
    /// Where the port of a loopback address stands, its colon included.
    port: Option<std::ops::Range<usize>>,
}

impl RedirectUri {
    /// The most characters of one.
    pub const MAX_LENGTH: usize = 1000;

    /// Reads the text, which is kept as it is.
    pub fn parse(text: &str) -> Result<Self, InvalidRedirectUri> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\<>^`{|}".contains(&byte);
        if text.is_empty() || text.len() > Self::MAX_LENGTH || !text.bytes().all(plain) {
            return Err(InvalidRedirectUri::Text);
        }
        if text.contains('#') {
            return Err(InvalidRedirectUri::Fragment);
        }
        let port = place(text)?;
        check_query(text)?;
        Ok(Self { text: text.to_owned(), port })
    }

    /// The text as it was registered or sent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether an answer may go to `asked` where this one is registered.
    pub fn allows(&self, asked: &Self) -> bool {
        match (&self.port, &asked.port) {
            (Some(own), Some(other)) => {
                self.text[..own.start] == asked.text[..other.start]
                    && self.text[own.end..] == asked.text[other.end..]
            }
            _ => self.text == asked.text,
        }
    }

    /// What a page's policy calls it (CSP Level 3 §2.3.1): its origin, or its scheme where it has none
    /// that a policy can name.
    pub fn policy_source(&self) -> String {
        let (scheme, rest) = self.text.split_once(':').unwrap_or((&self.text, ""));
        let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next());
        match authority {
            Some(authority) if is_web(scheme) && !authority.contains('[') => {
                format!("{scheme}://{authority}")
            }
            _ => format!("{scheme}:"),
        }
    }

    /// What a person may know it by: its host, or its scheme.
    pub fn place(&self) -> &str {
        let (scheme, rest) = self.text.split_once(':').unwrap_or((&self.text, ""));
        let authority = rest.strip_prefix("//").and_then(|rest| rest.split(['/', '?']).next());
        authority.filter(|_| is_web(scheme)).unwrap_or(scheme)
    }

    /// The URI with `parameters` added to its query (RFC 6749 §4.1.2).
    pub fn with(&self, parameters: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        let query = query.extend_pairs(parameters).finish();
        let joint = match self.text.split_once('?') {
            None => "?",
            Some((_, before)) if before.is_empty() || before.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{}{joint}{query}", self.text)
    }
}

impl fmt::Display for RedirectUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_web(scheme: &str) -> bool {
    scheme == "https" || scheme == "http"
}

/// Whether the URI leads where one may, and where its port stands if that may differ.
fn place(text: &str) -> Result<Option<std::ops::Range<usize>>, InvalidRedirectUri> {
    let (scheme, rest) = text.split_once(':').ok_or(InvalidRedirectUri::Scheme)?;
    if !is_web(scheme) {
        return check_private(scheme, rest).map(|()| None);
    }
    let rest = rest.strip_prefix("//").ok_or(InvalidRedirectUri::Host)?;
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let (host, port) = split_port(authority).ok_or(InvalidRedirectUri::Host)?;
    let begin = scheme.len() + "://".len() + host.len();
    // What this reader took for the host, every other reader has to take for it too.
    let read = text.parse::<Uri>().map_err(|_| InvalidRedirectUri::Host)?;
    if read.host() != Some(host) {
        return Err(InvalidRedirectUri::Host);
    }
    match (scheme, host) {
        ("http", "127.0.0.1" | "[::1]") => Ok(Some(begin..begin + port.map_or(0, str::len))),
        // A name may be resolved to another machine, so it stands for itself (RFC 8252 §8.3).
        ("http", "localhost") => Ok(None),
        ("https", _) if is_name(host) => Ok(None),
        ("https", _) => Err(InvalidRedirectUri::Host),
        _ => Err(InvalidRedirectUri::Scheme),
    }
}

/// A scheme that its owner has reversed from a domain (RFC 8252 §7.1), and a path.
fn check_private(scheme: &str, rest: &str) -> Result<(), InvalidRedirectUri> {
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b);
    let begins = scheme.starts_with(|first: char| first.is_ascii_lowercase());
    let labels = scheme.contains('.') && scheme.split('.').all(|label| !label.is_empty());
    let own = begins && labels && scheme.bytes().all(fits);
    if own && rest.starts_with('/') { Ok(()) } else { Err(InvalidRedirectUri::Scheme) }
}

/// A host name or an IPv4 address, or an IPv6 address in its brackets.
fn is_name(host: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let name = host.bytes().all(fits) && host.split('.').all(|label| !label.is_empty());
    let literal = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    name || literal.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
}

/// Host and port; the port keeps its colon.
fn split_port(authority: &str) -> Option<(&str, Option<&str>)> {
    let end = authority.rfind(']').map_or(0, |at| at + 1);
    match authority[end..].find(':') {
        None => Some((authority, None)),
        Some(at) => {
            let (host, port) = authority.split_at(end + at);
            let digits = &port[1..];
            let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
            (plain && digits.parse::<u16>().is_ok()).then_some((host, Some(port)))
        }
    }
}

fn check_query(text: &str) -> Result<(), InvalidRedirectUri> {
    let Some((_, query)) = text.split_once('?') else {
        return Ok(());
    };
    let taken = ["code", "state", "iss", "error", "error_description", "error_uri"];
    let clash = form_urlencoded::parse(query.as_bytes()).any(|(name, _)| taken.contains(&&*name));
    if clash { Err(InvalidRedirectUri::Parameter) } else { Ok(()) }
}
