//! Requests about an access token: introspection (RFC 7662 §2.1) and revocation (RFC 7009 §2.1).

use std::{fmt, str::FromStr};

use http::HeaderMap;
use zeroize::Zeroizing;

use super::{InvalidClient, InvalidRequest, OAuthError, RequestHead, basic::BasicCredentials};
use crate::secret::PresentedSecret;

/// Who asks, and about which token. `token_type_hint` is ignored: there is one type.
pub struct TokenInquiry<Id> {
    /// Who asks; `None` for a `client_id` that is no id of this kind, which is treated as an
    /// unknown one so that it costs and says the same.
    pub client: Option<Id>,
    /// The secret as presented.
    pub secret: PresentedSecret,
    /// What it is about, as it was sent.
    pub token: Zeroizing<String>,
}

impl<Id: FromStr> TokenInquiry<Id> {
    /// Reads a request; what is refused, is for its form.
    pub fn parse(head: RequestHead<'_>, body: &[u8]) -> Result<Self, OAuthError> {
        let (parameters, client) = head.read(body)?;
        let missing = OAuthError::InvalidRequest(InvalidRequest::NoToken);
        let token = parameters.token.ok_or(missing)?;
        let (client_id, secret) = client.secret()?;
        Ok(Self { client: client_id.parse().ok(), secret, token })
    }
}

impl<Id: fmt::Debug> fmt::Debug for TokenInquiry<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenInquiry").field("client", &self.client).finish_non_exhaustive()
    }
}

/// The client of a request that has no body: credentials by Basic alone.
pub fn basic_client<Id: FromStr>(
    headers: &HeaderMap,
) -> Result<(Option<Id>, PresentedSecret), OAuthError> {
    let basic = BasicCredentials::of(headers)?;
    let basic = basic.ok_or(OAuthError::InvalidClient(InvalidClient::Missing))?;
    Ok((basic.client_id.parse().ok(), PresentedSecret::new(&basic.client_secret)))
}
