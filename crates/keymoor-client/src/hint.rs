//! For each error, what its reader can do.

use keymoor_core::secret::Damage;

use crate::{error::Error, transport::Cause};

pub(crate) fn hint(error: &Error) -> String {
    match error {
        Error::Endpoint(error) => error.hint().to_owned(),
        Error::Credentials(error) => error.hint().to_owned(),
        Error::InvalidClient { damage: Some(damage), .. } => damaged(*damage).to_owned(),
        Error::InvalidClient { damage: None, .. } => {
            "Check the API Key and the API Secret. If the API token was removed, or its secret is \
             lost, create a new one under Account Settings, API Tokens."
                .to_owned()
        }
        Error::LoginEnded { .. } => {
            "Log in again: keymoor login --device. It ends when it was taken back, after 30 days \
             without use, and when a copy of the stored token was used."
                .to_owned()
        }
        Error::Device(error) => error.hint().to_owned(),
        Error::ScopeRefused { uri: Some(uri), .. } => {
            format!("Sign in through the organization's identity provider: {uri}")
        }
        Error::ScopeRefused { uri: None, .. } => {
            "Ask for scopes that exist, of organizations that you are a member of.".to_owned()
        }
        Error::TokenRefused { uri: Some(uri), .. } => format!("The server refers to {uri}"),
        Error::TokenRefused { error, .. } if error == "unauthorized_client" => {
            "The API token is limited, to some addresses perhaps: see its page.".to_owned()
        }
        Error::TokenRefused { .. } | Error::NotAToken(_) => {
            "Check that the token URL is the token endpoint's.".to_owned()
        }
        Error::Unreachable(error) => unreachable(&error.cause).to_owned(),
        Error::Unavailable { retry_after: Some(wait), .. } => {
            format!("Try again in {} seconds.", wait.as_secs().max(1))
        }
        Error::Unavailable { .. } => "Try again later.".to_owned(),
        Error::OrganizationScopeNeeded { organization, candidates, .. } => {
            organization_scope(organization.as_ref(), candidates)
        }
        Error::Unauthorized(_) => {
            "The token was just issued. Check that it is for this API, and that the API token was \
             not removed."
                .to_owned()
        }
        Error::Forbidden(_) => {
            "Your role does not allow this; an administrator can change it.".to_owned()
        }
        Error::Status(answer) if answer.status() == 404 => {
            "Check the path. What you may not see is not found either.".to_owned()
        }
        Error::Status(_) => "The answer's body says what is wrong.".to_owned(),
        Error::Redirect { .. } => {
            "Secrets and tokens only go where they are configured to go. If the server moved, \
             change its URL."
                .to_owned()
        }
        Error::TooLong { .. } => "Ask for less, by a limit, or read it as a stream.".to_owned(),
        Error::NotAList { .. } => "Call it as a single resource.".to_owned(),
        Error::NotJson(_) => "Check that the URL is the API's.".to_owned(),
        Error::Setup(_) => "Check the certificates and the proxy that are configured.".to_owned(),
    }
}

fn damaged(damage: Damage) -> &'static str {
    match damage {
        Damage::Encoding => {
            "The secret holds characters that no API Secret of Keymoor has: it was changed on the \
             way, by an encoding perhaps. Copy it anew."
        }
        Damage::Shape => "The secret is too short or too long: it was not copied whole.",
        Damage::Checksum => "The secret's checksum does not fit: it was mistyped. Copy it anew.",
    }
}

fn unreachable(cause: &Cause) -> &'static str {
    match cause {
        Cause::Dns(_) => "Check the host's name, and that DNS works here.",
        Cause::Connect(_) => "Check the network, a firewall, and HTTPS_PROXY.",
        Cause::Tls(_) => {
            "Check the certificate, and the system's clock. If a proxy here has a certificate \
             authority of its own, name its file by SSL_CERT_FILE."
        }
        Cause::TimedOut(_) => {
            "Raise the time-out: for tokens, 20 to 25 seconds where 10 are often too few."
        }
        Cause::Broken(_) => "Try again; the connection broke.",
    }
}

fn organization_scope(
    organization: Option<&keymoor_core::OrganizationId>,
    candidates: &[(keymoor_core::OrganizationId, String)],
) -> String {
    let ask = "Ask for the token with the scope";
    match (organization, candidates) {
        (Some(id), _) => format!("{ask} organization:{id}"),
        (None, []) => format!("{ask} organization:<uuid> of the organization that owns this."),
        (None, several) => {
            let names: Vec<_> =
                several.iter().map(|(id, name)| format!("organization:{id} ({name})")).collect();
            format!("{ask} of the organization that owns this, one of: {}", names.join(", "))
        }
    }
}
