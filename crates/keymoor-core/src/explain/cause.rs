use serde::{Deserialize, Serialize};

use super::bounded;
use crate::{
    access::Target,
    claims::Claims,
    id::OrganizationId,
    jwt::{Expectation, TokenFault},
    refusal::Refusal,
    removals::Subject,
    scope::{ScopeName, Scopes},
    time::UnixTime,
};

/// The most characters of a text that somebody else chose.
const TEXT: usize = 200;
/// The most organizations or scopes that are listed.
const LISTED: usize = 32;

/// Why a call was refused, with the facts that decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields are what their names say; `Explanation` puts them in words"
)]
pub enum Cause {
    /// No credentials.
    NoToken,
    /// An `Authorization` header that is not `Bearer` and a token.
    NotBearer,
    /// More than one `Authorization` header.
    SeveralTokens,
    /// A token in the URL.
    TokenInUrl,
    /// HMAC, signed, it says, with this key ([`hmac_key_id`](crate::wire::hmac_key_id)).
    Hmac {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key_id: Option<String>,
    },
    /// Not an access token.
    Malformed,
    /// Signed, it says, with a key that is not in the set.
    UnknownKey,
    /// The signature is not the key's.
    Signature,
    /// Of another issuer.
    Issuer { expected: String, found: String },
    /// For another API.
    Audience { expected: String, found: String },
    /// Its time was over.
    Expired { issued_at: UnixTime, expired_at: UnixTime, checked_at: UnixTime },
    /// Its time had not come.
    NotYetValid { valid_from: UnixTime, checked_at: UnixTime },
    /// It was removed, or what it hangs on.
    Removed { subject: Option<Subject> },
    /// A federated organization, whose scope the token lacks.
    AdditionalAuthentication { organization: OrganizationId },
    /// A scope that the resource wants is not in the token.
    InsufficientScope {
        wanted: Vec<ScopeName>,
        #[serde(default, skip_serializing_if = "Scopes::is_empty")]
        carried: Scopes,
    },
    /// The API token is limited to other organizations.
    OrganizationNotPermitted {
        organization: Option<OrganizationId>,
        permitted: Vec<OrganizationId>,
    },
    /// The organization is disabled.
    OrganizationDisabled { organization: Option<OrganizationId> },
    /// A host that the listener does not answer for.
    Host,
    /// A path that can be read in more than one way.
    AmbiguousPath,
    /// A method that can be read in more than one way.
    AmbiguousMethod,
    /// Nothing is served there.
    NotFound,
    /// The guard could not decide.
    Unavailable,
    /// The token endpoint gave no access token.
    TokenRequest(TokenRequestFault),
    /// What a newer guard says.
    #[serde(other)]
    Other,
}

/// Why the token endpoint, or another endpoint of OAuth, refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TokenRequestFault {
    /// The `error` of the answer.
    pub error: String,
    /// The cause, finer than that, as [`OAuthError::reason`](crate::wire::OAuthError::reason) has it.
    pub fault: String,
    /// The `error_description` of the answer.
    pub description: String,
    /// Whether there is an API token of that API Key, as far as one was named.
    pub known_key: Option<bool>,
    /// The scope that was asked for.
    pub scope: Option<Scopes>,
    /// The organization that its owner has to sign in through.
    pub organization: Option<OrganizationId>,
    /// Until when the last sign-in counted.
    pub signed_in_until: Option<UnixTime>,
}

/// What a guard had before it when it refused.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'c> {
    /// The time by its clock.
    pub now: UnixTime,
    /// What a token had to say.
    pub expectation: Option<&'c Expectation>,
    /// What the request was about.
    pub target: Target,
    /// What was removed.
    pub removed: Option<Subject>,
}

impl Default for Circumstances<'_> {
    fn default() -> Self {
        let now = UnixTime::from_seconds(0);
        Self { now, expectation: None, target: Target::General, removed: None }
    }
}

impl Circumstances<'_> {
    fn organization(&self) -> Option<OrganizationId> {
        match self.target {
            Target::Organization(organization) => Some(organization),
            Target::General => None,
        }
    }

    fn expected(&self, member: fn(&Expectation) -> &str) -> String {
        self.expectation.map(member).unwrap_or_default().to_owned()
    }
}

impl Cause {
    /// The cause of `refusal`; `claims` are those of a token whose signature held.
    pub fn of(refusal: &Refusal, claims: Option<&Claims>, of: &Circumstances<'_>) -> Self {
        match refusal {
            Refusal::NoToken => Self::NoToken,
            Refusal::NotBearer => Self::NotBearer,
            Refusal::SeveralTokens => Self::SeveralTokens,
            Refusal::TokenInUrl => Self::TokenInUrl,
            Refusal::Hmac => Self::Hmac { key_id: None },
            Refusal::InvalidToken(fault) => Self::of_token(*fault, claims, of),
            Refusal::Removed => Self::Removed { subject: of.removed },
            Refusal::AdditionalAuthentication(organization) => {
                Self::AdditionalAuthentication { organization: *organization }
            }
            Refusal::InsufficientScope(wanted) => Self::InsufficientScope {
                wanted: wanted.clone(),
                carried: claims.map(|claims| claims.scope.clone()).unwrap_or_default(),
            },
            Refusal::OrganizationNotPermitted => {
                let only = claims.and_then(|claims| claims.organizations.clone());
                let permitted = only.unwrap_or_default();
                Self::OrganizationNotPermitted { organization: of.organization(), permitted }
            }
            Refusal::OrganizationDisabled => {
                Self::OrganizationDisabled { organization: of.organization() }
            }
            Refusal::Host(_) => Self::Host,
            Refusal::AmbiguousPath => Self::AmbiguousPath,
            Refusal::AmbiguousMethod => Self::AmbiguousMethod,
            Refusal::NotFound => Self::NotFound,
            Refusal::Unavailable => Self::Unavailable,
        }
    }

    fn of_token(fault: TokenFault, claims: Option<&Claims>, of: &Circumstances<'_>) -> Self {
        let Some(claims) = claims else {
            return match fault {
                TokenFault::UnknownKey => Self::UnknownKey,
                TokenFault::Signature => Self::Signature,
                _ => Self::Malformed,
            };
        };
        match fault {
            TokenFault::Malformed => Self::Malformed,
            TokenFault::UnknownKey => Self::UnknownKey,
            TokenFault::Signature => Self::Signature,
            TokenFault::Issuer => Self::Issuer {
                expected: of.expected(|expectation| &expectation.issuer),
                found: claims.iss.to_string(),
            },
            TokenFault::Audience => Self::Audience {
                expected: of.expected(|expectation| &expectation.audience),
                found: claims.aud.to_string(),
            },
            TokenFault::Expired => {
                Self::Expired { issued_at: claims.iat, expired_at: claims.exp, checked_at: of.now }
            }
            TokenFault::NotYetValid => Self::NotYetValid {
                valid_from: claims.nbf.unwrap_or(claims.iat).max(claims.iat),
                checked_at: of.now,
            },
        }
    }

    /// The same as another's word: whoever reports it puts nothing of its own writing before the owner
    /// of an API token. Requests for tokens are refused by this server alone; what was `expected` of a
    /// token is known here; and what was found in one is told only where it is a plain identifier.
    #[must_use]
    pub fn reported(self, issuer: &str, audience: &str) -> Self {
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte);
        let found =
            |text: String| if text.bytes().all(plain) { text } else { "another".to_owned() };
        match self {
            Self::TokenRequest(_) => Self::Other,
            Self::Issuer { found: text, .. } => {
                Self::Issuer { expected: issuer.to_owned(), found: found(text) }
            }
            Self::Audience { found: text, .. } => {
                Self::Audience { expected: audience.to_owned(), found: found(text) }
            }
            other => other,
        }
    }

    /// The same, no longer than what is kept.
    pub(super) fn bounded(self) -> Self {
        let short = |text: String| bounded(&text, TEXT);
        match self {
            Self::Issuer { expected, found } => {
                Self::Issuer { expected: short(expected), found: short(found) }
            }
            Self::Audience { expected, found } => {
                Self::Audience { expected: short(expected), found: short(found) }
            }
            Self::InsufficientScope { mut wanted, carried } => {
                wanted.truncate(LISTED);
                Self::InsufficientScope { wanted, carried }
            }
            Self::OrganizationNotPermitted { organization, mut permitted } => {
                permitted.truncate(LISTED);
                Self::OrganizationNotPermitted { organization, permitted }
            }
            Self::Hmac { key_id } => Self::Hmac { key_id: key_id.map(short) },
            Self::TokenRequest(fault) => Self::TokenRequest(TokenRequestFault {
                error: short(fault.error),
                fault: short(fault.fault),
                description: short(fault.description),
                ..fault
            }),
            other => other,
        }
    }
}
