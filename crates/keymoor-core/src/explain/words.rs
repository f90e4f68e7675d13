use super::{Cause, TokenRequestFault};
use crate::{id::OrganizationId, removals::Subject, scope::Scope, time::UnixTime};

/// A cause in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What was wrong.
    pub why: String,
    /// What helps; empty where `why` says it.
    pub remedy: &'static str,
}

/// Ages beyond which the clock of a client or guard is not the first suspicion.
const LATE: i64 = 60;

const FETCH: &str = "Exchange API Key and API Secret for a new access token, and do so before the old \
                     one expires.";
const CLOCK: &str = "Set the clock of the machine that checked it, by NTP.";
const REPLACE: &str = "Create a new API token, or a new API Secret of it, and use that one.";
const SIGN_IN: &str = "The owner signs in through the organization's identity provider; then the \
                       client asks for the scope with its next access token.";

impl Cause {
    /// The cause in words; `spoken` writes a time.
    pub fn explain(&self, spoken: &dyn Fn(UnixTime) -> String) -> Explanation {
        let (why, remedy) = match self {
            Self::Issuer { expected, found } => (
                format!("The access token is of {found}; here those of {expected} count."),
                "Fetch the access token from the server that the API belongs to.",
            ),
            Self::Audience { expected, found } => (
                format!("The access token is for {found}, and this API is {expected}."),
                "Ask for it with the parameter resource that names this API.",
            ),
            Self::Expired { issued_at, expired_at, checked_at } => {
                expired(*issued_at, *expired_at, *checked_at, spoken)
            }
            Self::NotYetValid { valid_from, checked_at } => (
                format!(
                    "The access token counts from {} on: the clock of the machine that checked it is at \
                     least {} behind the server's.",
                    spoken(*valid_from),
                    seconds(valid_from.since(*checked_at))
                ),
                CLOCK,
            ),
            Self::Removed { subject } => removed(*subject),
            Self::AdditionalAuthentication { organization } => (
                format!(
                    "Organization {organization} enforces single sign-on, and the access token lacks its \
                     scope {}.",
                    Scope::Organization(*organization)
                ),
                "Ask for the scope at the token endpoint; its owner signs in through the organization's \
                 identity provider first.",
            ),
            Self::InsufficientScope { wanted, carried } => {
                let wanted: Vec<_> = wanted.iter().map(ToString::to_string).collect();
                let carried =
                    if carried.is_empty() { "none".to_owned() } else { carried.to_string() };
                let wanted = wanted.join(" ");
                (
                    format!(
                        "The resource needs the scope {wanted}; the access token has {carried}."
                    ),
                    "Ask for it at the token endpoint.",
                )
            }
            Self::OrganizationNotPermitted { organization, permitted } => (
                format!(
                    "The API token is limited to {}, and the resource belongs to {}.",
                    listed(permitted),
                    named(*organization)
                ),
                "Use an API token that may reach it.",
            ),
            Self::OrganizationDisabled { organization } => (
                format!("{} is disabled.", capital(&named(*organization))),
                "Its owner or the operator can say why.",
            ),
            Self::TokenRequest(fault) => token_request(fault, spoken),
            other => {
                let (why, remedy) = other.plain();
                (why.to_owned(), remedy)
            }
        };
        Explanation { why, remedy }
    }
    /// The words for a cause without facts.
    fn plain(&self) -> (&'static str, &'static str) {
        match self {
            Self::NoToken => ("The call carried no access token.", FETCH),
            Self::NotBearer => (
                "The Authorization header was not \"Bearer\", one blank and an access token.",
                "Send the access_token of the token endpoint's answer, unchanged.",
            ),
            Self::SeveralTokens => (
                "The call carried more than one Authorization header.",
                "Look for a proxy or a library that adds one of its own.",
            ),
            Self::TokenInUrl => (
                "The access token stood in the URL, where logs keep it.",
                "Send it in the Authorization header. End the one that was sent so.",
            ),
            Self::Hmac => ("The call was signed by HMAC, which is not supported any more.", FETCH),
            Self::Malformed => (
                "What was sent as an access token is none.",
                "Send the access_token of the token endpoint's answer, unchanged.",
            ),
            Self::UnknownKey => (
                "The access token names a signing key that does not count: it was withdrawn, or the \
                 token is of another server.",
                FETCH,
            ),
            Self::Signature => {
                ("The signature of the access token is wrong: it was changed.", FETCH)
            }
            Self::Host => (
                "The call named a host or port that is not served here.",
                "Call the URL that the API is known by, without a port where it is the scheme's own.",
            ),
            Self::AmbiguousPath => (
                "The path could be read in more than one way, so it was not judged.",
                "Send it without empty or dotted segments, semicolons, backslashes and needless escapes.",
            ),
            Self::NotFound => (
                "Nothing is served under this path and method, or no organization could be told from it.",
                "Compare path, method and upper and lower case with the API's documentation.",
            ),
            Self::Unavailable => (
                "The guard could not decide: keys, the server or the look-up of an organization did not \
                 answer.",
                "Try again; if it stays so, the log of the machine that refused it says what is away.",
            ),
            _ => (
                "The reason is one that this server does not know: whoever refused it is newer.",
                "Bring the server to the same version.",
            ),
        }
    }
}

fn fixed(why: &str, remedy: &'static str) -> (String, &'static str) {
    (why.to_owned(), remedy)
}

fn expired(
    issued: UnixTime,
    expired: UnixTime,
    checked: UnixTime,
    spoken: &dyn Fn(UnixTime) -> String,
) -> (String, &'static str) {
    let late = checked.since(expired);
    let why = format!(
        "The access token expired {} before: it was issued at {} and lived {}.",
        seconds(late),
        spoken(issued),
        seconds(expired.since(issued))
    );
    (
        why,
        if late < LATE {
            FETCH
        } else {
            "The client keeps access tokens too long. Let it look at expires_in."
        },
    )
}

fn removed(subject: Option<Subject>) -> (String, &'static str) {
    let why = match subject {
        Some(Subject::ApiKey(key)) => format!("API token {key} was removed."),
        Some(Subject::Secret(secret)) => format!(
            "The API Secret that the access token was exchanged for was closed (secret id {secret})."
        ),
        Some(Subject::Grant(grant)) => {
            format!("What the owner allowed the application was ended (grant id {grant}).")
        }
        Some(Subject::Token(token)) => format!("This access token was revoked (jti {token})."),
        Some(Subject::Account(account)) => format!("The owner's account {account} was disabled."),
        Some(Subject::Organization(organization)) => format!(
            "Organization {organization}, whose scope the access token has, was disabled or began to \
             enforce single sign-on after it was issued."
        ),
        Some(Subject::Member { organization, .. }) => format!(
            "The owner's membership or sign-in of organization {organization} ended after the access \
             token was issued."
        ),
        None => "The access token was removed, or what it hangs on.".to_owned(),
    };
    let remedy = match subject {
        Some(Subject::ApiKey(_) | Subject::Secret(_)) => REPLACE,
        Some(Subject::Grant(_)) => "Let the owner allow the application again.",
        Some(Subject::Account(_)) => "Only an operator can enable it again.",
        Some(Subject::Organization(_) | Subject::Member { .. }) => SIGN_IN,
        Some(Subject::Token(_)) | None => FETCH,
    };
    (why, remedy)
}

fn token_request(
    fault: &TokenRequestFault,
    spoken: &dyn Fn(UnixTime) -> String,
) -> (String, &'static str) {
    match (fault.fault.as_str(), fault.known_key) {
        ("wrong_secret", Some(false)) => fixed(
            "There is no API token with this API Key.",
            "Compare it with the list of API tokens.",
        ),
        ("wrong_secret", Some(true)) => fixed(
            "The API Key is known, but the API Secret is none of its open ones.",
            "Compare the secret with the one that was shown at creation, or add a new one.",
        ),
        ("sign_in_needed", _) => (
            format!(
                "{} enforces single sign-on, and {}.",
                capital(&named(fault.organization)),
                match fault.signed_in_until {
                    Some(until) => format!("the owner's sign-in counted until {}", spoken(until)),
                    None => "the owner has not signed in through its identity provider".to_owned(),
                }
            ),
            SIGN_IN,
        ),
        ("scope", Some(_)) => {
            let scope = fault.scope.as_ref().map(ToString::to_string).unwrap_or_default();
            (
                format!(
                    "Not every scope of \"{scope}\" can be granted: it is unknown to the API, its \
                     organization is not there or disabled, the owner is no member of it, or the API \
                     token is limited to others."
                ),
                "Look at the owner's organizations and the API token's limits.",
            )
        }
        _ => (format!("{}: {}", fault.error, fault.description), ""),
    }
}

fn named(organization: Option<OrganizationId>) -> String {
    organization.map_or_else(|| "an organization".to_owned(), |id| format!("organization {id}"))
}

fn listed(organizations: &[OrganizationId]) -> String {
    let texts: Vec<_> = organizations.iter().map(ToString::to_string).collect();
    if texts.is_empty() { "other organizations".to_owned() } else { texts.join(", ") }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

fn seconds(count: i64) -> String {
    if count == 1 { "1 second".to_owned() } else { format!("{count} seconds") }
}
