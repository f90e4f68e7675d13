//! One request through the gateway.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use arc_swap::ArcSwap;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, Uri, header, request::Parts};
use hyper::body::Incoming;
use ipnet::IpNet;
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
    forward::{Passing, Way, forward},
    head::{Origin, caller, origin},
    live::{Live, Token},
    log::Line,
    reply::{Body, Broken, full},
    still::Still,
    tls::Tls,
    visit::{Open, Visit},
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
        let client = Client::new(config.upstream_ca.as_deref())?;
        let live = ArcSwap::from_pointee(Live::new(config, &client)?);
        Ok(Self { guard, clock, client, live })
    }

    /// From the next request on `config` counts, and from the next connection on what the files of
    /// `tls` hold now. Nothing changes if either cannot be used.
    pub fn reload(&self, config: &Config, tls: Option<&Tls>) -> Result<(), InvalidConfig> {
        let live = Live::new(config, &self.client)?;
        if let Some(tls) = tls {
            tls.reload().map_err(|error| InvalidConfig(error.to_string()))?;
        }
        self.live.store(Arc::new(live));
        Ok(())
    }

    /// Whether `address` is that of a proxy in front, which calls for many.
    pub(crate) fn is_listed(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.live.load().behind_proxy.iter().any(|range| range.contains(&address))
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Answers a request that came by `visit`.
    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
        visit: &Arc<Visit>,
    ) -> Response<Body> {
        let open = visit.open();
        let live = self.live.load_full();
        let (mut parts, body) = request.into_parts();
        let called = Called::new(&parts, visit.peer, &live.behind_proxy);
        let value = called.value.clone();
        let mut entry = Line::begin(&called, live.access_log);
        parts.headers.insert(X_REQUEST_ID, value.clone());
        let came = Came { parts, body, visit, open };
        let outcome = self.pass(&live, came, &called, &mut entry).await;
        let mut response = outcome.unwrap_or_else(|stopped| match stopped {
            Stopped::Refused(refused) => self.refuse(&refused, &called, &mut entry),
            Stopped::Broken(broken) => broken.response(),
        });
        entry.end(response.status());
        response.headers_mut().insert(X_REQUEST_ID, value);
        response
    }

    async fn pass(
        &self,
        live: &Live,
        came: Came<'_>,
        called: &Called,
        entry: &mut Line,
    ) -> Result<Response<Body>, Stopped> {
        let Came { parts, body, visit, open } = came;
        let peer = called.peer.ip().to_canonical();
        let trusted = live.behind_proxy.iter().any(|range| range.contains(&peer));
        if live.is_asked() {
            return Ok(self.verify(live, &parts, trusted, called, entry).await.map(full));
        }
        let from = origin(&parts, peer, trusted, visit.tls);
        let from = from.ok_or(Refusal::Host(HostFault::Malformed))?;
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
        let still = access.as_ref().and_then(|access| {
            let bearer = parts.headers.get(header::AUTHORIZATION)?.clone();
            Some(Still::new(self.guard.clone(), bearer, access.target()))
        });
        let mut passing = Passing::new(parts, body, live)?;
        self.rewrite(live, &mut passing.headers, access.as_ref(), &from);
        let way = Way { clock: &*self.clock, live, visit, still, open };
        Ok(forward(way, upstream, passing).await?)
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
            // The proxy itself is nobody that a refusal is about.
            let address = Some(called.address).filter(|at| *at != called.peer.ip().to_canonical());
            entry.refused(&asked.refused);
            self.guard.note(&asked.refused, &Occasion { id, method, path, address });
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
        live.stripped.clean(headers, &live.kept);
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
        let address = Some(called.address);
        self.guard.note(refused, &Occasion { id: called.id, method, path, address });
        refusal_response::<Bytes>(&refused.refusal, self.guard.pointers()).map(full)
    }
}

/// A request as it came.
struct Came<'c> {
    parts: Parts,
    body: Incoming,
    visit: &'c Arc<Visit>,
    open: Open,
}

/// What is known of a request from its head alone.
pub(crate) struct Called {
    pub(crate) id: RequestId,
    /// The id as a header has it.
    pub(crate) value: HeaderValue,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) peer: SocketAddr,
    /// Who called, by the word of the proxies that are listed.
    pub(crate) address: IpAddr,
}

impl Called {
    fn new(parts: &Parts, peer: SocketAddr, proxies: &[IpNet]) -> Self {
        let id = next_request_id();
        Self {
            id,
            value: request_id_value(id),
            method: parts.method.clone(),
            uri: parts.uri.clone(),
            peer,
            address: caller(&parts.headers, peer.ip().to_canonical(), proxies),
        }
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
