use std::{fmt, time::Duration};

use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::DeviceError;
use crate::{credentials::ClientSecret, exchange::tidy};

/// What a server waits between two questions if it says nothing (RFC 8628 §3.2).
const USUAL_INTERVAL: u64 = 5;
/// The longest that a code is waited for, and the longest pause, whatever the server says; in seconds.
const LONGEST: u64 = 24 * 60 * 60;
const LONGEST_INTERVAL: u64 = 5 * 60;

/// What somebody enters where, to let the device in.
pub struct DeviceCode {
    /// What to enter, as the server shows it.
    pub user_code: String,
    /// The page to enter it at.
    pub verification_uri: String,
    /// The same page with the code in it already.
    pub verification_uri_complete: Option<String>,
    /// How long the code lives.
    pub expires_in: Duration,
    pub(super) interval: Duration,
    /// When it was asked for, by the monotonic clock.
    pub(super) asked: Duration,
    pub(super) secret: ClientSecret,
}

#[derive(Deserialize)]
struct Answer {
    device_code: Zeroizing<String>,
    user_code: String,
    verification_uri: String,
    #[serde(default)]
    verification_uri_complete: Option<String>,
    expires_in: u64,
    #[serde(default)]
    interval: Option<u64>,
}

#[derive(Deserialize)]
struct Metadata {
    #[serde(default)]
    device_authorization_endpoint: Option<String>,
}

impl DeviceCode {
    /// Reads the answer to a request of `asked` (RFC 8628 §3.2).
    pub(super) fn read(body: &[u8], asked: Duration) -> Result<Self, DeviceError> {
        let malformed = DeviceError::Unsupported("its answer holds no code");
        let answer: Answer = serde_json::from_slice(body).map_err(|_| malformed.clone())?;
        let secret = ClientSecret::parse(&answer.device_code).map_err(|_| malformed)?;
        let interval = answer.interval.unwrap_or(USUAL_INTERVAL).clamp(1, LONGEST_INTERVAL);
        Ok(Self {
            user_code: tidy(&answer.user_code),
            verification_uri: tidy(&answer.verification_uri),
            verification_uri_complete: answer.verification_uri_complete.map(|text| tidy(&text)),
            expires_in: Duration::from_secs(answer.expires_in.min(LONGEST)),
            interval: Duration::from_secs(interval),
            asked,
            secret,
        })
    }
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceCode").field("uri", &self.verification_uri).finish_non_exhaustive()
    }
}

/// Where the metadata (RFC 8414 §3) of the server with that token endpoint are.
pub(super) fn metadata_url(token_url: &Url) -> Url {
    let mut url = token_url.clone();
    url.set_path("/.well-known/oauth-authorization-server");
    url
}

/// The endpoint that the metadata name. It has to be where the token endpoint is: the code that it
/// gives is exchanged there.
pub(super) fn endpoint(metadata: &[u8], token_url: &Url) -> Result<Url, DeviceError> {
    let unsupported = DeviceError::Unsupported;
    let metadata: Metadata =
        serde_json::from_slice(metadata).map_err(|_| unsupported("its metadata are no JSON"))?;
    let text = metadata.device_authorization_endpoint;
    let text = text.ok_or(unsupported("its metadata name no endpoint for them"))?;
    let url = Url::parse(&text).map_err(|_| unsupported("their endpoint is no URL"))?;
    if url.origin() != token_url.origin() {
        return Err(unsupported("their endpoint is on another server"));
    }
    Ok(url)
}
