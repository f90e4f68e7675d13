//! The token response (RFC 6749 §5, `OpenID` Connect Core §3.1.3.3).

use zeroize::{Zeroize, Zeroizing};

use super::{OidcError, OidcRefusal, callback::refused, document, members::Members, shown::shown};
use crate::Fetched;

/// What a code was exchanged for.
pub(super) struct Answer {
    pub(super) id_token: Zeroizing<String>,
    pub(super) access_token: Zeroizing<String>,
}

impl Answer {
    /// Reads what the endpoint at `url` answered, and wipes it.
    pub(super) fn read(mut fetched: Fetched, url: &str) -> Result<Self, OidcRefusal> {
        let members = document::object(&fetched);
        fetched.body.zeroize();
        if let Some(error) = members.as_ref().and_then(|members| members.text("error").ok()?) {
            let description =
                members.as_ref().and_then(|all| all.text("error_description").ok()?);
            return Err(refused(error, description));
        }
        if fetched.status != 200 {
            let status = fetched.status;
            return Err(OidcError::Status { url: shown(url), status }.into());
        }
        Self::take(members.ok_or_else(|| OidcError::NotJson(shown(url)))?)
    }

    fn take(mut members: Members) -> Result<Self, OidcRefusal> {
        let kind = members.text("token_type").ok().flatten();
        if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
            return Err(OidcRefusal::TokenResponse("token_type"));
        }
        let mut text = |name| {
            let text = members.take_text(name).filter(|text| !text.is_empty());
            text.ok_or(OidcRefusal::TokenResponse(name))
        };
        Ok(Self { id_token: text("id_token")?, access_token: text("access_token")? })
    }
}
