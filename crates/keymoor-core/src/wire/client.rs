//! Who sends a request to an OAuth endpoint: credentials in the body or by Basic, never both.

use http::HeaderMap;
use zeroize::Zeroizing;

use super::{
    InvalidClient, InvalidRequest, OAuthError, basic::BasicCredentials, parameters::Parameters,
};
use crate::secret::PresentedSecret;

/// The credentials as they were sent.
pub(super) struct Client {
    pub(super) client_id: Zeroizing<String>,
    pub(super) secret: PresentedSecret,
}

impl Client {
    pub(super) fn of(headers: &HeaderMap, parameters: &Parameters) -> Result<Self, OAuthError> {
        match BasicCredentials::of(headers)? {
            Some(basic) => Self::beside(basic, parameters),
            None => Self::in_body(parameters),
        }
    }

    fn in_body(parameters: &Parameters) -> Result<Self, OAuthError> {
        let missing = OAuthError::InvalidClient(InvalidClient::Missing);
        let pair = parameters.client_id.as_ref().zip(parameters.client_secret.as_ref());
        let (id, secret) = pair.ok_or(missing)?;
        Ok(Self { client_id: id.clone(), secret: PresentedSecret::new(secret) })
    }

    /// An equal `client_id` may stand in the body too (RFC 6749 §2.3.1).
    fn beside(basic: BasicCredentials, parameters: &Parameters) -> Result<Self, OAuthError> {
        if parameters.client_secret.is_some() {
            return Err(OAuthError::InvalidRequest(InvalidRequest::SeveralMethods));
        }
        if parameters.client_id.as_ref().is_some_and(|id| *id != basic.client_id) {
            return Err(OAuthError::InvalidRequest(InvalidRequest::OtherClient));
        }
        let secret = PresentedSecret::new(&basic.client_secret);
        Ok(Self { client_id: basic.client_id, secret })
    }
}
