//! The head that the API gets: what a client could forge is taken out, what the gateway knows is
//! put in.

use std::{
    collections::BTreeSet,
    net::{IpAddr, SocketAddr},
};

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        self, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, FORWARDED, HOST, PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
    },
    request::Parts,
};
use ipnet::IpNet;
use keymoor_core::wire::identity;
use keymoor_guard::X_REQUEST_ID;

/// Headers of identity that other gateways set and APIs believe (in lower case, with hyphens): what
/// begins so goes.
const COMMON: [&str; 14] = [
    "x-forwarded-user",
    "x-forwarded-email",
    "x-forwarded-groups",
    "x-forwarded-preferred-username",
    "x-forwarded-access-token",
    "x-forwarded-client-cert",
    "x-auth-request-",
    "x-authenticated-",
    "x-remote-user",
    "remote-user",
    "remote-groups",
    "remote-email",
    "x-webauth-",
    "x-ssl-client-",
];

/// Headers that say how a request reached the gateway, or that it means another path.
const ROUTE: [&str; 11] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-uri",
    "x-forwarded-method",
    "x-forwarded-server",
    "x-real-ip",
    "x-original-",
    "x-rewrite-url",
];

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const PROXY: HeaderName = HeaderName::from_static("proxy");

/// What names begin with by which a request means another method than its own.
const METHODS: [&str; 2] = ["x-http-method", "x-method-override"];

/// What makes the request what it is.
const END_TO_END: [HeaderName; 5] =
    [HOST, AUTHORIZATION, CONTENT_LENGTH, header::CONTENT_TYPE, header::COOKIE];

/// Which names go.
#[derive(Clone, Debug)]
pub(crate) struct Stripped {
    /// What they begin with, in lower case with hyphens.
    prefixes: Vec<String>,
    /// The first letters of these: most names have another.
    firsts: BTreeSet<u8>,
}

impl Stripped {
    /// The common ones, and those that begin with one of `more`.
    pub(crate) fn new(more: impl IntoIterator<Item = String>) -> Self {
        let folded = |byte| char::from(identity::folded(byte));
        let fold = |name: String| name.bytes().map(folded).collect();
        let common = [identity::PREFIX].into_iter().chain(COMMON).chain(ROUTE).map(str::to_owned);
        let all = common.chain(more.into_iter().map(fold).filter(|name: &String| !name.is_empty()));
        let prefixes: Vec<_> = all.collect();
        let firsts = prefixes.iter().filter_map(|prefix| prefix.bytes().next()).collect();
        Self { prefixes, firsts }
    }

    fn takes(&self, name: &HeaderName) -> bool {
        let name = name.as_str();
        let first = name.bytes().next().map(identity::folded);
        first.is_some_and(|first| self.firsts.contains(&first))
            && self.prefixes.iter().any(|prefix| identity::is_read_as(name, prefix))
    }

    /// Takes them out, and what is about the connection alone.
    pub(crate) fn clean(&self, headers: &mut HeaderMap, kept: &[HeaderName]) {
        let taken: Vec<_> = headers
            .keys()
            .filter(|name| self.takes(name) && !kept.contains(name))
            .cloned()
            .collect();
        for name in taken {
            headers.remove(name);
        }
        // What was judged by is not to be taken out by listing it.
        end_hop_but(headers, kept);
        headers.remove(FORWARDED);
        headers.remove(PROXY);
    }

    /// The same for what comes after a body: nothing there may tell who calls, where the request
    /// goes, or how it is read (RFC 9110 §6.5.1).
    pub(crate) fn clean_trailers(&self, trailers: &mut HeaderMap) {
        self.clean(trailers, &[]);
        let request = [X_REQUEST_ID, header::EXPECT, header::CONTENT_ENCODING, header::RANGE];
        for name in END_TO_END.iter().chain(&request) {
            trailers.remove(name);
        }
        let other_method = |name: &&HeaderName| {
            METHODS.iter().any(|begin| identity::is_read_as(name.as_str(), begin))
        };
        let methods: Vec<_> = trailers.keys().filter(other_method).cloned().collect();
        for name in methods {
            trailers.remove(name);
        }
    }
}

/// Takes out what is about one connection alone (RFC 9110 §7.6.1), and what `Connection` lists.
pub(crate) fn end_hop(headers: &mut HeaderMap) {
    end_hop_but(headers, &[]);
}

fn end_hop_but(headers: &mut HeaderMap, kept: &[HeaderName]) {
    let listed: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.to_str().unwrap_or_default().split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .filter(|name| !is_end_to_end(name) && !kept.contains(name))
        .collect();
    for name in listed {
        headers.remove(name);
    }
    let trailers =
        headers.get(TE).is_some_and(|te| te.as_bytes().eq_ignore_ascii_case(b"trailers"));
    let hop = [
        CONNECTION,
        KEEP_ALIVE,
        PROXY_CONNECTION,
        PROXY_AUTHENTICATE,
        PROXY_AUTHORIZATION,
        TE,
        TRANSFER_ENCODING,
        UPGRADE,
    ];
    for name in hop {
        headers.remove(name);
    }
    if trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// Nobody may have these taken out by listing them: the request would mean something else.
fn is_end_to_end(name: &HeaderName) -> bool {
    END_TO_END.contains(name)
}

/// Where a request came from.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// The peer.
    pub(crate) peer: IpAddr,
    /// The scheme by which the client called.
    pub(crate) scheme: &'static str,
    /// The host that it called.
    pub(crate) host: String,
    /// What the peer said of who stands before it, if it is believed.
    pub(crate) before: Vec<String>,
}

/// What a request says of its origin.
pub(crate) fn origin(parts: &Parts, peer: IpAddr, trusted: bool, tls: bool) -> Option<Origin> {
    let forwarded = |name: &HeaderName| single(&parts.headers, name).filter(|_| trusted);
    let scheme = match forwarded(&X_FORWARDED_PROTO) {
        Some("https") => "https",
        Some("http") => "http",
        _ if tls => "https",
        _ => "http",
    };
    let host = match forwarded(&X_FORWARDED_HOST) {
        Some(host) => host,
        None => called(parts)?,
    };
    let before = if trusted { chain(&parts.headers) } else { Vec::new() };
    Some(Origin { peer, scheme, host: host.to_owned(), before })
}

/// Who stands before the peer, as the peer says.
fn chain(headers: &HeaderMap) -> Vec<String> {
    let lines = headers.get_all(&X_FORWARDED_FOR).iter();
    lines.filter_map(|line| line.to_str().ok()).map(str::to_owned).collect()
}

/// Who calls: the peer, or the last in its line that is none of the `proxies` whose word counts.
pub(crate) fn caller(headers: &HeaderMap, peer: IpAddr, proxies: &[IpNet]) -> IpAddr {
    let listed = |address: &IpAddr| proxies.iter().any(|range| range.contains(address));
    if !listed(&peer) {
        return peer;
    }
    let lines = headers.get_all(&X_FORWARDED_FOR).iter().rev();
    let names = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
    // What cannot be read was written by somebody before the last proxy that could be.
    let mut line = names.map_while(|name| address(name.trim()));
    let mut last = peer;
    loop {
        match line.next() {
            Some(before) if listed(&before) => last = before,
            Some(before) => return before,
            None => return last,
        }
    }
}

/// An address as proxies write it: bare, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    let bare = bare.parse().ok();
    let whole = bare.or_else(|| text.parse().map(|socket: SocketAddr| socket.ip()).ok());
    whole.map(|address: IpAddr| address.to_canonical())
}

/// The host that the request itself names: once, or twice alike.
fn called(parts: &Parts) -> Option<&str> {
    let in_uri = parts.uri.authority().map(http::uri::Authority::as_str);
    let mut values = parts.headers.get_all(HOST).iter();
    let in_header = match (values.next(), values.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().ok()?),
        (Some(_), Some(_)) => return None,
    };
    match (in_uri, in_header) {
        (Some(uri), Some(header)) if !uri.eq_ignore_ascii_case(header) => None,
        (Some(uri), _) => Some(uri),
        (None, header) => header,
    }
}

fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() { None } else { Some(value) }
}

impl Origin {
    /// Says it to the API.
    pub(crate) fn put(&self, headers: &mut HeaderMap) {
        let peer = self.peer.to_string();
        let chain = if self.before.is_empty() {
            peer
        } else {
            format!("{}, {peer}", self.before.join(", "))
        };
        if let Ok(chain) = HeaderValue::try_from(chain) {
            headers.insert(X_FORWARDED_FOR, chain);
        }
        headers.insert(X_FORWARDED_PROTO, HeaderValue::from_static(self.scheme));
        if let Ok(host) = HeaderValue::try_from(self.host.as_str()) {
            headers.insert(X_FORWARDED_HOST, host);
        }
    }
}
