//! Connections that change to another protocol.

use std::sync::Arc;

use http::{
    HeaderValue, Response, Version,
    header::{CONNECTION, UPGRADE},
    request::Parts,
};
use hyper::{
    body::{Bytes, Incoming},
    upgrade::{OnUpgrade, on},
};
use hyper_util::rt::TokioIo;
use tokio::time::sleep;

use crate::{
    head::end_hop,
    idle::join,
    live::Live,
    reply::{Body, Broken, full},
    still::Still,
    visit::Visit,
};

/// A connection that is to change to another protocol.
pub(crate) struct Upgrade {
    pub(crate) protocol: HeaderValue,
    client: OnUpgrade,
}

impl Upgrade {
    /// What HTTP/1.1 asks for by `Connection: upgrade`; `Upgrade` alone is passed over.
    pub(crate) fn of(parts: &mut Parts, live: &Live) -> Result<Option<Self>, Broken> {
        let listed = parts.headers.get_all(CONNECTION).iter().any(|value| {
            let names = value.to_str().unwrap_or_default().split(',');
            names.into_iter().any(|name| name.trim().eq_ignore_ascii_case("upgrade"))
        });
        let mut wanted = parts.headers.get_all(UPGRADE).iter();
        let Some(protocol) = wanted.next().filter(|_| listed && parts.version == Version::HTTP_11)
        else {
            return Ok(None);
        };
        let name = protocol.to_str().unwrap_or_default().to_ascii_lowercase();
        if wanted.next().is_some() || !live.upgrades.contains(&name) {
            return Err(Broken::Upgrade);
        }
        let protocol = protocol.clone();
        let client = parts.extensions.remove::<OnUpgrade>().ok_or(Broken::Upgrade)?;
        Ok(Some(Self { protocol, client }))
    }

    fn is_what(&self, response: &Response<Incoming>) -> bool {
        response.headers().get(UPGRADE).is_some_and(|answered| {
            answered.as_bytes().eq_ignore_ascii_case(self.protocol.as_bytes())
        })
    }

    /// Joins the two connections, once both have changed. They keep the client's place, and end
    /// when the gateway stops or when the client would not be let through any more.
    pub(crate) fn switch(
        self,
        mut response: Response<Incoming>,
        live: &Live,
        visit: Arc<Visit>,
        still: Option<Still>,
    ) -> Response<Body> {
        if !self.is_what(&response) {
            return Broken::BrokeOff.response();
        }
        let (api, pause) = (on(&mut response), live.pause);
        tokio::spawn(async move {
            if let (Ok(client), Ok(api)) = (self.client.await, api.await) {
                let (client, api) = (TokioIo::new(client), TokioIo::new(api));
                tokio::select! {
                    () = join(client, api, pause, visit.stopping()) => {}
                    () = refused(&visit, still) => {}
                }
            }
        });
        let mut switched = Response::new(full(Bytes::new()));
        *switched.status_mut() = response.status();
        let mut headers = response.headers().clone();
        end_hop(&mut headers);
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, self.protocol);
        *switched.headers_mut() = headers;
        switched
    }
}

/// Until it would not be let through any more.
async fn refused(visit: &Visit, still: Option<Still>) {
    let Some(still) = still else { return std::future::pending().await };
    while still.holds().await {
        sleep(visit.limits.look).await;
    }
}
