use std::sync::Arc;

use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::access::Target;
use keymoor_guard::Guard;

/// What somebody was let through by, to be judged again for as long as it is made use of.
pub(crate) struct Still {
    guard: Arc<Guard>,
    /// The header with the token.
    bearer: HeaderValue,
    target: Target,
}

impl Still {
    pub(crate) fn new(guard: Arc<Guard>, bearer: HeaderValue, target: Target) -> Self {
        Self { guard, bearer, target }
    }

    /// Whether it would be let through now, by the same decision as at first: the token has not
    /// expired, nothing that it hangs on was removed, and a guard that hears nothing does not deny.
    pub(crate) async fn holds(&self) -> bool {
        let headers = HeaderMap::from_iter([(AUTHORIZATION, self.bearer.clone())]);
        self.guard.check(&headers, &Uri::default(), self.target).await.is_ok()
    }
}
