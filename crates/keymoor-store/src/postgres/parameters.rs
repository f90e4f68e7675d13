//! The parameters of a database's URL. The driver would log unknown ones with their values.

use super::InvalidUrl;

/// What the driver reads.
const KNOWN: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// What libpq reads besides, and people copy.
const FOREIGN: [&str; 20] = [
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssencmode",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "passfile",
    "require_auth",
    "requirepeer",
    "service",
    "ssl_min_protocol_version",
    "sslcrl",
    "sslpassword",
    "target_session_attrs",
    "tcp_user_timeout",
];

/// Refuses a URL with a parameter that the driver does not read.
pub(super) fn check(url: &str) -> Result<(), InvalidUrl> {
    let (_, query) = url.split_once('?').unwrap_or_default();
    let (query, _) = query.split_once('#').unwrap_or((query, ""));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, _) = pair.split_once('=').unwrap_or((pair, ""));
        if !KNOWN.contains(&name) && !name.starts_with("options[") {
            let foreign = FOREIGN.into_iter().find(|foreign| *foreign == name);
            return Err(foreign.map_or(InvalidUrl::UnknownParameter, InvalidUrl::Parameter));
        }
    }
    Ok(())
}
