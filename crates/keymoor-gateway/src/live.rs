//! What can change while the gateway runs: everything in its file but where it listens, its TLS and
//! its guard.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use http::HeaderName;
use ipnet::IpNet;
use keymoor_core::wire::Authorities;
use keymoor_guard::{Route, Routes, X_REQUEST_ID};
use zeroize::Zeroizing;

use crate::{
    client::Client,
    config::{Config, HostMode, InvalidConfig, TokenMode, UpstreamConfig},
    head::Stripped,
    health::Watch,
    internal_token::InternalTokens,
    look_up::LookUps,
    upstream::Upstream,
};

const SECONDS: u32 = 60;
const PAUSE: u32 = 300;

/// A file, ready to be used.
pub(crate) struct Live {
    pub(crate) routes: Routes,
    pub(crate) look_ups: LookUps,
    pub(crate) stripped: Arc<Stripped>,
    /// Headers by which requests are judged, or told apart: they reach the API as they are.
    pub(crate) kept: Vec<HeaderName>,
    pub(crate) authorities: [Authorities; 2],
    pub(crate) behind_proxy: Vec<IpNet>,
    pub(crate) token: Token,
    pub(crate) host: HostMode,
    pub(crate) upgrades: Vec<String>,
    pub(crate) answer: Duration,
    pub(crate) idle: Duration,
    pub(crate) pause: Duration,
    pub(crate) access_log: bool,
    usual: Option<Arc<Upstream>>,
    named: BTreeMap<String, Arc<Upstream>>,
    _watch: Watch,
}

/// What the API gets of the token.
pub(crate) enum Token {
    Drop,
    Pass,
    Internal(Box<InternalTokens>),
}

impl Live {
    pub(crate) fn new(config: &Config, client: &Client) -> Result<Self, InvalidConfig> {
        let (routes, look_ups) =
            config.routes().compile().map_err(|error| InvalidConfig(error.to_string()))?;
        check_numbers(config)?;
        let usual = usual(config)?.map(Arc::new);
        let named = config.upstreams.iter();
        let named = named
            .map(|(name, upstream)| Ok((name.clone(), Arc::new(Upstream::new(upstream)?))))
            .collect::<Result<BTreeMap<_, _>, InvalidConfig>>()?;
        check_upstreams(&routes, usual.as_deref(), &named)?;
        let watched =
            named.values().chain(&usual).filter(|upstream| upstream.health.is_some()).cloned();
        let watch = Watch::over(watched.collect(), client);
        let more = routes.organization_headers().map(|name| name.as_str().to_owned());
        let stripped = Arc::new(Stripped::new(config.strip.iter().cloned().chain(more)));
        let seconds = |chosen: Option<u32>| Duration::from_secs(chosen.unwrap_or(SECONDS).into());
        Ok(Self {
            look_ups: LookUps::new(client.clone(), look_ups)?,
            stripped,
            kept: routes.organization_headers().cloned().chain([X_REQUEST_ID]).collect(),
            authorities: [false, true].map(|tls| Authorities::new(tls, config.authorities.clone())),
            behind_proxy: config.behind_proxy.clone(),
            token: Token::new(config)?,
            host: config.host,
            upgrades: upgrades(config)?,
            answer: seconds(config.answer_seconds),
            idle: seconds(config.idle_seconds),
            pause: seconds(config.answer_idle_seconds.or(Some(PAUSE))),
            access_log: config.access_log.unwrap_or(true),
            routes,
            usual,
            named,
            _watch: watch,
        })
    }

    /// Whether nothing is handed on: other proxies ask what may pass.
    pub(crate) fn is_asked(&self) -> bool {
        self.usual.is_none()
    }

    /// Which API serves a route.
    pub(crate) fn upstream(&self, route: &Route) -> Option<&Upstream> {
        match &route.upstream {
            Some(name) => self.named.get(name).map(AsRef::as_ref),
            None => self.usual.as_deref(),
        }
    }
}

/// The API of routes that name none.
fn usual(config: &Config) -> Result<Option<Upstream>, InvalidConfig> {
    let (health, h2c) = (config.health.clone(), config.h2c);
    match config.upstream.clone() {
        Some(url) => Upstream::new(&UpstreamConfig { url, health, h2c }).map(Some),
        None if health.is_some() || h2c => Err(nowhere()),
        None => Ok(None),
    }
}

fn nowhere() -> InvalidConfig {
    InvalidConfig("say where the API is: upstream = \"http://127.0.0.1:9000\"".to_owned())
}

/// None of these does anything sensible at nothing.
fn check_numbers(config: &Config) -> Result<(), InvalidConfig> {
    let told = [
        ("answer-seconds", config.answer_seconds),
        ("idle-seconds", config.idle_seconds),
        ("answer-idle-seconds", config.answer_idle_seconds),
        ("connections", config.connections),
        ("connections-per-address", config.connections_per_address),
    ];
    match told.into_iter().find(|(_, number)| *number == Some(0)) {
        Some((name, _)) => Err(InvalidConfig(format!(
            "{name} = 0 would serve nobody: leave it out for what is usual"
        ))),
        None => Ok(()),
    }
}

fn check_upstreams(
    routes: &Routes,
    usual: Option<&Upstream>,
    named: &BTreeMap<String, Arc<Upstream>>,
) -> Result<(), InvalidConfig> {
    if usual.is_none() && !named.is_empty() {
        return Err(nowhere());
    }
    let wanted = routes.lines().iter().filter_map(|route| route.upstream.as_ref());
    match wanted.into_iter().find(|name| !named.contains_key(*name)) {
        Some(name) => Err(InvalidConfig(format!("there is no [upstreams.{name}]"))),
        None => Ok(()),
    }
}

/// What connections may change to. HTTP/2 is nothing for it: whoever spoke it to the API past the
/// gateway would be judged by nobody.
fn upgrades(config: &Config) -> Result<Vec<String>, InvalidConfig> {
    let chosen = config.upgrades.clone().unwrap_or_else(|| vec!["websocket".to_owned()]);
    let chosen: Vec<_> = chosen.into_iter().map(|name| name.to_ascii_lowercase()).collect();
    let http = |name: &&String| name.starts_with("h2") || name.starts_with("http");
    match chosen.iter().find(http) {
        Some(name) => Err(InvalidConfig(format!("{name:?} would be requests that nobody judges"))),
        None => Ok(chosen),
    }
}

impl Token {
    fn new(config: &Config) -> Result<Self, InvalidConfig> {
        match (config.token, &config.internal_key_file) {
            (TokenMode::Drop, _) => Ok(Self::Drop),
            (TokenMode::Pass, _) => Ok(Self::Pass),
            (TokenMode::Internal, None) => {
                let why = "token = \"internal\" needs internal-key-file = \"FILE\"";
                Err(InvalidConfig(why.to_owned()))
            }
            (TokenMode::Internal, Some(path)) => {
                let read = std::fs::read(path).map(Zeroizing::new);
                let key =
                    read.map_err(|error| InvalidConfig(format!("{}: {error}", path.display())))?;
                InternalTokens::new(&key).map(Box::new).map(Self::Internal)
            }
        }
    }
}
