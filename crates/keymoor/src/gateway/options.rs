#![expect(clippy::doc_markdown, reason = "these comments are the text of --help")]
//! The options of `gateway`, from the command line, the environment and a file, in that order.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use ipnet::IpNet;
use keymoor_gateway::{
    Config, LossPolicy, Urls,
    print::{Addresses, Proxy},
};

use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  keymoor gateway --issuer https://auth.example.com --upstream http://127.0.0.1:9000
  keymoor gateway --config gateway.toml       routes, scopes, several APIs: docs/gateway.md
  keymoor gateway print-config nginx          what nginx needs, to ask before it lets through

The file is read again at SIGHUP; one that cannot be used changes nothing.";

/// A reverse proxy that lets through to an API what carries a good access token, or, without an
/// upstream, answers other proxies that ask.
#[derive(Args, Clone, Debug, Default)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct GatewayOptions {
    #[command(subcommand)]
    pub(crate) command: Option<GatewayCommand>,

    /// A TOML file: routes, organizations, scopes, several APIs, and everything below
    #[arg(long, value_name = "FILE", env = "KEYMOOR_GATEWAY_CONFIG")]
    pub(crate) config: Option<PathBuf>,

    /// The Keymoor server whose access tokens count
    #[arg(long, value_name = "URL", env = "KEYMOOR_ISSUER")]
    issuer: Option<String>,

    /// The API's identifier, the audience of its tokens [default: {issuer}/api]
    #[arg(long, value_name = "URI", env = "KEYMOOR_AUDIENCE")]
    audience: Option<String>,

    /// Where the API is; without it, other proxies ask at /api/auth/verify
    #[arg(long, value_name = "URL", env = "KEYMOOR_UPSTREAM")]
    upstream: Option<String>,

    /// Where to listen [default: 127.0.0.1:8081]
    #[arg(long, value_name = "ADDR:PORT", env = "KEYMOOR_GATEWAY_LISTEN")]
    listen: Option<SocketAddr>,

    /// The certificate chain, PEM
    #[arg(long, value_name = "FILE", env = "KEYMOOR_GATEWAY_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The certificate's private key, PEM
    #[arg(long, value_name = "FILE", env = "KEYMOOR_GATEWAY_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Proxies in front, or that ask: what they forward is believed, nobody else's
    #[arg(long, value_name = "ADDR/LEN", env = "KEYMOOR_BEHIND_PROXY", value_delimiter = ',')]
    behind_proxy: Vec<IpNet>,

    /// The client_id of the resource server, for the removal feed; `keymoor admin resource-server
    /// create` prints it
    #[arg(long, value_name = "ID", env = "KEYMOOR_FEED_CLIENT_ID", requires = "feed_secret_file")]
    feed_client_id: Option<String>,

    /// A file with the client_secret of the resource server
    #[arg(
        long,
        value_name = "FILE",
        env = "KEYMOOR_FEED_SECRET_FILE",
        requires = "feed_client_id"
    )]
    feed_secret_file: Option<PathBuf>,

    /// What to do while the removal feed is lost: ride, introspect or deny [default: ride]
    #[arg(long, value_name = "POLICY", env = "KEYMOOR_WHEN_LOST", value_parser = policy)]
    when_lost: Option<LossPolicy>,

    /// What to log, as in keymoor_gateway=debug [default: info]
    #[arg(long, value_name = "FILTER", env = "KEYMOOR_LOG")]
    pub(crate) log: Option<String>,
}

/// What `gateway` does beside running.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum GatewayCommand {
    /// Prints the configuration of another proxy: nginx, caddy, traefik, envoy, haproxy or apache
    PrintConfig(PrintOptions),
}

/// The operator's addresses.
#[derive(Args, Clone, Debug)]
pub(crate) struct PrintOptions {
    /// nginx, caddy, traefik and envoy ask Keymoor; haproxy and apache stand in front of the gateway
    #[arg(value_name = "PROXY")]
    pub(crate) proxy: Proxy,

    /// Where the proxy listens
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8000")]
    listen: String,

    /// Who is asked: a Keymoor server, or a gateway without an upstream
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8080")]
    verify: String,

    /// The gateway, for proxies in front of it
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8081")]
    gateway: String,

    /// The API
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:9000")]
    api: String,
}

impl PrintOptions {
    pub(crate) fn addresses(&self) -> Result<Addresses, Error> {
        let address = |text: &String| match text.rsplit_once(':') {
            Some((host, port)) if is_host(host) && port.parse::<u16>().is_ok() => Ok(text.clone()),
            _ => Err(Error::refused(format!("{text:?} is not HOST:PORT, as in 127.0.0.1:9000"))),
        };
        Ok(Addresses {
            listen: address(&self.listen)?,
            verify: address(&self.verify)?,
            gateway: address(&self.gateway)?,
            api: address(&self.api)?,
        })
    }
}

/// Nothing that could be more than a host where it is printed.
fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_[]:*".contains(&b))
}

fn policy(text: &str) -> Result<LossPolicy, &'static str> {
    match text {
        "ride" => Ok(LossPolicy::Ride),
        "introspect" => Ok(LossPolicy::Introspect),
        "deny" => Ok(LossPolicy::Deny),
        _ => Err("one of ride, introspect, deny"),
    }
}

impl GatewayOptions {
    /// What the file says and nothing else.
    pub(super) fn of_file(file: &Path) -> Self {
        Self { config: Some(file.to_owned()), ..Self::default() }
    }

    /// The file, with what the command line and the environment say in its place.
    pub(crate) fn configuration(&self) -> Result<Config, Error> {
        let mut config = match &self.config {
            None => Config::default(),
            Some(path) => {
                let fault = |why: &dyn std::fmt::Display| {
                    Error::refused(format!("{}: {why}", path.display()))
                };
                let text = std::fs::read_to_string(path).map_err(|error| fault(&error))?;
                Config::parse(&text).map_err(|error| fault(&error))?
            }
        };
        over(&mut config.issuer, self.issuer.clone());
        over(&mut config.audience, self.audience.clone());
        over(&mut config.upstream, self.upstream.clone().map(Urls::One));
        over(&mut config.listen, self.listen);
        over(&mut config.tls_cert, self.tls_cert.clone());
        over(&mut config.tls_key, self.tls_key.clone());
        over(&mut config.feed_client_id, self.feed_client_id.clone());
        over(&mut config.feed_secret_file, self.feed_secret_file.clone());
        over(&mut config.when_lost, self.when_lost);
        if !self.behind_proxy.is_empty() {
            config.behind_proxy.clone_from(&self.behind_proxy);
        }
        Ok(config)
    }
}

/// What was chosen, in place of what the file says.
fn over<T>(place: &mut Option<T>, chosen: Option<T>) {
    if chosen.is_some() {
        *place = chosen;
    }
}
