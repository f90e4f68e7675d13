use std::net::IpAddr;

use http::Method;
use keymoor_core::explain::{Refused, RefusedCall, RequestId, shown_path};

use crate::Guard;

/// Hears of refused calls, so that they can be explained. It neither waits nor fails.
pub trait RefusalLog: Send + Sync {
    /// Takes a call down, or drops it where there is no place.
    fn note(&self, call: RefusedCall);
}

/// A request that a guard refused, beside the refusal itself.
#[derive(Clone, Debug)]
pub struct Occasion<'o> {
    /// What the answer's `X-Request-Id` says.
    pub id: RequestId,
    /// The method.
    pub method: &'o Method,
    /// The path, without a query.
    pub path: &'o str,
    /// Where it came from.
    pub address: Option<IpAddr>,
}

impl Guard {
    /// Tells the guard's log, if it has one, of a refused request.
    pub fn note(&self, refused: &Refused, occasion: &Occasion<'_>) {
        let Some(log) = self.log() else { return };
        let call = RefusedCall {
            id: occasion.id,
            at: self.now(),
            status: refused.refusal.status().as_u16(),
            method: occasion.method.as_str().to_owned(),
            path: shown_path(occasion.path),
            address: occasion.address,
            who: refused.who,
            cause: refused.cause.clone(),
        };
        log.note(call.bounded());
    }
}
