use super::{Algorithm, begun::BEGUN_LIFE, members::WrongType};
use crate::FetchError;

/// Why a provider cannot be used as it is: what it publishes is missing or unfit. Told to the
/// administrator who configures it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcError {
    /// It could not be asked.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An answer with another status than 200.
    #[error("{url} answered with status {status} instead of 200; redirects are not followed")]
    Status {
        /// What was asked.
        url: String,
        /// What it answered.
        status: u16,
    },
    /// The answer is no JSON object, or not called one.
    #[error("{0} did not answer with application/json and a JSON object that has each name once")]
    NotJson(String),
    /// The issuer cannot be one.
    #[error(
        "{0:?} cannot be an issuer: it must be an https:// URL without user, query and fragment"
    )]
    IssuerForm(String),
    /// The document is of another issuer (`OpenID` Connect Discovery §4.3).
    #[error("the provider calls itself {found:?}; enter exactly that as issuer, not {expected:?}")]
    Issuer {
        /// What is configured.
        expected: String,
        /// What the document says.
        found: String,
    },
    /// A member of a document is missing, or of the wrong type.
    #[error("the provider's metadata has no usable {0}")]
    Member(&'static str),
    /// An endpoint is no URL that may be used.
    #[error("the provider's {0} must be an https:// URL without user and fragment")]
    Endpoint(&'static str),
    /// The provider does not do the authorization code flow.
    #[error(
        "the provider does not offer the authorization code flow: response_types_supported \
             must list \"code\""
    )]
    NoCodeFlow,
    /// The provider signs ID Tokens with nothing that is taken.
    #[error("the provider signs ID Tokens with none of {}; choose one of them there", names())]
    NoAlgorithm,
    /// The provider takes a client secret in no way that is known here.
    #[error(
        "the provider takes client secrets neither as client_secret_basic nor as \
             client_secret_post; allow one of them there"
    )]
    NoSecretMethod,
    /// The key set holds no key that verifies anything.
    #[error("{0} holds no public key of a supported kind")]
    NoKeys(String),
    /// The key set is being asked for too often.
    #[error("the provider's keys could not be had a moment ago; try again in some seconds")]
    KeysUnavailable,
}

fn names() -> String {
    Algorithm::ALL.map(Algorithm::name).join(", ")
}

impl From<WrongType> for OidcError {
    fn from(wrong: WrongType) -> Self {
        Self::Member(wrong.0)
    }
}

/// Why somebody is not signed in, or a logout token not obeyed. Texts of the provider in it are
/// bounded and free of control characters; they still have to be escaped for HTML.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OidcRefusal {
    /// The callback is not the answer to what this browser began.
    #[error("this is not the answer to a sign-in begun in this browser; begin again")]
    State,
    /// It came too late.
    #[error("the sign-in was begun more than {} minutes ago; begin again", BEGUN_LIFE / 60)]
    Late,
    /// What was begun was begun at another provider than the one that is asked to finish it.
    #[error("the sign-in was begun at another provider; begin again")]
    OtherProvider,
    /// The callback is of another issuer, or of nobody knows whom (RFC 9207 §2.4).
    #[error("the answer is not from the provider that was asked; begin again")]
    CallbackIssuer,
    /// The callback is not one: a parameter is missing, comes twice, or cannot be.
    #[error("the provider's answer has no usable {0}; begin again")]
    Callback(&'static str),
    /// The provider says no (RFC 6749 §4.1.2.1, §5.2).
    #[error("the provider refused: {error}{}", described(description.as_deref()))]
    Provider {
        /// The error's code.
        error: String,
        /// The provider's words, if it has any.
        description: Option<String>,
    },
    /// The token endpoint answered something else than it should.
    #[error("the provider's token endpoint gave no usable {0}")]
    TokenResponse(&'static str),
    /// What the token endpoint or the key set answered cannot be used at all.
    #[error(transparent)]
    Unusable(#[from] OidcError),
    /// A token does not hold.
    #[error("the provider's token does not hold: {0}")]
    Token(#[from] TokenFault),
}

impl From<FetchError> for OidcRefusal {
    fn from(error: FetchError) -> Self {
        Self::Unusable(error.into())
    }
}

fn described(description: Option<&str>) -> String {
    description.map(|text| format!(" ({text})")).unwrap_or_default()
}

/// What is wrong with a JWT of a provider.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenFault {
    /// Longer than any is taken.
    #[error("it is longer than {0} bytes")]
    TooLong(usize),
    /// Not three parts of canonical base64url with JSON objects that have each name once.
    #[error("it is not a JWT in canonical form")]
    Malformed,
    /// An ID Token where a logout token should be, the reverse, or something else.
    #[error("it is not of the type {0}")]
    Type(&'static str),
    /// A header that brings a key, or asks for something that is not done here.
    #[error("its header has {0:?}, which is not taken from a token")]
    Header(String),
    /// Signed with something that is not taken, or that the provider did not announce.
    #[error("it is signed with {0:?}, which the provider may not use")]
    Algorithm(String),
    /// None of the provider's keys is the one.
    #[error("it is signed with no key that the provider publishes")]
    UnknownKey,
    /// Two of the provider's keys could be the one.
    #[error("it does not say with which of the provider's keys it is signed")]
    AmbiguousKey,
    /// The signature is not the key's.
    #[error("its signature is wrong")]
    Signature,
    /// A claim is missing, of the wrong type, or not within its bounds.
    #[error("it has no usable {0}")]
    Claim(&'static str),
    /// Of another issuer.
    #[error("it is of another issuer")]
    Issuer,
    /// For another client.
    #[error("it is for another client")]
    Audience,
    /// Issued to another client (`azp`).
    #[error("it was issued to another client")]
    AuthorizedParty,
    /// Its time is over.
    #[error("it has expired; compare the clocks")]
    Expired,
    /// Its time has not come.
    #[error("it is not valid yet; compare the clocks")]
    NotYetValid,
    /// Made too long ago to be the answer to a sign-in.
    #[error("it was made too long ago; compare the clocks")]
    Old,
    /// For another sign-in.
    #[error("it is for another sign-in")]
    Nonce,
    /// The person did not prove anew who they are, though that was asked.
    #[error("the person did not sign in anew, though the provider was asked for it")]
    NotAnew,
    /// `at_hash` is not the hash of the access token that came with it.
    #[error("it belongs to another access token")]
    AccessToken,
    /// A claim that must not be there.
    #[error("it has {0}, which this kind of token never has")]
    Forbidden(&'static str),
}

impl From<WrongType> for TokenFault {
    fn from(wrong: WrongType) -> Self {
        Self::Claim(wrong.0)
    }
}
