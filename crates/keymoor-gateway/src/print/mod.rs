//! Configurations of other proxies, for an operator's addresses.

mod asking;
mod before;

use std::str::FromStr;

/// A proxy that Keymoor can be used with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proxy {
    /// nginx asks by `auth_request`.
    Nginx,
    /// Caddy asks by `forward_auth`.
    Caddy,
    /// Traefik asks by `ForwardAuth`.
    Traefik,
    /// Envoy asks by `ext_authz` over HTTP.
    Envoy,
    /// `HAProxy` stands in front of the gateway.
    Haproxy,
    /// Apache stands in front of the gateway.
    Apache,
}

impl Proxy {
    /// All of them, by the name that [`FromStr`] reads.
    pub const NAMES: [(&str, Self); 6] = [
        ("nginx", Self::Nginx),
        ("caddy", Self::Caddy),
        ("traefik", Self::Traefik),
        ("envoy", Self::Envoy),
        ("haproxy", Self::Haproxy),
        ("apache", Self::Apache),
    ];
}

impl FromStr for Proxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.into_iter().find(|(name, _)| *name == text);
        found
            .map(|(_, proxy)| proxy)
            .ok_or_else(|| format!("one of {}", Self::NAMES.map(|(name, _)| name).join(", ")))
    }
}

/// The operator's addresses, each as `host:port`.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Where the proxy listens.
    pub listen: String,
    /// Who is asked: a Keymoor server, or a gateway without an upstream.
    pub verify: String,
    /// The gateway, for proxies that stand in front of it.
    pub gateway: String,
    /// The API.
    pub api: String,
}

impl Default for Addresses {
    fn default() -> Self {
        let loopback = |port: u16| format!("127.0.0.1:{port}");
        let [listen, verify] = [8000, 8080].map(loopback);
        let [gateway, api] = [8081, 9000].map(loopback);
        Self { listen, verify, gateway, api }
    }
}

/// The configuration of `proxy`. What it needs to be told beside it stands in its comments.
pub fn configuration(proxy: Proxy, addresses: &Addresses) -> String {
    match proxy {
        Proxy::Nginx => asking::nginx(addresses),
        Proxy::Caddy => asking::caddy(addresses),
        Proxy::Traefik => asking::traefik(addresses),
        Proxy::Envoy => asking::envoy(addresses),
        Proxy::Haproxy => before::haproxy(addresses),
        Proxy::Apache => before::apache(addresses),
    }
}

fn fill(template: &str, addresses: &Addresses) -> String {
    let split = |address: &str| {
        let (host, port) = address.rsplit_once(':').unwrap_or((address, "80"));
        (host.to_owned(), port.to_owned())
    };
    let mut text = template.to_owned();
    let named = [
        ("LISTEN", &addresses.listen),
        ("VERIFY", &addresses.verify),
        ("GATEWAY", &addresses.gateway),
        ("API", &addresses.api),
    ];
    for (name, address) in named {
        let (host, port) = split(address);
        text = text
            .replace(&format!("@{name}_HOST@"), &host)
            .replace(&format!("@{name}_PORT@"), &port)
            .replace(&format!("@{name}@"), address);
    }
    text
}
