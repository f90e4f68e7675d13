//! One request through the gateway.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri, header, request::Parts};
use hyper::body::Incoming;
use keymoor_core::{
    Clock,
    access::Access,
    explain::{Refused, RequestId},
    refusal::Refusal,
    wire::{HostFault, identity},
};
use keymoor_guard::{
    ForwardAuth, Guard, Judged, Occasion, X_REQUEST_ID, next_request_id, not_a_listed_proxy,
    refusal_response, request_id_value,
};

use crate::{
    client::Client,
    config::{Config, InvalidConfig},
    forward::{Passing, forward},
    head::{Origin, origin},
    live::{Live, Token},
    log::Line,
    reply::{Body, Broken, full},
};

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
        let id = next_request_id();
        let value = request_id_value(id);
        let mut entry = Line::begin(&parts, peer, live.access_log);
        parts.headers.insert(X_REQUEST_ID, value.clone());
        let called = Called { id, method: parts.method.clone(), uri: parts.uri.clone(), peer };
        let outcome = self.pass(&live, parts, body, &called, tls, &mut entry).await;
        let mut response = outcome.unwrap_or_else(|stopped| match stopped {
            Stopped::Refused(refused) => self.refuse(&refused, &called, &mut entry),
            Stopped::Broken(broken) => broken.response(),
        });
        entry.end(response.status(), &value);
        response.headers_mut().insert(X_REQUEST_ID, value);
        response
    }

    async fn pass(
        &self,
        live: &Live,
        parts: Parts,
        body: Incoming,
        called: &Called,
        tls: bool,
        entry: &mut Line,
    ) -> Result<Response<Body>, Stopped> {
        let peer = called.address();
        let trusted = live.behind_proxy.iter().any(|range| range.contains(&peer));
        if live.is_asked() {
            return Ok(self.verify(live, &parts, trusted, called, entry).await.map(full));
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
        let upstream = live.upstream(route).ok_or(Broken::Unreachable)?;
        let mut passing = Passing::new(parts, body, live)?;
        self.rewrite(live, &mut passing.headers, access.as_ref(), &from);
        Ok(forward(&self.client, &*self.clock, live, upstream, passing).await?)
    }

    /// Answers a proxy that asks whether a request may pass.
    async fn verify(
        &self,
        live: &Live,
        parts: &Parts,
        trusted: bool,
        called: &Called,
        entry: &mut Line,
    ) -> Response<Bytes> {
        if !trusted {
            return not_a_listed_proxy();
        }
        let asked = ForwardAuth {
            guard: &self.guard,
            routes: &live.routes,
            look_up: &live.look_ups,
            authorities: &live.authorities,
        };
        let verified = asked.verify(&parts.method, &parts.uri, &parts.headers).await;
        if let Some(asked) = &verified.refused {
            let (id, method, path) = (called.id, &asked.method, &asked.path);
            entry.refused(&asked.refused);
            self.guard.note(&asked.refused, &Occasion { id, method, path, address: asked.address });
        }
        verified.response
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

    fn refuse(&self, refused: &Refused, called: &Called, entry: &mut Line) -> Response<Body> {
        entry.refused(refused);
        let (method, path) = (&called.method, called.uri.path());
        let address = Some(called.address());
        self.guard.note(refused, &Occasion { id: called.id, method, path, address });
        refusal_response::<Bytes>(&refused.refusal, self.guard.pointers()).map(full)
    }
}

/// What is known of a request from its head alone.
struct Called {
    id: RequestId,
    method: Method,
    uri: Uri,
    peer: SocketAddr,
}

impl Called {
    fn address(&self) -> IpAddr {
        self.peer.ip().to_canonical()
    }
}

/// Why a request did not pass.
pub(crate) enum Stopped {
    Refused(Box<Refused>),
    Broken(Broken),
}

impl From<Refusal> for Stopped {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Refused::stranger(refusal))
    }
}

impl From<Box<Refused>> for Stopped {
    fn from(refused: Box<Refused>) -> Self {
        Self::Refused(refused)
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
