//! Whether to try again, and when. Pure.

use std::time::Duration;

use http::Method;

/// The first wait, before jitter; each next one is twice as long.
const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(8);
/// A server that wants a longer wait than this gets no other try: the caller is told how long.
const PATIENCE: Duration = Duration::from_secs(30);

/// How often a call is tried again. The waits grow, with jitter; what a server says by `Retry-After`
/// counts more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries(pub u32);

impl Default for Retries {
    fn default() -> Self {
        Self(3)
    }
}

impl Retries {
    /// How long to wait before the try after `tried` tries, if there is one. `chance` is random, from
    /// 0 to 1.
    pub(crate) fn wait(
        self,
        tried: u32,
        retry_after: Option<Duration>,
        chance: f64,
    ) -> Option<Duration> {
        if tried > self.0 {
            return None;
        }
        let growing = FIRST.saturating_mul(1 << tried.saturating_sub(1).min(8)).min(LONGEST);
        // From half of it to all of it, so that those who failed together do not come together.
        let jittered = growing.mul_f64(chance.clamp(0.0, 1.0).mul_add(0.5, 0.5));
        match retry_after {
            Some(told) if told > PATIENCE => None,
            // Not before what the server says, and not all at once then.
            Some(told) => Some(told + jittered / 4),
            None => Some(jittered),
        }
    }
}

/// Whether a server that answers so may do better the next time.
pub(crate) fn is_passing(status: u16) -> bool {
    status == 429 || (status >= 500 && status != 501 && status != 505)
}

/// Whether doing it twice does no more than doing it once (RFC 9110 §9.2.2).
pub(crate) fn is_idempotent(method: &Method) -> bool {
    [Method::GET, Method::HEAD, Method::OPTIONS, Method::TRACE, Method::PUT, Method::DELETE]
        .contains(method)
}
