//! The protocols by which kubectl, git, AWS tools and Docker ask for credentials.

use std::collections::HashMap;

use serde_json::json;

/// What git asks for, line by line (gitcredentials(7), git-credential(1)).
#[derive(Debug, Default)]
pub(crate) struct GitRequest {
    fields: HashMap<String, String>,
    /// Whether this git takes a bearer token as what it is (2.46 and newer).
    bearer: bool,
}

impl GitRequest {
    pub(crate) fn parse(input: &str) -> Self {
        let mut request = Self::default();
        for line in input.lines().take_while(|line| !line.is_empty()) {
            let Some((name, value)) = line.split_once('=') else { continue };
            if name == "capability[]" && value == "authtype" {
                request.bearer = true;
            }
            request.fields.insert(name.to_owned(), value.to_owned());
        }
        request
    }

    /// The origin that git will send the answer to, if it says one.
    pub(crate) fn origin(&self) -> Option<String> {
        let (protocol, host) = (self.fields.get("protocol")?, self.fields.get("host")?);
        Some(format!("{protocol}://{host}"))
    }

    pub(crate) fn answer(&self, token: &str, expires_at: i64) -> String {
        if self.bearer {
            format!(
                "capability[]=authtype\nauthtype=Bearer\ncredential={token}\nephemeral=1\n\
                 password_expiry_utc={expires_at}\n"
            )
        } else {
            format!("username=oauth2\npassword={token}\npassword_expiry_utc={expires_at}\n")
        }
    }
}

/// What `docker-credential-… get` prints for the server that Docker names.
pub(crate) fn docker(server: &str, token: &str) -> String {
    format!("{}\n", json!({ "ServerURL": server, "Username": "oauth2", "Secret": token }))
}

/// What Docker takes as "there is none", word by word.
pub(crate) const DOCKER_NONE: &str = "credentials not found in native keychain";

/// Scheme, host and port of a URL or of a bare host, which Docker means as HTTPS.
pub(crate) fn origin(text: &str) -> Option<String> {
    let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
    let (scheme, rest) = whole.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    if host.is_empty() || host.contains('@') {
        return None;
    }
    let scheme = scheme.to_ascii_lowercase();
    let default = if scheme == "https" { ":443" } else { ":80" };
    Some(format!("{scheme}://{}", host.strip_suffix(default).unwrap_or(&host)))
}

#[cfg(test)]
mod tests {
    use super::{GitRequest, docker, origin};

    #[test]
    fn git_gets_a_password_or_a_bearer_token_as_it_can() {
        let old = GitRequest::parse("protocol=https\nhost=git.example.com\n\n");
        insta::assert_snapshot!(old.answer("t", 9), @r"
        username=oauth2
        password=t
        password_expiry_utc=9
        ");
        let new = GitRequest::parse("capability[]=authtype\nprotocol=https\nhost=h\n\n");
        insta::assert_snapshot!(new.answer("t", 9), @r"
        capability[]=authtype
        authtype=Bearer
        credential=t
        ephemeral=1
        password_expiry_utc=9
        ");
    }

    #[test]
    fn s97_where_git_will_send_the_answer_is_known() {
        let request = GitRequest::parse("protocol=https\nhost=git.example.com\n\nhost=x\n");
        assert_eq!(request.origin().as_deref(), Some("https://git.example.com"));
        assert_eq!(GitRequest::parse("protocol=https\n").origin(), None);
    }

    #[test]
    fn docker_gets_json() {
        insta::assert_snapshot!(docker("https://r.example.com/v2/", "t"), @r#"{"ServerURL":"https://r.example.com/v2/","Username":"oauth2","Secret":"t"}"#);
    }

    #[test]
    fn s97_origins_are_told_apart() {
        assert_eq!(origin("R.example.com:443/v2"), origin("https://r.example.com"));
        assert_ne!(origin("http://r.example.com"), origin("https://r.example.com"));
        assert_ne!(origin("https://r.example.com:8443"), origin("https://r.example.com"));
        assert_eq!(origin("https://r.example.com@evil.example"), None);
    }
}
