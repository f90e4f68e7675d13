#![expect(clippy::doc_markdown, reason = "some of these comments are the text of --help")]
//! The formats in which a token is printed.

use clap::ValueEnum;
use serde_json::{Value, json};

use crate::client::moment::rfc3339;

/// How an access token is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The token alone
    #[default]
    Raw,
    /// An HTTP header
    Header,
    /// Lines for a shell's eval
    Env,
    /// The token endpoint's answer, with the time of expiry
    Json,
    /// A file for curl -K
    Curl,
    /// Lines for eval that acquia/cli reads
    Acli,
    /// A client.authentication.k8s.io/v1 ExecCredential
    Kubectl,
    /// What a git credential helper answers
    Git,
    /// What an AWS credential_process prints
    Aws,
    /// Lines of a .env file
    Dotenv,
}

/// An access token with what the formats say of it.
#[derive(Clone, Copy)]
pub(crate) struct Printed<'a> {
    pub(crate) token: &'a str,
    /// Unix seconds.
    pub(crate) expires_at: i64,
    /// Unix seconds.
    pub(crate) now: i64,
    pub(crate) scope: Option<&'a str>,
    pub(crate) api_key: &'a str,
    /// The API's base URL.
    pub(crate) api: &'a str,
    /// The token URL.
    pub(crate) token_url: &'a str,
}

impl Printed<'_> {
    /// The text, ending with a new line.
    pub(crate) fn text(&self, format: Format) -> String {
        let (token, expiry) = (self.token, self.expires_at);
        match format {
            Format::Raw => format!("{token}\n"),
            Format::Header => format!("Authorization: Bearer {token}\n"),
            Format::Env => self.variables("export "),
            Format::Dotenv => self.variables(""),
            Format::Curl => format!("header = \"Authorization: Bearer {token}\"\n"),
            Format::Acli => self.acli(),
            Format::Git => {
                format!("username=oauth2\npassword={token}\npassword_expiry_utc={expiry}\n")
            }
            Format::Json => line(&self.json()),
            Format::Kubectl => line(&self.kubectl()),
            Format::Aws => line(&self.aws()),
        }
    }

    fn variables(&self, export: &str) -> String {
        let lines = [
            ("ACCESS_TOKEN", quoted(self.token)),
            ("ACCESS_TOKEN_EXPIRY", self.expires_at.to_string()),
            ("TOKEN_URL", quoted(self.token_url)),
            ("API_URL", quoted(self.api)),
        ];
        lines.map(|(name, value)| format!("{export}KEYMOOR_{name}={value}\n")).concat()
    }

    /// acquia/cli wants both the token and its expiry, and asks the URLs named beside them.
    fn acli(&self) -> String {
        format!(
            "export ACLI_ACCESS_TOKEN={}\nexport ACLI_ACCESS_TOKEN_EXPIRY={}\n\
             export ACLI_CLOUD_API_BASE_URI={}\nexport ACLI_CLOUD_API_ACCOUNTS_URI={}\n",
            quoted(self.token),
            self.expires_at,
            quoted(self.api),
            quoted(self.token_url)
        )
    }

    fn json(&self) -> Value {
        let mut json = json!({
            "access_token": self.token,
            "token_type": "Bearer",
            "expires_in": (self.expires_at - self.now).max(0),
            "expires_at": rfc3339(self.expires_at),
        });
        if let Some(scope) = self.scope {
            json["scope"] = scope.into();
        }
        json
    }

    fn kubectl(&self) -> Value {
        json!({
            "apiVersion": "client.authentication.k8s.io/v1",
            "kind": "ExecCredential",
            "status": { "token": self.token, "expirationTimestamp": rfc3339(self.expires_at) },
        })
    }

    /// AWS signs with the secret key; a gateway that takes bearer tokens reads the session token.
    /// The API Secret is in none of the fields.
    fn aws(&self) -> Value {
        json!({
            "Version": 1,
            "AccessKeyId": self.api_key,
            "SecretAccessKey": self.token,
            "SessionToken": self.token,
            "Expiration": rfc3339(self.expires_at),
        })
    }
}

fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// A word for a shell, whatever it holds.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::{Format, Printed, quoted};

    #[test]
    fn every_format_is_what_its_reader_takes() {
        let printed = Printed {
            token: "eyJ.a-b_c.d",
            expires_at: 1_700_000_300,
            now: 1_700_000_000,
            scope: Some("organization:1b1f3f1c-6c2f-4a35-9a0e-0d0f6a1c2b3d"),
            api_key: "6f0e8a8e-9d0f-4c55-8a55-5f8f3f0f0a11",
            api: "https://cloud.acquia.com/api",
            token_url: "https://accounts.acquia.com/api/auth/oauth/token",
        };
        let all: Vec<String> = Format::value_variants()
            .iter()
            .map(|format| {
                let name = format.to_possible_value().expect("no format is hidden");
                format!("# {}\n{}", name.get_name(), printed.text(*format))
            })
            .collect();
        insta::assert_snapshot!(all.concat(), @r#"
        # raw
        eyJ.a-b_c.d
        # header
        Authorization: Bearer eyJ.a-b_c.d
        # env
        export KEYMOOR_ACCESS_TOKEN='eyJ.a-b_c.d'
        export KEYMOOR_ACCESS_TOKEN_EXPIRY=1700000300
        export KEYMOOR_TOKEN_URL='https://accounts.acquia.com/api/auth/oauth/token'
        export KEYMOOR_API_URL='https://cloud.acquia.com/api'
        # json
        {"access_token":"eyJ.a-b_c.d","token_type":"Bearer","expires_in":300,"expires_at":"2023-11-14T22:18:20Z","scope":"organization:1b1f3f1c-6c2f-4a35-9a0e-0d0f6a1c2b3d"}
        # curl
        header = "Authorization: Bearer eyJ.a-b_c.d"
        # acli
        export ACLI_ACCESS_TOKEN='eyJ.a-b_c.d'
        export ACLI_ACCESS_TOKEN_EXPIRY=1700000300
        export ACLI_CLOUD_API_BASE_URI='https://cloud.acquia.com/api'
        export ACLI_CLOUD_API_ACCOUNTS_URI='https://accounts.acquia.com/api/auth/oauth/token'
        # kubectl
        {"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"eyJ.a-b_c.d","expirationTimestamp":"2023-11-14T22:18:20Z"}}
        # git
        username=oauth2
        password=eyJ.a-b_c.d
        password_expiry_utc=1700000300
        # aws
        {"Version":1,"AccessKeyId":"6f0e8a8e-9d0f-4c55-8a55-5f8f3f0f0a11","SecretAccessKey":"eyJ.a-b_c.d","SessionToken":"eyJ.a-b_c.d","Expiration":"2023-11-14T22:18:20Z"}
        # dotenv
        KEYMOOR_ACCESS_TOKEN='eyJ.a-b_c.d'
        KEYMOOR_ACCESS_TOKEN_EXPIRY=1700000300
        KEYMOOR_TOKEN_URL='https://accounts.acquia.com/api/auth/oauth/token'
        KEYMOOR_API_URL='https://cloud.acquia.com/api'
        "#);
    }

    #[test]
    fn a_quote_does_not_end_a_word() {
        assert_eq!(quoted("a'b;$(c)"), r"'a'\''b;$(c)'");
    }
}
