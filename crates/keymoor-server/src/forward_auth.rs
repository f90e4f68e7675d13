//! `/api/auth/verify`: answers a proxy that asks whether a request may pass.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, State},
    response::Response,
};
use http::{HeaderMap, Method, Uri};
use ipnet::IpNet;
use keymoor_core::{
    refusal::Refusal,
    wire::{Authorities, discovery::paths::VERIFY, hmac_key_id, is_hmac},
};
use keymoor_guard::{ForwardAuth, LookUp, NoLookUp, Routes, not_a_listed_proxy};

use crate::{App, explain::Noted, failure::Answer};

/// What proxies are answered by.
#[derive(Clone)]
pub struct ForwardAuthSettings {
    /// What each path needs.
    pub routes: Arc<Routes>,
    /// Who says to which organization a resource belongs, where the request does not.
    pub look_up: Arc<dyn LookUp>,
    /// The hosts that are answered for, by `http` and by `https`.
    pub authorities: [Authorities; 2],
    /// The proxies that may ask.
    pub proxies: Vec<IpNet>,
}

impl Default for ForwardAuthSettings {
    /// A good token is enough, at every host; nobody may ask.
    fn default() -> Self {
        Self {
            routes: Arc::new(Routes::new(Vec::new(), false)),
            look_up: Arc::new(NoLookUp),
            authorities: [false, true].map(|https| Authorities::new(https, [])),
            proxies: Vec::new(),
        }
    }
}

impl ForwardAuthSettings {
    fn lists(&self, peer: IpAddr) -> bool {
        self.proxies.iter().any(|range| range.contains(&peer.to_canonical()))
    }
}

/// Whether a path asks for a verdict about another request: whatever it carries is that one's.
pub(crate) fn is_asked_at(path: &str) -> bool {
    path.strip_prefix(VERIFY).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// `/api/auth/verify`, and below it for proxies that append the path that they ask about.
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Answer {
    let settings = &app.settings.forward_auth;
    if !settings.lists(peer.ip()) {
        if is_hmac(&headers) {
            app.metrics.hmac(hmac_key_id(&headers));
            return Err(Refusal::Hmac.into());
        }
        return Ok(not_a_listed_proxy().map(Body::from));
    }
    let asked = ForwardAuth {
        guard: &app.guard,
        routes: &settings.routes,
        look_up: &*settings.look_up,
        authorities: &settings.authorities,
    };
    let verified = asked.verify(&method, &uri, &headers).await;
    let mut response: Response<_> = verified.response.map(Body::from);
    if let Some(asked) = verified.refused {
        if asked.refused.refusal == Refusal::Hmac {
            app.metrics.hmac(hmac_key_id(&headers));
        }
        response.extensions_mut().insert(Noted::of_proxy(asked));
    }
    Ok(response)
}
