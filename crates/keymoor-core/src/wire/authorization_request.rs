//! An authorization request (RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2), as a browser brings it.

use std::borrow::Cow;

use super::{
    AuthorizationError, ScopeRefusal,
    pkce::CodeChallenge,
    redirect_uri::{InvalidRedirectUri, RedirectUri},
};
use crate::scope::Scopes;

/// The parameters that count; others are ignored (RFC 6749 §3.1).
const NAMES: [&str; 9] = [
    "client_id",
    "redirect_uri",
    "response_type",
    "response_mode",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
];

/// Why a request is answered to nobody but the browser: it is not known where else it may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswerable {
    /// The query is longer than a request needs.
    #[error("The request is longer than {} characters.", AuthorizationQuery::MAX_LENGTH)]
    TooLong,
    /// `client_id` or `redirect_uri` stands twice.
    #[error("The parameter {0} stands more than once.")]
    Repeated(&'static str),
    /// `client_id` or `redirect_uri` is not there.
    #[error("The parameter {0} is missing.")]
    Missing(&'static str),
    /// The redirect URI can be nobody's.
    #[error("The redirect_uri {0}.")]
    RedirectUri(#[from] InvalidRedirectUri),
}

/// A request of which only client and destination were read. Errors of the rest can be answered
/// there, once it is known that the destination is the client's.
#[derive(Debug)]
pub struct AuthorizationQuery {
    /// The `client_id` as it was sent.
    pub client_id: String,
    /// Where the answer is to go.
    pub redirect_uri: RedirectUri,
    /// What the answer has to bring back, if it was sent once.
    pub state: Option<String>,
    rest: Vec<(&'static str, String)>,
}

/// A well-formed request for an authorization code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// What for.
    pub scope: Scopes,
    /// The identifier of the API that tokens are to be for (RFC 8707 §2).
    pub resource: Option<String>,
    /// What the client proves itself by when it brings the code.
    pub challenge: CodeChallenge,
}

impl AuthorizationQuery {
    /// Characters beyond which a query is refused.
    pub const MAX_LENGTH: usize = 3000;

    /// Reads a query.
    pub fn read(query: &str) -> Result<Self, Unanswerable> {
        if query.len() > Self::MAX_LENGTH {
            return Err(Unanswerable::TooLong);
        }
        let known = |(name, value): (Cow<'_, str>, Cow<'_, str>)| {
            let name = NAMES.into_iter().find(|known| *known == name)?;
            Some((name, value.into_owned()))
        };
        let rest: Vec<_> = form_urlencoded::parse(query.as_bytes()).filter_map(known).collect();
        let client_id = needed(&rest, "client_id")?;
        let redirect_uri = RedirectUri::parse(&needed(&rest, "redirect_uri")?)?;
        let state = once(&rest, "state").ok().flatten().map(str::to_owned);
        Ok(Self { client_id, redirect_uri, state, rest })
    }

    /// Reads the rest.
    pub fn request(&self) -> Result<AuthorizationRequest, AuthorizationError> {
        let one = |name| once(&self.rest, name).map_err(AuthorizationError::Repeated);
        one("state")?;
        match one("response_type")? {
            Some("code") => {}
            Some(_) => return Err(AuthorizationError::ResponseType),
            None => return Err(AuthorizationError::NoResponseType),
        }
        if one("response_mode")?.is_some_and(|mode| mode != "query") {
            return Err(AuthorizationError::ResponseMode);
        }
        let challenge = one("code_challenge")?.ok_or(AuthorizationError::NoChallenge)?;
        if one("code_challenge_method")? != Some(CodeChallenge::METHOD) {
            return Err(AuthorizationError::ChallengeMethod);
        }
        let challenge = CodeChallenge::parse(challenge).ok_or(AuthorizationError::Challenge)?;
        let unknown = |_| AuthorizationError::Scope(ScopeRefusal::Unknown);
        let scope = one("scope")?.map(Scopes::parse).transpose().map_err(unknown)?;
        // RFC 8707 lets a request name several APIs; a token of ours is for one.
        let resource = once(&self.rest, "resource").map_err(|_| AuthorizationError::Target)?;
        let resource = resource.map(str::to_owned);
        Ok(AuthorizationRequest { scope: scope.unwrap_or_default(), resource, challenge })
    }
}

/// The parameter of that name, if there is one and it is not empty; its name if it stands twice.
fn once<'p>(
    parameters: &'p [(&'static str, String)],
    name: &'static str,
) -> Result<Option<&'p str>, &'static str> {
    let mut found = parameters.iter().filter(|(known, _)| *known == name);
    let value = found.next().map(|(_, value)| value.as_str());
    if found.next().is_some() { Err(name) } else { Ok(value.filter(|value| !value.is_empty())) }
}

fn needed(
    parameters: &[(&'static str, String)],
    name: &'static str,
) -> Result<String, Unanswerable> {
    let value = once(parameters, name).map_err(Unanswerable::Repeated)?;
    value.map(str::to_owned).ok_or(Unanswerable::Missing(name))
}
