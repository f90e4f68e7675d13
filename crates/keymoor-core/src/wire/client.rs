//! Who sends a request to an OAuth endpoint: credentials in the body or by Basic, never both.

use http::HeaderMap;
use zeroize::Zeroizing;

use super::{
    InvalidClient, InvalidRequest, OAuthError, basic::BasicCredentials, parameters::Parameters,
};
use crate::secret::PresentedSecret;

/// The client as it named itself. A public client has no secret (RFC 6749 §2.1).
pub(super) struct Client {
    pub(super) client_id: Zeroizing<String>,
    pub(super) secret: Option<PresentedSecret>,
}

impl Client {
    pub(super) fn of(headers: &HeaderMap, parameters: &Parameters) -> Result<Self, OAuthError> {
        match BasicCredentials::of(headers)? {
            Some(basic) => Self::beside(basic, parameters),
            None => Self::in_body(parameters),
        }
    }

    /// The secret, where there has to be one.
    pub(super) fn secret(self) -> Result<(Zeroizing<String>, PresentedSecret), OAuthError> {
        let secret = self.secret.ok_or(OAuthError::InvalidClient(InvalidClient::Missing))?;
        Ok((self.client_id, secret))
    }

    fn in_body(parameters: &Parameters) -> Result<Self, OAuthError> {
        let missing = OAuthError::InvalidClient(InvalidClient::Missing);
        let client_id = parameters.client_id.clone().ok_or(missing)?;
        let secret = parameters.client_secret.as_ref().map(|text| PresentedSecret::new(text));
        Ok(Self { client_id, secret })
    }

    /// An equal `client_id` may stand in the body too, and an empty secret is none (RFC 6749
    /// §2.3.1).
    fn beside(basic: BasicCredentials, parameters: &Parameters) -> Result<Self, OAuthError> {
        if parameters.client_secret.is_some() {
            return Err(OAuthError::InvalidRequest(InvalidRequest::SeveralMethods));
        }
        if parameters.client_id.as_ref().is_some_and(|id| *id != basic.client_id) {
            return Err(OAuthError::InvalidRequest(InvalidRequest::OtherClient));
        }
        let secret = Some(&basic.client_secret).filter(|secret| !secret.is_empty());
        let secret = secret.map(|secret| PresentedSecret::new(secret));
        Ok(Self { client_id: basic.client_id, secret })
    }
}
