//! Documents that a provider publishes.

use super::{OidcError, members::Members, shown::shown};
use crate::{Fetch, Fetched, Method, Request};

/// Gets the JSON object at `url`.
pub(super) async fn get(fetch: &dyn Fetch, url: &str) -> Result<Members, OidcError> {
    let headers = vec![("accept".to_owned(), "application/json".to_owned())];
    let request = Request { method: Method::Get, url: url.to_owned(), headers, body: Vec::new() };
    let fetched = fetch.fetch(request).await?;
    if fetched.status != 200 {
        return Err(OidcError::Status { url: shown(url), status: fetched.status });
    }
    object(&fetched).ok_or_else(|| OidcError::NotJson(shown(url)))
}

/// The object that came back, if it is one and is said to be.
pub(super) fn object(fetched: &Fetched) -> Option<Members> {
    let is_json = fetched.body.len() <= MAX_DOCUMENT && is_json(&fetched.media_type);
    is_json.then(|| Members::parse(&fetched.body).ok()).flatten()
}

/// Bytes beyond which an answer is not read, whatever the fetcher allows.
const MAX_DOCUMENT: usize = 256 * 1024;

/// `application/json`, and what key sets may be called (RFC 7517 §8.5).
fn is_json(media_type: &str) -> bool {
    matches!(media_type, "application/json" | "application/jwk-set+json")
}
