//! The answer to an authorization request (RFC 6749 §4.1.2). Each names its issuer (RFC 9207), so that
//! an application which knows several takes no answer of one for another's.

use keymoor_core::wire::RedirectUri;

/// `redirect_uri` with what is told, the request's state and who tells it.
pub(super) fn url(
    redirect_uri: &RedirectUri,
    told: &[(&str, &str)],
    state: Option<&str>,
    issuer: &str,
) -> String {
    let mut parameters = told.to_vec();
    parameters.extend(state.map(|state| ("state", state)));
    parameters.push(("iss", issuer));
    redirect_uri.with(&parameters)
}
