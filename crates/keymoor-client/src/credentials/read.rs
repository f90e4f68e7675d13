use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Credentials, CredentialsError};

/// The names that a file, a command or an environment has for a key and its secret, in the order
/// in which they are looked for.
const NAMES: [(&str, &str); 3] = [
    ("KEYMOOR_KEY", "KEYMOOR_SECRET"),
    ("ACLI_KEY", "ACLI_SECRET"),
    ("CLIENT_ID", "CLIENT_SECRET"),
];

#[derive(Deserialize)]
struct Json {
    #[serde(alias = "client_id", alias = "api_key")]
    key: Zeroizing<String>,
    #[serde(alias = "client_secret", alias = "api_secret")]
    secret: Zeroizing<String>,
}

/// Reads JSON (`key` and `secret`, or `client_id` and `client_secret`, or `api_key` and
/// `api_secret`), or lines `KEYMOOR_KEY=…` and `KEYMOOR_SECRET=…` (or `ACLI_…`, or `CLIENT_ID` and
/// `CLIENT_SECRET`), with or without `export` and quotes.
pub fn read(text: &str) -> Result<Credentials, CredentialsError> {
    if text.trim_start().starts_with('{') {
        return read_json(text);
    }
    let pairs: Vec<_> = text.lines().filter_map(assignment).collect();
    let find = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
    NAMES
        .iter()
        .find_map(|(key, secret)| find(key).zip(find(secret)))
        .ok_or_else(|| CredentialsError::Missing("neither JSON nor KEYMOOR_KEY=… lines".to_owned()))
        .and_then(|(key, secret)| Credentials::new(key, secret))
}

fn read_json(text: &str) -> Result<Credentials, CredentialsError> {
    // The parser's own words might repeat a part of the secret.
    let json: Json = serde_json::from_str(text).map_err(|_| {
        CredentialsError::Missing("the JSON has no texts \"key\" and \"secret\"".to_owned())
    })?;
    Credentials::new(&json.key, &json.secret)
}

fn assignment(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    Some((name.trim(), unquoted(value.trim())))
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner;
        }
    }
    value
}
