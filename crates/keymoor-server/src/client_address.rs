use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::extract::{ConnectInfo, FromRequestParts};
use http::{Extensions, HeaderMap, request::Parts};
use ipnet::IpNet;

use crate::{App, failure::Failure};

/// Where a request came from: the peer, or what a trusted proxy says of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ClientAddress(pub(crate) IpAddr);

impl FromRequestParts<Arc<App>> for ClientAddress {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Failure> {
        let found = client_address(&parts.extensions, &parts.headers, app);
        found.map(Self).ok_or(Failure::Internal)
    }
}

/// Where the request with this head came from, if its peer is known.
pub(crate) fn client_address(
    extensions: &Extensions,
    headers: &HeaderMap,
    app: &App,
) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip().to_canonical();
    Some(client(peer, headers, &app.settings.trusted_proxies))
}

/// Walks `X-Forwarded-For` from its end, where the nearest proxy wrote, for as long as the one
/// who wrote is trusted. Anything malformed ends the walk.
fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: &IpAddr| trusted.iter().any(|range| range.contains(address));
    let mut client = peer;
    for forwarded in forwarded(headers).rev() {
        match forwarded.trim().parse::<IpAddr>() {
            Ok(address) if is_trusted(&client) => client = address.to_canonical(),
            _ => break,
        }
    }
    client
}

fn forwarded(headers: &HeaderMap) -> impl DoubleEndedIterator<Item = &str> {
    let values = headers.get_all("x-forwarded-for").into_iter();
    values.flat_map(|value| value.to_str().unwrap_or_default().split(','))
}
