//! One request through the gateway.

use std::{net::SocketAddr, sync::Arc};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response, header, request::Parts};
use hyper::body::Incoming;
use keymoor_core::{
    Clock,
    access::Access,
    refusal::Refusal,
    wire::{HostFault, identity},
};
use keymoor_guard::{ForwardAuth, Guard, Judged, not_a_listed_proxy, refusal_response};

use crate::{
    client::Client,
    config::{Config, InvalidConfig},
    forward::{Passing, forward},
    head::{Origin, origin},
    live::{Live, Token},
    log::{Line, request_id},
    reply::{Body, Broken, full},
};

pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const METHOD_OVERRIDES: [&str; 3] =
    ["x-http-method-override", "x-http-method", "x-method-override"];

/// A guard as a reverse proxy. What may pass reaches the API with identity headers, what may not
/// gets the guard's refusal.
pub struct Gateway {
    guard: Arc<Guard>,
    clock: Arc<dyn Clock>,
    client: Client,
    live: ArcSwap<Live>,
}

impl Gateway {
    /// A gateway of `guard`, set up as `config` says. Needs a tokio runtime.
    pub fn new(
        config: &Config,
        guard: Arc<Guard>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, InvalidConfig> {
        let client = Client::new()?;
        let live = ArcSwap::from_pointee(Live::new(config, &client)?);
        Ok(Self { guard, clock, client, live })
    }

    /// From the next request on `config` counts; nothing changes if it cannot be used.
    pub fn reload(&self, config: &Config) -> Result<(), InvalidConfig> {
        self.live.store(Arc::new(Live::new(config, &self.client)?));
        Ok(())
    }

    /// Answers a request of `peer`, which came by TLS or not.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        tls: bool,
    ) -> Response<Body> {
        let live = self.live.load_full();
        let (mut parts, body) = request.into_parts();
        let id = request_id();
        let mut entry = Line::begin(&parts, peer, live.access_log);
        parts.headers.insert(X_REQUEST_ID, id.clone());
        let outcome = self.pass(&live, parts, body, peer, tls, &mut entry).await;
        let mut response = outcome.unwrap_or_else(|stopped| match stopped {
            Stopped::Refused(refusal) => self.refuse(&refusal, &mut entry),
            Stopped::Broken(broken) => broken.response(),
        });
        entry.end(response.status(), &id);
        response.headers_mut().insert(X_REQUEST_ID, id);
        response
    }

    async fn pass(
        &self,
        live: &Live,
        parts: Parts,
        body: Incoming,
        peer: SocketAddr,
        tls: bool,
        entry: &mut Line,
    ) -> Result<Response<Body>, Stopped> {
        let peer = peer.ip().to_canonical();
        let trusted = live.behind_proxy.iter().any(|range| range.contains(&peer));
        if live.is_asked() {
            return Ok(self.verify(live, &parts, trusted).await.map(full));
        }
        let from = origin(&parts, peer, trusted, tls).ok_or(Refusal::Host(HostFault::Malformed))?;
        check_host(live, &from)?;
        let judged = live.routes.judge(
            &self.guard,
            &live.look_ups,
            &parts.method,
            &parts.uri,
            &parts.headers,
        );
        let Judged { access, route } = judged.await?;
        entry.bearer(access.as_ref());
        check_method(live, &parts.headers)?;
        let upstream = live.upstream(route).ok_or(Broken::Unreachable)?;
        let mut passing = Passing::new(parts, body, live)?;
        self.rewrite(live, &mut passing.headers, access.as_ref(), &from);
        Ok(forward(&self.client, &*self.clock, live, upstream, passing).await?)
    }

    /// Answers a proxy that asks whether a request may pass.
    async fn verify(&self, live: &Live, parts: &Parts, trusted: bool) -> Response<Bytes> {
        if !trusted {
            return not_a_listed_proxy();
        }
        let asked = ForwardAuth {
            guard: &self.guard,
            routes: &live.routes,
            look_up: &live.look_ups,
            authorities: &live.authorities,
        };
        asked.verify(&parts.method, &parts.uri, &parts.headers).await
    }

    /// The head that the API gets.
    fn rewrite(
        &self,
        live: &Live,
        headers: &mut HeaderMap,
        access: Option<&Access>,
        from: &Origin,
    ) {
        let kept = [&live.organization_headers[..], &[X_REQUEST_ID]].concat();
        live.stripped.clean(headers, &kept);
        if let Some(access) = access {
            identity::put(headers, access);
        }
        from.put(headers);
        match (&live.token, access) {
            (Token::Pass, _) => {}
            (Token::Internal(tokens), Some(access)) => {
                headers.remove(header::AUTHORIZATION);
                if let Some(value) = tokens.header(access, self.clock.now()) {
                    headers.insert(header::AUTHORIZATION, value);
                }
            }
            (Token::Drop | Token::Internal(_), _) => {
                headers.remove(header::AUTHORIZATION);
            }
        }
    }

    fn refuse(&self, refusal: &Refusal, entry: &mut Line) -> Response<Body> {
        entry.refused(refusal);
        refusal_response::<Bytes>(refusal, self.guard.pointers()).map(full)
    }
}

/// Why a request did not pass.
pub(crate) enum Stopped {
    Refused(Refusal),
    Broken(Broken),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Broken> for Stopped {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

fn check_host(live: &Live, from: &Origin) -> Result<(), Refusal> {
    let authorities = &live.authorities[usize::from(from.scheme == "https")];
    authorities.check(&from.host).map_err(Refusal::Host)
}

/// Where a route minds the method, the method judged has to be the one that is served.
fn check_method(live: &Live, headers: &HeaderMap) -> Result<(), Broken> {
    let reads = |name: &HeaderName| {
        METHOD_OVERRIDES.into_iter().any(|known| {
            known.len() == name.as_str().len() && identity::is_read_as(name.as_str(), known)
        })
    };
    if live.routes.mind_methods() && headers.keys().any(reads) {
        return Err(Broken::Head);
    }
    Ok(())
}
