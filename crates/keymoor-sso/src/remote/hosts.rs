use std::collections::HashSet;

use url::{Host, Url};

/// The hosts that the operator lists: they may be at private addresses and be asked without TLS.
#[derive(Clone, Debug, Default)]
pub struct Hosts(HashSet<String>);

/// The text is no host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a host: write a name or an address, without https://, port and path")]
pub struct NotAHost(pub String);

impl Hosts {
    /// Names or addresses, without a port; an IPv6 address with or without its brackets.
    pub fn new<'h>(hosts: impl IntoIterator<Item = &'h str>) -> Result<Self, NotAHost> {
        hosts.into_iter().map(spelled).collect::<Result<_, _>>().map(Self)
    }

    /// Whether the host of `url` is listed.
    pub(super) fn list(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| self.0.contains(host))
    }

    /// Whether the host of that name, as a URL spells it, is listed.
    pub(super) fn list_name(&self, name: &str) -> bool {
        self.0.contains(name)
    }
}

/// As a URL spells it: lower case, IPv6 in brackets.
fn spelled(host: &str) -> Result<String, NotAHost> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let v6 = bare.parse().map(|address| Host::<String>::Ipv6(address).to_string());
    v6.or_else(|_| Host::parse(host).map(|host| host.to_string()))
        .map_err(|_| NotAHost(host.to_owned()))
}
