//! How a guard speaks to its server.

use std::time::Duration;

use reqwest::{ClientBuilder, redirect::Policy};

use super::CannotGuard;

const CONNECT: Duration = Duration::from_secs(5);
/// The longest that a call takes, from its beginning to the end of its answer.
pub(super) const WHOLE: Duration = Duration::from_secs(10);

/// A client that follows no redirect: secrets go where they are configured to go.
pub(super) fn client() -> ClientBuilder {
    reqwest::Client::builder().redirect(Policy::none()).connect_timeout(CONNECT)
}

/// Refuses to take keys or send secrets over a network in the clear.
pub(super) fn check_transport(issuer: &str) -> Result<(), CannotGuard> {
    let uri: http::Uri = issuer.parse().unwrap_or_default();
    let host = uri.host().unwrap_or_default();
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if loopback => Ok(()),
        _ => Err(CannotGuard::Insecure(issuer.to_owned())),
    }
}
