//! The error table of the token endpoint (RFC 6749 §5.2): code, status and words for each cause.

use http::StatusCode;

use crate::{
    id::OrganizationId,
    secret::{Damage, PresentedSecret},
};

/// Why there is no access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OAuthError {
    /// 400 `invalid_request`.
    InvalidRequest(InvalidRequest),
    /// 405 `invalid_request`: the endpoint takes POST alone.
    Method,
    /// 413 `invalid_request`.
    TooLarge,
    /// 415 `invalid_request`.
    UnsupportedMedia(InvalidRequest),
    /// 401 `invalid_client`.
    InvalidClient(InvalidClient),
    /// 400 `unauthorized_client`: the secret was right, yet the API token may not be used so.
    UnauthorizedClient(Unauthorized),
    /// 400 `invalid_grant`: a code or a refresh token brings nothing.
    InvalidGrant(InvalidGrant),
    /// 400 `authorization_pending` (RFC 8628 §3.5): nobody has answered yet.
    AuthorizationPending,
    /// 400 `slow_down` (RFC 8628 §3.5): asked again before the interval was over, which is longer by
    /// 5 seconds from now on.
    SlowDown,
    /// 400 `access_denied` (RFC 8628 §3.5): the answer was no.
    AccessDenied,
    /// 400 `expired_token` (RFC 8628 §3.5): nobody answered in time.
    ExpiredToken,
    /// 400 `unsupported_grant_type`.
    UnsupportedGrantType,
    /// 400 `invalid_scope`.
    InvalidScope(ScopeRefusal),
    /// 400 `invalid_target` (RFC 8707 §2): the request is for an API that is not known, or several.
    InvalidTarget,
    /// 400 `unauthorized_client`: the access token to be revoked is somebody else's.
    AnothersToken,
    /// 429 `temporarily_unavailable`: so many access tokens of the API token were revoked lately
    /// that this one has to wait or to expire.
    TooManyRevoked,
    /// 429 `temporarily_unavailable`: so much was refused to the client's address lately that wrong
    /// credentials are not even told to be so, for this many seconds.
    TooManyRefused(u32),
    /// 429 `temporarily_unavailable`: so many access tokens were issued to the API token lately that
    /// the next one is there in this many seconds.
    TooManyIssued(u32),
    /// 429 `temporarily_unavailable`: so many access tokens were issued to the application lately, in
    /// the name of one person or of all, that the next one is there in this many seconds.
    TooManyDelegated(u32),
    /// 429 `temporarily_unavailable`: so many device codes were asked for from the client's address
    /// lately that the next one is there in this many seconds.
    TooManyDevices(u32),
    /// 503 `temporarily_unavailable`: the store cannot be read now; never `invalid_client`.
    Unavailable,
}

/// What is wrong with the request's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidRequest {
    /// Credentials or other parameters in the URL.
    InUrl,
    /// A parameter that stands twice.
    Repeated(&'static str),
    /// No `grant_type`.
    NoGrantType,
    /// No `token`, where the request is about one.
    NoToken,
    /// A grant without one of the parameters that it takes.
    Missing(&'static str),
    /// The body is not the JSON object it claims to be.
    Json,
    /// Credentials in more than one place.
    SeveralMethods,
    /// The body names another client than the header.
    OtherClient,
    /// An `Authorization` header that is not Basic.
    NotBasic,
    /// Neither form nor JSON.
    ContentType,
    /// A compressed body.
    ContentEncoding,
    /// The body broke off.
    Incomplete,
}

/// Why the client is not authenticated. The first four tell nothing that is not in the request;
/// the others only whoever sent the right secret gets to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidClient {
    /// No key, or no secret.
    Missing,
    /// Malformed Basic credentials.
    BasicForm,
    /// Unknown key or wrong secret.
    Wrong,
    /// A secret that cannot be one, whatever the key.
    Damaged(Damage),
    /// The API token was removed.
    Removed,
    /// The API token has reached its expiry date.
    Expired,
    /// The owner's account is disabled.
    AccountDisabled,
    /// It asked as an application.
    OfApplication(Proof),
}

/// Why an application is not the one it says. Tells nothing that is not in the request, but that a
/// known application has a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// No `client_id`.
    Unnamed,
    /// No secret, where it has one.
    Missing,
    /// Unknown `client_id` or wrong secret; or a secret of a public application.
    Wrong,
    /// A secret that cannot be one, whatever the application.
    Damaged(Damage),
}

impl Proof {
    /// The cause that may be told for a secret that did not match.
    pub fn of(presented: &PresentedSecret) -> Self {
        presented.damage().map_or(Self::Wrong, Self::Damaged)
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Unnamed | Self::Missing => "no_credentials",
            Self::Wrong => "wrong_secret",
            Self::Damaged(_) => "damaged_secret",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Unnamed => "The parameter client_id is missing: send that of your application.",
            Self::Missing => {
                "This application has a secret. Send it as client_secret, in the body or by Basic \
                 authentication."
            }
            Self::Wrong => {
                "No application has this client_id, or the client_secret is not its own. One \
                 without a secret sends none."
            }
            Self::Damaged(Damage::Encoding) => {
                "The client_secret holds characters that no secret of an application has: it was \
                 probably damaged by wrong URL encoding."
            }
            Self::Damaged(Damage::Shape) => {
                "The client_secret is not a whole one: those of applications start with km_ and \
                 have 52 characters. An application without a secret sends none."
            }
            Self::Damaged(Damage::Checksum) => {
                "The client_secret is mistyped: its checksum does not fit. Copy it again."
            }
        }
    }
}

impl InvalidClient {
    /// The cause that may be told for a secret that did not match.
    pub fn of(presented: &PresentedSecret) -> Self {
        presented.damage().map_or(Self::Wrong, Self::Damaged)
    }

    const fn reason(self) -> &'static str {
        match self {
            Self::Missing => "no_credentials",
            Self::BasicForm => "malformed_basic",
            Self::Wrong => "wrong_secret",
            Self::Damaged(_) => "damaged_secret",
            Self::Removed => "removed",
            Self::Expired => "expired",
            Self::AccountDisabled => "account_disabled",
            Self::OfApplication(cause) => cause.reason(),
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::OfApplication(cause) => cause.description(),
            Self::Missing => {
                "Send your API Key as client_id and your API Secret as client_secret, in the body or by Basic authentication."
            }
            Self::BasicForm => {
                "The Basic credentials are not base64 of client_id, a colon and client_secret: of an API token, the API Key and the API Secret."
            }
            Self::Wrong => "The API Key or the API Secret is wrong.",
            Self::Damaged(Damage::Encoding) => {
                "The client_secret holds characters that no API Secret has: it was probably damaged by wrong URL encoding. Send it with --data-urlencode."
            }
            Self::Damaged(Damage::Shape) => {
                "The client_secret is not a whole API Secret: those start with km_ and have 52 characters."
            }
            Self::Damaged(Damage::Checksum) => {
                "The client_secret is mistyped: its checksum does not fit. Copy it again."
            }
            Self::Removed => "This API token was removed. Create a new one.",
            Self::Expired => "This API token has expired. Create a new one.",
            Self::AccountDisabled => "The account that owns this API token is disabled.",
        }
    }
}

/// Why an authenticated client may not have a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unauthorized {
    /// The request comes from outside the API token's address ranges.
    Address,
    /// The application's owner has not enabled this way to ask for a grant.
    GrantType,
}

/// Why a code or a refresh token brings nothing. All but the first only whoever holds the right one
/// gets to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidGrant {
    /// Unknown, another application's, spent, too old, or not proved by its verifier or redirect
    /// URI: one answer for all.
    Unknown,
    /// The same of a refresh token whose client proved its secret: it is told alike, and is nobody's guess.
    Gone,
    /// It was used before, and what it had brought was ended for that.
    Reused,
    /// The account's owner, the application or an operator ended the grant.
    Ended,
    /// The grant's time is over, or it was not used for too long.
    Expired,
    /// The application was removed.
    ApplicationRemoved,
    /// The account of the application's owner is disabled.
    OwnerDisabled,
    /// The application's owner has not enabled refresh tokens, or no more.
    RefreshOff,
    /// The account that gave the grant is disabled.
    AccountDisabled,
    /// A scope of the grant can be had no more: the API knows it no more, or whoever gave the grant
    /// is no member of the organization any more.
    Scope,
    /// Whoever gave the grant has to sign in through the organization again.
    SignInNeeded(OrganizationId),
}

impl InvalidGrant {
    const fn reason(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_grant",
            Self::Gone => "gone_grant",
            Self::Reused => "reused_grant",
            Self::Ended => "ended_grant",
            Self::Expired => "expired_grant",
            Self::ApplicationRemoved => "application_removed",
            Self::OwnerDisabled => "application_owner_disabled",
            Self::RefreshOff => "refresh_off",
            Self::AccountDisabled => "account_disabled",
            Self::Scope => "scope",
            Self::SignInNeeded(_) => "sign_in_needed",
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Unknown | Self::Gone => {
                "The code or refresh token is wrong, was used before, is too old, or was issued to \
                 another client."
            }
            Self::SignInNeeded(_) => {
                "The organization requires a recent sign-in through its single sign-on by whoever \
                 allowed the application. Sign in there, then ask again."
            }
            Self::Reused => {
                "It was used before, so everything that came of it was ended. Ask for access again."
            }
            Self::Ended => "The access was ended. Ask for it again.",
            Self::Expired => "The time of this access is over. Ask for it again.",
            Self::ApplicationRemoved => "The application was removed.",
            Self::OwnerDisabled => "The account of the application's owner is disabled.",
            Self::RefreshOff => "Refresh tokens are not enabled for this application.",
            Self::AccountDisabled => "The account that gave the access is disabled.",
            Self::Scope => {
                "A scope that was allowed can be had no more. Ask for access again, or for fewer \
                 scopes."
            }
        }
    }
}

/// Why a scope is not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeRefusal {
    /// Malformed, unknown, or an organization that the owner has no part in: one answer for all.
    Unknown,
    /// The owner is a member, but has not signed in through the organization lately enough.
    SignInNeeded(OrganizationId),
}

impl OAuthError {
    /// The HTTP status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedMedia(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::InvalidClient(_) => StatusCode::UNAUTHORIZED,
            Self::TooManyRevoked
            | Self::TooManyRefused(_)
            | Self::TooManyIssued(_)
            | Self::TooManyDelegated(_)
            | Self::TooManyDevices(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::InvalidRequest(_)
            | Self::UnauthorizedClient(_)
            | Self::InvalidGrant(_)
            | Self::AuthorizationPending
            | Self::SlowDown
            | Self::AccessDenied
            | Self::ExpiredToken
            | Self::UnsupportedGrantType
            | Self::InvalidTarget
            | Self::AnothersToken
            | Self::InvalidScope(_) => StatusCode::BAD_REQUEST,
        }
    }

    /// The `error` code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::Method | Self::TooLarge | Self::UnsupportedMedia(_) => {
                "invalid_request"
            }
            Self::InvalidClient(_) => "invalid_client",
            Self::UnauthorizedClient(_) | Self::AnothersToken => "unauthorized_client",
            Self::InvalidGrant(_) => "invalid_grant",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
            Self::InvalidTarget => "invalid_target",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope(_) => "invalid_scope",
            Self::TooManyRevoked
            | Self::TooManyRefused(_)
            | Self::TooManyIssued(_)
            | Self::TooManyDelegated(_)
            | Self::TooManyDevices(_)
            | Self::Unavailable => "temporarily_unavailable",
        }
    }

    /// The `error_description`: printable ASCII without quotes or backslashes (RFC 6749 §5.2).
    pub fn description(&self) -> String {
        match self {
            Self::InvalidRequest(cause) | Self::UnsupportedMedia(cause) => cause.description(),
            Self::Method => "Send the request by POST.".to_owned(),
            Self::TooLarge => "The body is larger than 16 KiB.".to_owned(),
            Self::InvalidClient(cause) => cause.description().to_owned(),
            Self::UnauthorizedClient(Unauthorized::Address) => {
                "This API token may not be used from your address.".to_owned()
            }
            Self::UnauthorizedClient(Unauthorized::GrantType) => {
                "The owner of this application has not enabled this grant_type.".to_owned()
            }
            Self::InvalidGrant(cause) => cause.description().to_owned(),
            Self::AuthorizationPending => {
                "Nobody has allowed or denied it yet. Ask again after interval seconds.".to_owned()
            }
            Self::SlowDown => {
                "You ask too often. Wait 5 seconds longer between two requests from now on."
                    .to_owned()
            }
            Self::AccessDenied => "The access was denied.".to_owned(),
            Self::ExpiredToken => {
                "Nobody allowed or denied it in time. Begin again with a new device code."
                    .to_owned()
            }
            Self::UnsupportedGrantType => {
                "The grant_type must be client_credentials, authorization_code, refresh_token or \
                 urn:ietf:params:oauth:grant-type:device_code."
                    .to_owned()
            }
            Self::InvalidScope(cause) => cause.description(),
            Self::InvalidTarget => "The resource is not one API that is registered here. Name one \
                                    by its identifier, or none for the default API."
                .to_owned(),
            Self::AnothersToken => "The access token was not issued to this API token and still \
                                    works. Revoke it with the API token that it was issued to."
                .to_owned(),
            Self::TooManyRevoked => {
                "The access token still works: too many of this API token were \
                                     revoked within 5 minutes. Close the API Secret or remove the \
                                     API token to end all of them."
                    .to_owned()
            }
            Self::TooManyRefused(_) => {
                "Too many requests from your address were refused. Check what you send (client_id \
                 and client_secret: API Key and API Secret of an API token), and try again after the seconds that Retry-After names."
                    .to_owned()
            }
            Self::TooManyIssued(_) => {
                "This API token gets access tokens too often. Keep one until \
                                       it is about to expire: it lives for expires_in seconds."
                    .to_owned()
            }
            Self::TooManyDelegated(_) => {
                "This application gets access tokens too often. Keep one until it is about to \
                 expire: it lives for expires_in seconds."
                    .to_owned()
            }
            Self::TooManyDevices(_) => {
                "Too many device codes were asked for from your address. Try again after the seconds \
                 that Retry-After names."
                    .to_owned()
            }
            Self::Unavailable => {
                "The request cannot be answered at the moment. Try again shortly.".to_owned()
            }
        }
    }
}

impl OAuthError {
    /// The cause, finer than the code, as one of a few words: for numbers, not for callers.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) | Self::Method | Self::UnsupportedMedia(_) => "malformed",
            Self::TooLarge => "too_large",
            Self::InvalidClient(cause) => cause.reason(),
            Self::UnauthorizedClient(Unauthorized::Address) => "address",
            Self::UnauthorizedClient(Unauthorized::GrantType) => "grant_type_off",
            Self::InvalidGrant(cause) => cause.reason(),
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
            Self::UnsupportedGrantType => "grant_type",
            Self::InvalidScope(ScopeRefusal::Unknown) => "scope",
            Self::InvalidScope(ScopeRefusal::SignInNeeded(_)) => "sign_in_needed",
            Self::InvalidTarget => "target",
            Self::AnothersToken => "anothers_token",
            Self::TooManyRevoked => "too_many_revoked",
            Self::TooManyRefused(_) => "too_many_refused",
            Self::TooManyIssued(_) | Self::TooManyDelegated(_) => "too_many_issued",
            Self::TooManyDevices(_) => "too_many_devices",
            Self::Unavailable => "unavailable",
        }
    }

    /// Seconds after which it makes sense to try again, if time helps.
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::TooManyRevoked => Some(60),
            Self::TooManyRefused(seconds)
            | Self::TooManyIssued(seconds)
            | Self::TooManyDelegated(seconds)
            | Self::TooManyDevices(seconds) => Some(*seconds),
            Self::Unavailable => Some(1),
            _ => None,
        }
    }

    /// The path of the page that helps, for `error_uri`: where the organization's sign-in starts.
    pub fn help_path(&self) -> Option<String> {
        match self {
            Self::InvalidScope(ScopeRefusal::SignInNeeded(organization))
            | Self::InvalidGrant(InvalidGrant::SignInNeeded(organization)) => {
                Some(format!("/organizations/{organization}"))
            }
            _ => None,
        }
    }
}

impl InvalidRequest {
    fn description(self) -> String {
        match self {
            Self::Repeated(name) => format!("The parameter {name} stands more than once."),
            Self::Missing(name) => format!("The parameter {name} is missing."),
            other => other.fixed_description().to_owned(),
        }
    }

    const fn fixed_description(self) -> &'static str {
        match self {
            Self::Repeated(_) | Self::Missing(_) => "",
            Self::InUrl => "Send the parameters in the body, never in the URL.",
            Self::NoGrantType => {
                "The parameter grant_type is missing: an API token sends client_credentials."
            }
            Self::NoToken => {
                "The parameter token is missing: send the access token, or an application's \
                 refresh token."
            }
            Self::Json => "The body is not a JSON object whose parameters are strings.",
            Self::SeveralMethods => {
                "Send the credentials once: in the body or by Basic authentication."
            }
            Self::OtherClient => "The client_id in the body is not the one in the header.",
            Self::NotBasic => "The Authorization header of a token request must be Basic.",
            Self::ContentType => {
                "Send the body as application/x-www-form-urlencoded or application/json."
            }
            Self::Incomplete => "The body did not arrive whole.",
            Self::ContentEncoding => "Send the body without Content-Encoding.",
        }
    }
}

impl ScopeRefusal {
    pub(super) fn description(self) -> String {
        match self {
            Self::Unknown => "A scope is malformed, unknown, or of an organization that you are \
                              not a member of. Write organization:<uuid> in lower case."
                .to_owned(),
            Self::SignInNeeded(organization) => format!(
                "The organization {organization} requires a recent sign-in through its single \
                 sign-on. Sign in there, then ask again."
            ),
        }
    }
}
