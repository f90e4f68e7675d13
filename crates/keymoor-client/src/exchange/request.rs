use base64::{Engine, prelude::BASE64_STANDARD};
use form_urlencoded::byte_serialize;
use keymoor_core::Scopes;
use serde_json::json;
use zeroize::Zeroizing;

use crate::credentials::Credentials;

/// How key and secret travel. Servers differ in what they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// In a form, as the Cloud Platform's documentation has it.
    #[default]
    Form,
    /// In an `Authorization: Basic` field, each percent-encoded first (RFC 6749 §2.3.1).
    Basic,
    /// In a JSON object.
    Json,
}

impl Style {
    /// `form`, `basic` or `json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Form => "form",
            Self::Basic => "basic",
            Self::Json => "json",
        }
    }
}

/// The text names no style.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no style of a token request: form, basic or json")]
pub struct NoStyle(String);

impl std::str::FromStr for Style {
    type Err = NoStyle;

    fn from_str(text: &str) -> Result<Self, NoStyle> {
        [Self::Form, Self::Basic, Self::Json]
            .into_iter()
            .find(|style| style.name() == text)
            .ok_or_else(|| NoStyle(text.to_owned()))
    }
}

/// A request for a token.
pub(crate) struct TokenRequest<'r> {
    pub(crate) credentials: &'r Credentials,
    /// What to ask for. If there is none, no `scope` is sent.
    pub(crate) scopes: &'r Scopes,
    pub(crate) style: Style,
}

/// What to send to a token endpoint, beside `Accept: application/json`.
pub(crate) struct Outgoing {
    pub(crate) content_type: &'static str,
    pub(crate) authorization: Option<Zeroizing<String>>,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

const FORM: &str = "application/x-www-form-urlencoded";

impl TokenRequest<'_> {
    pub(crate) fn render(&self) -> Outgoing {
        let scope = self.scopes.to_string();
        let scope = (!self.scopes.is_empty()).then_some(("scope", scope.as_str()));
        if self.credentials.login.is_some() {
            return of_form(self.refresh().into_iter().chain(scope));
        }
        let grant = [("grant_type", "client_credentials")];
        match self.style {
            Style::Form => of_form(self.pairs().into_iter().chain(grant).chain(scope)),
            Style::Basic => {
                let body = form(grant.into_iter().chain(scope));
                Outgoing { content_type: FORM, authorization: Some(self.basic()), body }
            }
            Style::Json => {
                let pairs = self.pairs().into_iter().chain(grant).chain(scope);
                let body = json_object(pairs);
                Outgoing { content_type: "application/json", authorization: None, body }
            }
        }
    }

    /// A request to end `token` (RFC 7009 §2.1).
    pub(crate) fn render_revocation(&self, token: &str) -> Outgoing {
        let public = usize::from(self.credentials.login.is_some());
        let pairs = self.pairs().into_iter().take(2 - public);
        of_form(pairs.chain([("token", token)]))
    }

    /// A public application has no secret to prove itself by: whoever has the refresh token is it.
    fn refresh(&self) -> [(&str, &str); 3] {
        let Credentials { key, secret, .. } = self.credentials;
        let (id, token) = (("client_id", key.as_str()), ("refresh_token", secret.expose()));
        [("grant_type", "refresh_token"), id, token]
    }

    fn pairs(&self) -> [(&str, &str); 2] {
        let Credentials { key, secret, .. } = self.credentials;
        [("client_id", key.as_str()), ("client_secret", secret.expose())]
    }

    fn basic(&self) -> Zeroizing<String> {
        let [(_, key), (_, secret)] = self.pairs();
        let mut pair = Zeroizing::new(String::with_capacity(3 * (key.len() + secret.len()) + 1));
        pair.extend(byte_serialize(key.as_bytes()));
        pair.push(':');
        pair.extend(byte_serialize(secret.as_bytes()));
        let encoded = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
        Zeroizing::new(format!("Basic {}", encoded.as_str()))
    }
}

/// A form to be sent as it is.
pub(crate) fn of_form<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Outgoing {
    Outgoing { content_type: FORM, authorization: None, body: form(pairs) }
}

fn form<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Zeroizing<Vec<u8>> {
    let mut text = String::with_capacity(4 * 1024);
    let mut form = form_urlencoded::Serializer::new(&mut text);
    form.extend_pairs(pairs);
    form.finish();
    Zeroizing::new(text.into_bytes())
}

fn json_object<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(4 * 1024));
    for (index, (name, value)) in pairs.enumerate() {
        text.extend_from_slice(if index == 0 { b"{" } else { b"," });
        text.extend_from_slice(json!(name).to_string().as_bytes());
        text.push(b':');
        let value = Zeroizing::new(serde_json::to_vec(value).unwrap_or_default());
        text.extend_from_slice(&value);
    }
    text.push(b'}');
    text
}
