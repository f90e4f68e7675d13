use std::collections::HashSet;

use url::{Host, Url};

/// The hosts that the operator lists: they may be at private addresses and be asked without TLS.
#[derive(Clone, Debug, Default)]
pub struct Hosts(HashSet<String>);

impl Hosts {
    /// Names or addresses, without a port; an IPv6 address with or without its brackets.
    pub fn new<'h>(hosts: impl IntoIterator<Item = &'h str>) -> Self {
        Self(hosts.into_iter().map(spelled).collect())
    }

    /// Whether the host of `url` is listed.
    pub(super) fn list(&self, url: &Url) -> bool {
        url.host_str().is_some_and(|host| self.0.contains(host))
    }

    /// Whether the host of that name is listed.
    pub(super) fn list_name(&self, name: &str) -> bool {
        self.0.contains(&name.to_ascii_lowercase())
    }
}

/// As a URL spells it: lower case, IPv6 in brackets.
fn spelled(host: &str) -> String {
    let bracketed = if host.contains(':') && !host.starts_with('[') {
        format!("[{host}]")
    } else {
        host.to_owned()
    };
    Host::parse(&bracketed).map_or(bracketed, |host| host.to_string())
}
