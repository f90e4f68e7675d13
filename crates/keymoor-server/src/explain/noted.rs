use std::net::IpAddr;

use http::{Method, StatusCode, Uri};
use keymoor_core::{
    ApiKey, UnixTime,
    explain::{Cause, Refused, RefusedCall, RequestId, TokenRequestFault, Who, shown_path},
    facts::CredentialFacts,
    wire::{InvalidClient, OAuthError, ScopeRefusal, TokenRequest},
};
use keymoor_guard::RefusedRequest;

/// A refusal on its way out, in the extensions of its response: what is noted of it.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    who: Who,
    cause: Cause,
    /// The request that it is about, if not the one that was sent here.
    about: Option<About>,
}

/// A request that a proxy asks about.
#[derive(Clone, Debug)]
struct About {
    method: Method,
    path: String,
    address: Option<IpAddr>,
}

impl Noted {
    pub(crate) fn of_guard(refused: &Refused) -> Self {
        Self { who: refused.who, cause: refused.cause.clone(), about: None }
    }

    /// What a proxy asked about.
    pub(crate) fn of_proxy(asked: RefusedRequest) -> Self {
        let RefusedRequest { method, path, address, refused } = asked;
        let about = Some(About { method, path, address });
        Self { about, ..Self::of_guard(&refused) }
    }

    /// An endpoint of OAuth refused, and nothing more is known.
    pub(crate) fn of_oauth(error: &OAuthError) -> Self {
        Self { who: Who::Stranger, cause: Cause::TokenRequest(words(error)), about: None }
    }

    /// The call, as it is kept.
    pub(crate) fn call(self, id: RequestId, at: UnixTime, of: &Sent<'_>) -> RefusedCall {
        // Who asks about another's request is not where that came from.
        let sent = || About {
            method: of.method.clone(),
            path: of.uri.path().to_owned(),
            address: of.address,
        };
        let About { method, path, address } = self.about.unwrap_or_else(sent);
        let call = RefusedCall {
            id,
            at,
            status: of.status.as_u16(),
            method: method.to_string(),
            path: shown_path(&path),
            address,
            who: self.who,
            cause: self.cause,
        };
        call.bounded()
    }
}

/// The request that was sent here, and its answer.
pub(crate) struct Sent<'s> {
    pub(crate) method: &'s Method,
    pub(crate) uri: &'s Uri,
    pub(crate) status: StatusCode,
    pub(crate) address: Option<IpAddr>,
}

/// A token request that is refused, with what is known of it.
pub(crate) struct Fault {
    pub(crate) error: OAuthError,
    pub(crate) noted: Noted,
}

impl From<OAuthError> for Fault {
    fn from(error: OAuthError) -> Self {
        Self { noted: Noted::of_oauth(&error), error }
    }
}

impl Fault {
    /// The refusal of a request that could be read, given what is stored of its API Key.
    pub(crate) fn of(
        error: OAuthError,
        request: &TokenRequest,
        facts: Option<&CredentialFacts>,
    ) -> Self {
        let scope = Some(&request.scope).filter(|scope| !scope.is_empty()).cloned();
        let organization = match error {
            OAuthError::InvalidScope(ScopeRefusal::SignInNeeded(organization)) => {
                Some(organization)
            }
            _ => None,
        };
        let mut memberships = facts.iter().flat_map(|facts| &facts.memberships);
        let member = memberships.find(|one| Some(one.organization) == organization);
        let fault = TokenRequestFault {
            known_key: Some(facts.is_some()),
            scope,
            organization,
            signed_in_until: member.and_then(|one| one.signed_in_until),
            ..words(&error)
        };
        let who = who(&error, request.client.api_key);
        Self { error, noted: Noted { who, cause: Cause::TokenRequest(fault), about: None } }
    }
}

/// Whoever gets another answer than that the secret is wrong has proved it.
fn who(error: &OAuthError, named: Option<ApiKey>) -> Who {
    use InvalidClient::{AccountDisabled, Expired, Removed};
    let Some(api_key) = named else { return Who::Stranger };
    match error {
        OAuthError::InvalidClient(Removed | Expired | AccountDisabled)
        | OAuthError::UnauthorizedClient(_)
        | OAuthError::InvalidScope(_)
        | OAuthError::InvalidTarget => Who::Proved { api_key, token: None },
        _ => Who::Named(api_key),
    }
}

fn words(error: &OAuthError) -> TokenRequestFault {
    TokenRequestFault {
        error: error.code().to_owned(),
        fault: error.reason().to_owned(),
        description: error.description(),
        ..TokenRequestFault::default()
    }
}
