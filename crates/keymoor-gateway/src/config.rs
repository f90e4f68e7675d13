//! The gateway's file.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, sync::Arc};

use ipnet::IpNet;
use keymoor_guard::{InvalidRoutes, LookUp, RouteConfig, Routes, RoutesConfig, Unmatched};
use serde::Deserialize;

use crate::{client::Client, look_up::LookUps};

/// What the operator chose. TOML, with names in kebab-case; a name that is not known is an error.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Where to listen [127.0.0.1:8081]. A change needs a restart.
    pub listen: Option<SocketAddr>,
    /// The certificate chain, PEM. A new one in its place is taken within 5 seconds.
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// The server whose tokens count. A change needs a restart, as of all that the guard is made of.
    pub issuer: Option<String>,
    /// The API's identifier, the audience of its tokens [`{issuer}/api`].
    pub audience: Option<String>,
    /// The `client_id` of the resource server, for the removal feed.
    pub feed_client_id: Option<String>,
    /// A file with the `client_secret` of the resource server.
    pub feed_secret_file: Option<PathBuf>,
    /// What to do while the removal feed is lost.
    pub when_lost: Option<LossPolicy>,
    /// Organizations that enforce single sign-on, for a gateway without a removal feed [all].
    pub federated: Option<Vec<String>>,
    /// The hosts that are answered for [any].
    pub authorities: Vec<String>,
    /// Proxies in front: what they forward is believed, nobody else's.
    pub behind_proxy: Vec<IpNet>,
    /// What the API gets of the token.
    pub token: TokenMode,
    /// A file with at least 32 bytes that the API knows too, for `token = "internal"`.
    pub internal_key_file: Option<PathBuf>,
    /// Headers that only gateways may set, beside those of Keymoor and the common ones.
    pub strip: Vec<String>,
    /// What the `Host` header is for the API; over HTTP/2 it is always that of the upstream's URL.
    pub host: HostMode,
    /// Where the API is: one URL or several.
    pub upstream: Option<Urls>,
    /// A path that answers 2xx while an address of `upstream` is fit to be used; asked every 5
    /// seconds.
    pub health: Option<String>,
    /// A file with the certificates that count, PEM, where an API or a look-up is called by `https`
    /// [those of the machine]. A change needs a restart.
    pub upstream_ca: Option<PathBuf>,
    /// Whether `upstream` speaks HTTP/2, also without TLS. HTTP/1.1 is spoken otherwise.
    pub h2c: bool,
    /// APIs with names, for routes that name them.
    pub upstreams: BTreeMap<String, UpstreamConfig>,
    /// Protocols that a connection may change to [`websocket`].
    pub upgrades: Option<Vec<String>>,
    /// Seconds until the API's answer has to begin once it has the whole request [60]; for as long
    /// it may take nothing of a body that is there.
    pub answer_seconds: Option<u32>,
    /// Seconds for which a client may pause while it sends a body [60].
    pub idle_seconds: Option<u32>,
    /// Seconds for which an answer may pause that has begun, and a connection that changed to another
    /// protocol may be silent [300].
    pub answer_idle_seconds: Option<u32>,
    /// The most connections from clients, also those that changed to another protocol [10000]. A change needs a restart.
    pub connections: Option<u32>,
    /// The most of them from one address that is not in `behind-proxy` (of IPv6: one /64) [half of
    /// them]. A change needs a restart.
    pub connections_per_address: Option<u32>,
    /// Whether each request is a line of the log [true].
    pub access_log: Option<bool>,
    /// What happens to a path that fits no route.
    pub unmatched: Unmatched,
    /// Which path needs what, in the order in which the lines count.
    pub route: Vec<RouteConfig>,
}

/// What to do while the removal feed is lost; see `WhenLost` of `keymoor-guard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossPolicy {
    /// Go by what was heard last.
    Ride,
    /// Ask the server about each token.
    Introspect,
    /// Refuse everything.
    Deny,
}

/// What the API gets of the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenMode {
    /// Nothing: who calls stands in the identity headers. What leaks from the API opens nothing.
    #[default]
    Drop,
    /// The token as it came.
    Pass,
    /// A short one of the gateway's own, which opens nothing elsewhere.
    Internal,
}

/// What the `Host` header is for the API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HostMode {
    /// As the client named it.
    #[default]
    Keep,
    /// That of the upstream's URL.
    Upstream,
}

/// One URL, or several that serve the same.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Urls {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// An API with a name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UpstreamConfig {
    /// Where it is.
    pub url: Urls,
    /// A path that answers 2xx while an address is fit to be used; asked every 5 seconds.
    pub health: Option<String>,
    /// Whether it speaks HTTP/2, also without TLS. HTTP/1.1 is spoken otherwise.
    #[serde(default)]
    pub h2c: bool,
}

/// The file cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidConfig(pub String);

impl From<InvalidRoutes> for InvalidConfig {
    fn from(error: InvalidRoutes) -> Self {
        Self(error.to_string())
    }
}

impl Config {
    /// Reads the text of a file.
    pub fn parse(text: &str) -> Result<Self, InvalidConfig> {
        toml::from_str(text).map_err(|error| InvalidConfig(error.to_string()))
    }

    /// What decides about paths: the table, and who is asked for organizations.
    pub fn judging(&self) -> Result<(Routes, Arc<dyn LookUp>), InvalidConfig> {
        let (routes, look_ups) = self.routes().compile().map_err(InvalidConfig::from)?;
        let look_ups = LookUps::new(Client::new(self.upstream_ca.as_deref())?, look_ups)?;
        Ok((routes, Arc::new(look_ups)))
    }

    /// The routes' part of it.
    pub fn routes(&self) -> RoutesConfig {
        RoutesConfig { unmatched: self.unmatched, route: self.route.clone() }
    }
}

impl Urls {
    pub(crate) fn list(&self) -> Vec<&str> {
        match self {
            Self::One(url) => vec![url],
            Self::Several(urls) => urls.iter().map(String::as_str).collect(),
        }
    }
}
