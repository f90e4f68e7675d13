//! The access log: a line per request, without queries, tokens or anything else that a client wrote
//! at length.

use std::{net::SocketAddr, time::Instant};

use http::{HeaderValue, Method, StatusCode, request::Parts};
use keymoor_core::{
    ApiKey,
    access::Access,
    explain::{Refused, shown_path},
};

/// A line in the making; nothing is kept if nobody reads it.
pub(crate) struct Line(Option<Kept>);

struct Kept {
    begun: Instant,
    method: Method,
    path: String,
    peer: SocketAddr,
    client: Option<ApiKey>,
    refused: &'static str,
    why: String,
}

impl Line {
    pub(crate) fn begin(parts: &Parts, peer: SocketAddr, wanted: bool) -> Self {
        Self(wanted.then(|| Kept {
            begun: Instant::now(),
            method: parts.method.clone(),
            path: shown_path(parts.uri.path()),
            peer,
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

    pub(crate) fn end(self, status: StatusCode, id: &HeaderValue) {
        let Some(kept) = self.0 else { return };
        tracing::info!(
            target: "keymoor_gateway::access",
            request_id = id.to_str().unwrap_or_default(),
            method = %kept.method,
            path = kept.path,
            status = status.as_u16(),
            refused = kept.refused,
            why = kept.why,
            client_id = kept.client.map(|key| key.to_string()),
            peer = %kept.peer,
            micros = u64::try_from(kept.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}
