//! What can be seen without asking anybody.

use std::path::Path;

use keymoor_client::Credentials;

use super::{Finding, Session};
use crate::client::{failure::Reason, session::variable};

pub(super) fn all(session: &Session) -> Vec<Finding> {
    let secret = match session.credentials() {
        Ok(Some(pair)) => secret(&pair),
        Ok(None) => Finding::note("secret", "An access token was handed on; none is used."),
        Err(failure) => {
            Finding::bad("secret", Reason::Credentials, format!("{}.", failure.message))
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
    if pair.login.is_some() {
        return Finding::good(
            "secret",
            "A refresh token of a login by device; each use replaces it.",
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
    let text = |name: &str| variable(name)?.into_string().ok().filter(|text| !text.is_empty());
    let api = session.endpoints.api_base();
    match through(api.scheme(), api.host_str().unwrap_or_default(), text) {
        // Its value may hold a password.
        Ok(name) => {
            Finding::note("proxy", format!("Calls go through the proxy that {name} names."))
        }
        Err(Some(name)) => Finding::note("proxy", format!("{name} is set, and not used here.")),
        Err(None) => Finding::good("proxy", "No proxy is set: calls go straight."),
    }
}

/// The variable whose proxy calls go through; else one that is set and not used for them.
fn through(
    scheme: &str,
    host: &str,
    text: impl Fn(&str) -> Option<String>,
) -> Result<&'static str, Option<&'static str>> {
    let first = |names: &[&'static str]| names.iter().copied().find(|name| text(name).is_some());
    let used = first(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]);
    let spared = text("NO_PROXY").or_else(|| text("no_proxy")).is_some_and(|list| {
        list.split(',').map(|one| one.trim().trim_start_matches('.')).any(|one| {
            one == "*" || host.strip_suffix(one).is_some_and(|r| r.is_empty() || r.ends_with('.'))
        })
    });
    match used {
        // Plain http goes to this machine alone, and through no proxy.
        Some(name) if scheme == "https" && !spared => Ok(name),
        _ => Err(used.or_else(|| first(&["HTTP_PROXY", "http_proxy"]))),
    }
}

#[cfg(test)]
mod tests {
    use super::through;

    fn set(scheme: &str, variables: &[(&str, &str)]) -> Result<&'static str, Option<&'static str>> {
        through(scheme, "api.example.com", |name| {
            let found = variables.iter().find(|(one, _)| *one == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn which_proxy_is_used_is_told() {
        let https = ("HTTPS_PROXY", "http://p");
        assert_eq!(set("https", &[https]), Ok("HTTPS_PROXY"));
        assert_eq!(set("http", &[https]), Err(Some("HTTPS_PROXY")));
        assert_eq!(set("https", &[("HTTP_PROXY", "http://p")]), Err(Some("HTTP_PROXY")));
        assert_eq!(
            set("https", &[https, ("NO_PROXY", "a, .example.com")]),
            Err(Some("HTTPS_PROXY"))
        );
        assert_eq!(set("https", &[https, ("NO_PROXY", "ample.com")]), Ok("HTTPS_PROXY"));
        assert_eq!(set("https", &[]), Err(None));
    }
}
