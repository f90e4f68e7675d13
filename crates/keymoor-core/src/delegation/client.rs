use super::ApplicationFacts;
use crate::{
    authenticate::matching,
    digest::Pepper,
    secret::PresentedSecret,
    wire::{InvalidClient, OAuthError, Proof},
};

/// Whether the client is the application it says. A confidential one proves its secret; a public one
/// has none and may send none (RFC 6749 §2.3). Says nothing of whether the application was removed:
/// that is told to whoever holds a code or a refresh token.
///
/// The same work is done for an unknown application, as
/// [`authenticate`](crate::authenticate::authenticate) does it.
pub fn authenticate_application(
    presented: Option<&PresentedSecret>,
    application: Option<&ApplicationFacts>,
    pepper: &Pepper,
) -> Result<(), OAuthError> {
    let secret = application.and_then(|known| known.secret.clone()).map(|secret| vec![secret]);
    let Some(presented) = presented else {
        let public = application.is_some_and(|known| known.secret.is_none());
        let cause = if application.is_some() { Proof::Missing } else { Proof::Wrong };
        return if public { Ok(()) } else { Err(refused(cause)) };
    };
    let matched = matching(presented, secret.as_ref(), pepper);
    matched.map(drop).ok_or_else(|| refused(Proof::of(presented)))
}

fn refused(cause: Proof) -> OAuthError {
    OAuthError::InvalidClient(InvalidClient::OfApplication(cause))
}
