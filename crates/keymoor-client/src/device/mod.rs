//! Logging in on a device (RFC 8628): it shows a code, and somebody with a browser lets it in.

mod code;
mod error;

use std::{fmt, sync::Arc, time::Duration};

use keymoor_core::Scopes;

pub use code::DeviceCode;
pub use error::DeviceError;

use crate::{
    credentials::{ClientKey, Credentials},
    endpoints::Endpoints,
    error::Error,
    exchange::{Granted, Incoming, of_form, read},
    source::sending::{get, post},
    timing::{Moment, Timer},
    token::{AccessToken, Held},
    transport::{Received, Transport, host},
};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Asks for a refresh token.
const OFFLINE: &str = "offline_access";
/// What is waited longer after `slow_down` (RFC 8628 §3.5), and after no answer.
const SLOWER: Duration = Duration::from_secs(5);

/// Lets somebody in through an application that keeps no secret.
pub struct DeviceLogin {
    endpoints: Endpoints,
    client_id: ClientKey,
    scopes: Scopes,
    transport: Arc<Transport>,
    bound: Duration,
    timer: Arc<dyn Timer>,
}

/// Somebody who was let in.
#[derive(Debug)]
pub struct LoggedIn {
    /// The client ID and the refresh token, to be kept.
    pub credentials: Credentials,
    /// The access token that came with it.
    pub access_token: AccessToken,
}

impl DeviceLogin {
    pub(crate) fn new(
        endpoints: Endpoints,
        client_id: ClientKey,
        scopes: Scopes,
        transport: Arc<Transport>,
        bound: Duration,
        timer: Arc<dyn Timer>,
    ) -> Self {
        Self { endpoints, client_id, scopes, transport, bound, timer }
    }

    /// Asks for a code (RFC 8628 §3.1), where the server's metadata say.
    pub async fn ask(&self) -> Result<DeviceCode, Error> {
        let token_url = self.endpoints.token_url();
        let found = get(&self.transport, &code::metadata_url(token_url), self.bound).await?;
        if !found.status.is_success() {
            return Err(self.refused(&found));
        }
        let endpoint = code::endpoint(&found.body, token_url)?;
        let asked = self.timer.monotonic();
        let scope = self.scope();
        let fields = [("client_id", self.client_id.as_str()), ("scope", scope.as_str())];
        let form = of_form(fields.into_iter());
        let received = post(&self.transport, &endpoint, form, self.bound).await?;
        if !received.status.is_success() {
            return Err(self.refused(&received));
        }
        Ok(DeviceCode::read(&received.body, asked)?)
    }

    /// Waits until somebody answers, and asks as often as the server allows (RFC 8628 §3.5).
    pub async fn wait(&self, code: &DeviceCode) -> Result<LoggedIn, Error> {
        let mut interval = code.interval;
        while self.timer.monotonic().saturating_sub(code.asked) < code.expires_in {
            self.timer.pause(interval).await;
            match self.poll(code).await {
                Ok(logged_in) => return Ok(logged_in),
                Err(Error::TokenRefused { error, .. }) if error == "authorization_pending" => {}
                Err(Error::TokenRefused { error, .. }) if error == "slow_down" => {
                    interval += SLOWER;
                }
                // The person may still be at it when the network is back.
                Err(Error::Unreachable(_) | Error::Unavailable { .. }) => interval += SLOWER,
                Err(error) => return Err(error),
            }
        }
        Err(DeviceError::Expired.into())
    }

    fn scope(&self) -> String {
        if self.scopes.is_empty() {
            return OFFLINE.to_owned();
        }
        format!("{OFFLINE} {}", self.scopes)
    }

    async fn poll(&self, code: &DeviceCode) -> Result<LoggedIn, Error> {
        let form = of_form(
            [
                ("grant_type", DEVICE_CODE),
                ("client_id", self.client_id.as_str()),
                ("device_code", code.secret.expose()),
            ]
            .into_iter(),
        );
        // From before it was sent, as with every token.
        let obtained = Moment::now(self.timer.as_ref());
        let received = post(&self.transport, self.endpoints.token_url(), form, self.bound).await?;
        let granted = self.read(&received, Some(code));
        let Granted { text, life, scopes, skew, refresh_token } =
            granted.map_err(|error| self.told(error))?;
        let refresh_token = refresh_token.ok_or(DeviceError::NoRefreshToken)?;
        let timer = self.timer.clone();
        Ok(LoggedIn {
            credentials: Credentials::of_login(self.client_id.clone(), refresh_token),
            access_token: AccessToken::new(Held { text, scopes, life, obtained, skew, timer }),
        })
    }

    /// Fewer organizations than were asked for are no error: whoever allows it chooses.
    fn read(&self, received: &Received, code: Option<&DeviceCode>) -> Result<Granted, Error> {
        let incoming = Incoming {
            host: &host(&received.url),
            status: received.status.as_u16(),
            headers: &received.headers,
            body: &received.body,
            now: self.timer.now(),
        };
        read(&incoming, &sent(&self.client_id, code)?, &Scopes::default())
    }

    fn refused(&self, received: &Received) -> Error {
        match self.read(received, None) {
            Err(error) => self.told(error),
            Ok(_) => DeviceError::Unsupported("its answer is another one").into(),
        }
    }

    /// The codes of RFC 6749 §5.2 and RFC 8628 §3.5 as what they mean to somebody who logs in.
    fn told(&self, error: Error) -> Error {
        let device = match &error {
            Error::InvalidClient { .. } => DeviceError::UnknownApplication,
            Error::ScopeRefused { .. } => DeviceError::ScopeRefused(self.scope()),
            Error::TokenRefused { error: named, status, .. } => match (named.as_str(), *status) {
                ("access_denied", _) => DeviceError::Denied,
                ("expired_token", _) => DeviceError::Expired,
                ("unauthorized_client", _) => DeviceError::NotAllowed,
                ("invalid_grant", _) => DeviceError::Ended,
                (_, 404 | 405) => DeviceError::Unsupported("it has no page for that"),
                _ => return error,
            },
            _ => return error,
        };
        device.into()
    }
}

/// What may not be repeated of a server's words: the device code, once there is one.
fn sent(client_id: &ClientKey, code: Option<&DeviceCode>) -> Result<Credentials, Error> {
    let secret = code.map_or(client_id.as_str(), |code| code.secret.expose());
    Ok(Credentials::new(client_id.as_str(), secret)?)
}

impl fmt::Debug for DeviceLogin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceLogin").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
