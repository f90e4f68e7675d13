//! What can be seen without asking anybody.

use std::path::Path;

use keymoor_client::Credentials;

use super::{Finding, Session};
use crate::client::{
    failure::Reason,
    session::{Identity, variable},
};

pub(super) fn all(session: &Session) -> Vec<Finding> {
    let secret = match &session.identity {
        Identity::Credentials(pair) => secret(pair),
        Identity::Handed(_) => {
            Finding::note("secret", "An access token was handed on; none is used.")
        }
    };
    vec![origin(session), port(), secret, hmac(), proxy(session)]
}

fn origin(session: &Session) -> Finding {
    let (server, credentials) = (&session.origins.server, &session.origins.credentials);
    Finding::good("values", format!("Server from {server}; credentials from {credentials}."))
}

/// The URLs as they were written: a parsed one has lost a default port.
fn port() -> Finding {
    let names = [
        "KEYMOOR_SERVER",
        "KEYMOOR_API_URL",
        "KEYMOOR_TOKEN_URL",
        "ACLI_CLOUD_API_BASE_URI",
        "ACLI_CLOUD_API_ACCOUNTS_URI",
    ];
    let written = names.iter().find(|name| {
        let text = variable(name).and_then(|text| text.into_string().ok()).unwrap_or_default();
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let host = rest.split('/').next().unwrap_or_default();
        (text.starts_with("https:") && host.ends_with(":443"))
            || (text.starts_with("http:") && host.ends_with(":80"))
    });
    match written {
        Some(name) => Finding::bad(
            "port",
            Reason::Usage,
            format!("{name} names the default port: leave it out, some servers refuse it."),
        ),
        None => Finding::good("port", "No URL names a port that it should not."),
    }
}

fn secret(pair: &Credentials) -> Finding {
    let text = pair.secret.expose();
    if let Some(damage) = pair.secret.damage() {
        return Finding::bad(
            "secret",
            Reason::Credentials,
            format!("The API Secret is damaged ({damage:?}): copy it anew, whole."),
        );
    }
    let encoded = text
        .as_bytes()
        .windows(3)
        .any(|part| part[0] == b'%' && part[1].is_ascii_hexdigit() && part[2].is_ascii_hexdigit());
    if encoded {
        return Finding::note(
            "secret",
            "The API Secret holds %XX: it may have been percent-encoded once too often.",
        );
    }
    if text.starts_with("km_") {
        return Finding::good("secret", "The API Secret is whole: its checksum fits.");
    }
    Finding::good("secret", "The API Secret has no blank and no percent-encoding in it.")
}

fn hmac() -> Finding {
    let old = variable("HOME")
        .is_some_and(|home| Path::new(&home).join(".acquia/cloudapi.conf").exists());
    if old {
        return Finding::note(
            "hmac",
            "~/.acquia/cloudapi.conf is of a client that signs by HMAC, which ended on 2020-07-01: \
             nothing here reads it.",
        );
    }
    Finding::good("hmac", "Nothing of the old HMAC clients is here; OAuth 2.0 is used.")
}

fn proxy(session: &Session) -> Finding {
    let set = |name: &&&str| variable(name).is_some_and(|value| !value.is_empty());
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    let api = session.endpoints.api_base();
    match names.iter().find(set) {
        // Its value may hold a password.
        Some(name) if api.scheme() == "https" => {
            Finding::note("proxy", format!("Calls go through the proxy that {name} names."))
        }
        _ => Finding::good("proxy", "No proxy is set: calls go straight."),
    }
}
