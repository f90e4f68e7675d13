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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_end() {
        let waits: Vec<_> = (1..=7).map(|tried| Retries(6).wait(tried, None, 1.0)).collect();
        let seconds = [Some(0.5), Some(1.0), Some(2.0), Some(4.0), Some(8.0), Some(8.0), None];
        assert_eq!(waits, seconds.map(|wait| wait.map(Duration::from_secs_f64)));
    }

    #[test]
    fn chance_takes_up_to_half_of_a_wait_away() {
        assert_eq!(Retries(1).wait(1, None, 0.0), Some(FIRST / 2));
        assert_eq!(Retries(1).wait(1, None, 0.5), Some(FIRST * 3 / 4));
    }

    #[test]
    fn a_server_is_never_asked_before_it_says() {
        for chance in [0.0, 1.0] {
            let told = Duration::from_secs(5);
            assert!(Retries(1).wait(1, Some(told), chance).unwrap() >= told);
        }
        assert_eq!(Retries(1).wait(1, Some(Duration::from_secs(31)), 0.0), None);
    }

    #[test]
    fn what_a_server_cannot_do_will_not_pass() {
        assert!([429, 500, 502, 503, 504].into_iter().all(is_passing));
        assert!(![400, 401, 403, 404, 501, 505].into_iter().any(is_passing));
    }
}
