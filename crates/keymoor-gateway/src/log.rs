//! The access log: a line per request, without queries, tokens or anything else that a client wrote
//! at length.

use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

use http::{HeaderValue, Method, StatusCode};
use keymoor_core::{
    ApiKey,
    access::Access,
    explain::{Refused, shown_path},
};

use crate::gateway::Called;

/// The status of an answer that nobody waited for, as other proxies write it.
const GONE: u16 = 499;
/// That of an answer that could not be made.
const FAULT: u16 = 500;

/// A line in the making; nothing is kept if nobody reads it. It is written even if no answer comes.
pub(crate) struct Line(Option<Kept>);

struct Kept {
    begun: Instant,
    method: Method,
    path: String,
    peer: SocketAddr,
    address: IpAddr,
    id: HeaderValue,
    client: Option<ApiKey>,
    refused: &'static str,
    why: String,
}

impl Line {
    pub(crate) fn begin(called: &Called, wanted: bool) -> Self {
        Self(wanted.then(|| Kept {
            begun: Instant::now(),
            method: called.method.clone(),
            path: shown_path(called.uri.path()),
            peer: called.peer,
            address: called.address,
            id: called.value.clone(),
            client: None,
            refused: "",
            why: String::new(),
        }))
    }

    pub(crate) fn bearer(&mut self, access: Option<&Access>) {
        if let (Some(kept), Some(access)) = (&mut self.0, access) {
            kept.client = Some(access.claims().client_id);
        }
    }

    pub(crate) fn refused(&mut self, refused: &Refused) {
        if let Some(kept) = &mut self.0 {
            kept.refused = refused.refusal.error();
            kept.client = refused.who.api_key().filter(|(_, proved)| *proved).map(|(key, _)| key);
            kept.why = refused.cause.explain(&|at| at.seconds().to_string()).why;
        }
    }

    pub(crate) fn end(mut self, status: StatusCode) {
        if let Some(kept) = self.0.take() {
            kept.write(status.as_u16());
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(kept) = self.0.take() {
            kept.write(if std::thread::panicking() { FAULT } else { GONE });
        }
    }
}

impl Kept {
    fn write(&self, status: u16) {
        tracing::info!(
            target: "keymoor_gateway::access",
            request_id = self.id.to_str().unwrap_or_default(),
            method = %self.method,
            path = self.path,
            status,
            refused = self.refused,
            why = self.why,
            client_id = self.client.map(|key| key.to_string()),
            address = %self.address,
            peer = %self.peer,
            micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}
