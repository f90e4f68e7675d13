//! Which hosts a listener answers for. A port that is the scheme's own is not to be named: two
//! spellings of one origin are two origins to whoever caches, signs or compares.

use http::{Request, header::HOST, uri::Authority};

/// What is wrong with the host that a request names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostFault {
    /// None, several, or something that is no host.
    Malformed,
    /// The scheme's own port is named: the same without it is meant.
    DefaultPort {
        /// The host to name instead.
        right: String,
    },
    /// Nothing is served under it here.
    Foreign,
}

/// The hosts that a listener answers for.
#[derive(Clone, Debug)]
pub struct Authorities {
    default_port: &'static str,
    /// In lower case, with a port where one belongs to it; empty means any.
    allowed: Vec<String>,
}

impl Authorities {
    /// The hosts of a listener that clients reach by `https`, or else by `http`. With none in
    /// `allowed`, every host is answered for. One that stands there with its port may be named so.
    pub fn new(https: bool, allowed: impl IntoIterator<Item = String>) -> Self {
        let allowed = allowed.into_iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { default_port: if https { "443" } else { "80" }, allowed }
    }

    /// The same for a request: the host that its URI names, or its one `Host` header. One that names
    /// none (HTTP/1.0) is served.
    pub fn check_request<B>(&self, request: &Request<B>) -> Result<(), HostFault> {
        let mut values = request.headers().get_all(HOST).iter();
        let header = values.next().map(|value| value.to_str().map_err(|_| HostFault::Malformed));
        let header = header.transpose()?;
        let uri = request.uri().authority().map(Authority::as_str);
        let differ = matches!((uri, header), (Some(a), Some(b)) if !a.eq_ignore_ascii_case(b));
        if values.next().is_some() || differ {
            return Err(HostFault::Malformed);
        }
        uri.or(header).map_or(Ok(()), |host| self.check(host))
    }

    /// Whether `host` (`name`, or `name:port`) is served.
    pub fn check(&self, host: &str) -> Result<(), HostFault> {
        let host = host.to_ascii_lowercase();
        if self.allowed.contains(&host) {
            return Ok(());
        }
        let (name, port) = split(&host).ok_or(HostFault::Malformed)?;
        let served = |name: &str| self.allowed.is_empty() || self.allowed.iter().any(|a| a == name);
        match port {
            Some(port) if port == self.default_port && served(name) => {
                Err(HostFault::DefaultPort { right: name.to_owned() })
            }
            _ if self.allowed.is_empty() => Ok(()),
            _ => Err(HostFault::Foreign),
        }
    }
}

/// Name and port; the name of an IPv6 address keeps its brackets.
fn split(host: &str) -> Option<(&str, Option<&str>)> {
    let end = host.rfind(']').map_or(0, |at| at + 1);
    let (name, port) = match host[end..].find(':') {
        Some(at) => (&host[..end + at], Some(&host[end + at + 1..])),
        None => (host, None),
    };
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-._[]:".contains(&byte);
    let named = !name.is_empty() && name.bytes().all(fits);
    let digits =
        port.is_none_or(|port| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()));
    (named && digits).then_some((name, port))
}
