//! Where the API is, and which of its addresses are fit to be used.

use std::{
    sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    time::Duration,
};

use http::uri::{Authority, Scheme, Uri};
use keymoor_core::UnixTime;

use crate::config::{InvalidConfig, UpstreamConfig};

/// Seconds for which an address that could not be reached is passed over.
const DOWN: i64 = 5;
/// How often an address is asked whether it is fit.
pub(crate) const ASKED: Duration = Duration::from_secs(5);

/// One address of an API.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    /// What every path is put behind: empty, or a path without a slash at its end.
    prefix: String,
    /// The second until which it is passed over.
    down_until: AtomicI64,
    /// What it said last when it was asked.
    fit: AtomicBool,
}

/// An API: addresses that serve the same.
#[derive(Debug)]
pub(crate) struct Upstream {
    addresses: Vec<Address>,
    turn: AtomicUsize,
    pub(crate) health: Option<String>,
    pub(crate) h2c: bool,
}

impl Upstream {
    pub(crate) fn new(config: &UpstreamConfig) -> Result<Self, InvalidConfig> {
        let urls = config.url.list();
        let addresses = urls.into_iter().map(Address::parse).collect::<Result<Vec<_>, _>>()?;
        if addresses.is_empty() {
            return Err(InvalidConfig("an upstream needs a URL".to_owned()));
        }
        let health = config.health.clone();
        if health.as_ref().is_some_and(|path| !path.starts_with('/')) {
            return Err(InvalidConfig("the path of health begins with /".to_owned()));
        }
        Ok(Self { addresses, turn: AtomicUsize::new(0), health, h2c: config.h2c })
    }

    /// The addresses in the order in which to try them: in turns, those that are fit first. One that
    /// stands alone is tried twice if the request may be repeated: a kept connection breaks whenever
    /// the API is restarted.
    pub(crate) fn candidates(
        &self,
        now: UnixTime,
        repeatable: bool,
    ) -> impl Iterator<Item = &Address> {
        let count = self.addresses.len();
        let first = if count == 1 { 0 } else { self.turn.fetch_add(1, Ordering::Relaxed) };
        let turn = move |at| &self.addresses[(first.wrapping_add(at)) % count];
        let fit = (0..count).map(turn).filter(move |address| address.is_fit(now));
        let unfit = (0..count).map(turn).filter(move |address| !address.is_fit(now));
        let once_more = self.addresses.iter().filter(move |_| repeatable && count == 1);
        fit.chain(unfit).chain(once_more)
    }

    pub(crate) fn is_alone(&self) -> bool {
        self.addresses.len() == 1
    }

    pub(crate) fn addresses(&self) -> &[Address] {
        &self.addresses
    }
}

impl Address {
    fn parse(url: &str) -> Result<Self, InvalidConfig> {
        let wrong = || InvalidConfig(format!("{url:?} is no URL such as http://127.0.0.1:9000"));
        let parts = url.parse::<Uri>().map_err(|_| wrong())?.into_parts();
        let scheme = parts.scheme.filter(|s| *s == Scheme::HTTP || *s == Scheme::HTTPS);
        let authority = parts.authority.filter(|authority| !authority.as_str().contains('@'));
        let path = parts.path_and_query.filter(|path| path.query().is_none());
        let prefix = path.ok_or_else(wrong)?.path().trim_end_matches('/').to_owned();
        Ok(Self {
            scheme: scheme.ok_or_else(wrong)?,
            authority: authority.ok_or_else(wrong)?,
            prefix,
            down_until: AtomicI64::new(0),
            fit: AtomicBool::new(true),
        })
    }

    /// The URL of `path_and_query` here.
    pub(crate) fn uri(&self, path_and_query: &str) -> Option<Uri> {
        let builder = Uri::builder().scheme(self.scheme.clone()).authority(self.authority.clone());
        let built = if self.prefix.is_empty() {
            builder.path_and_query(path_and_query)
        } else {
            builder.path_and_query(format!("{}{path_and_query}", self.prefix))
        };
        built.build().ok()
    }

    fn is_fit(&self, now: UnixTime) -> bool {
        self.fit.load(Ordering::Relaxed) && self.down_until.load(Ordering::Relaxed) <= now.seconds()
    }

    /// It could not be reached, or did not answer in time.
    pub(crate) fn failed(&self, now: UnixTime) {
        self.down_until.store(now.seconds() + DOWN, Ordering::Relaxed);
    }

    /// What it says of itself; returns whether that is new.
    pub(crate) fn said(&self, fit: bool) -> bool {
        self.fit.swap(fit, Ordering::Relaxed) != fit
    }
}
