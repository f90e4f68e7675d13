//! The access log: a line per request, without queries, tokens or anything else that a client wrote
//! at length.

use std::{
    net::SocketAddr,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use http::{HeaderValue, Method, StatusCode, request::Parts};
use keymoor_core::{ApiKey, access::Access, refusal::Refusal};

static PROCESS: LazyLock<u64> = LazyLock::new(|| {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).map(|()| u64::from_le_bytes(bytes)).unwrap_or_default()
});
static COUNT: AtomicU64 = AtomicU64::new(0);

/// An id that no other request of this or another process has.
pub(crate) fn request_id() -> HeaderValue {
    let id = format!("{:016x}{:08x}", *PROCESS, COUNT.fetch_add(1, Ordering::Relaxed));
    HeaderValue::try_from(id).unwrap_or_else(|_| HeaderValue::from_static("0"))
}

/// A line in the making; nothing is kept if nobody reads it.
pub(crate) struct Line(Option<Kept>);

struct Kept {
    begun: Instant,
    method: Method,
    path: String,
    peer: SocketAddr,
    client: Option<ApiKey>,
    refused: &'static str,
}

impl Line {
    pub(crate) fn begin(parts: &Parts, peer: SocketAddr, wanted: bool) -> Self {
        Self(wanted.then(|| Kept {
            begun: Instant::now(),
            method: parts.method.clone(),
            path: parts.uri.path().to_owned(),
            peer,
            client: None,
            refused: "",
        }))
    }

    pub(crate) fn bearer(&mut self, access: Option<&Access>) {
        if let (Some(kept), Some(access)) = (&mut self.0, access) {
            kept.client = Some(access.claims().client_id);
        }
    }

    pub(crate) fn refused(&mut self, refusal: &Refusal) {
        if let Some(kept) = &mut self.0 {
            kept.refused = refusal.error();
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
            client_id = kept.client.map(|key| key.to_string()),
            peer = %kept.peer,
            micros = u64::try_from(kept.begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            "request"
        );
    }
}
