//! The parameters of a request at an OAuth endpoint, from a form or a JSON object.

use std::{borrow::Cow, fmt};

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use zeroize::Zeroizing;

use super::{InvalidRequest, OAuthError, media::Media};

/// A value that may be a secret: wiped when dropped.
type Text = Zeroizing<String>;

/// The parameters that Keymoor knows. Empty ones are absent, others are ignored, and none stands
/// twice (RFC 6749 §3.2).
#[derive(Default)]
pub(super) struct Parameters {
    pub(super) grant_type: Option<Text>,
    pub(super) client_id: Option<Text>,
    pub(super) client_secret: Option<Text>,
    pub(super) scope: Option<Text>,
    pub(super) resource: Option<Text>,
    pub(super) token: Option<Text>,
    pub(super) code: Option<Text>,
    pub(super) redirect_uri: Option<Text>,
    pub(super) code_verifier: Option<Text>,
    pub(super) refresh_token: Option<Text>,
    pub(super) device_code: Option<Text>,
    seen: Vec<&'static str>,
}

/// The names that count, here and in [`names_one`].
const NAMES: [&str; 11] = [
    "grant_type",
    "client_id",
    "client_secret",
    "scope",
    "resource",
    "token",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "device_code",
];

/// Whether a URL's query names a parameter that belongs in the body.
pub(super) fn names_one(query: &str) -> bool {
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| NAMES.contains(&&*name))
}

impl Parameters {
    pub(super) fn parse(media: Media, body: &[u8]) -> Result<Self, OAuthError> {
        match media {
            Media::Form => Self::parse_form(body),
            Media::Json => Self::parse_json(body),
        }
    }

    fn parse_form(body: &[u8]) -> Result<Self, OAuthError> {
        let mut parameters = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            parameters.set(&name, value)?;
        }
        Ok(parameters)
    }

    fn parse_json(body: &[u8]) -> Result<Self, OAuthError> {
        let members: Members = serde_json::from_slice(body)
            .map_err(|_| OAuthError::InvalidRequest(InvalidRequest::Json))?;
        let mut parameters = Self::default();
        for (name, value) in members.0 {
            parameters.set(name, value)?;
        }
        Ok(parameters)
    }

    fn set(&mut self, name: &str, value: Cow<'_, str>) -> Result<(), OAuthError> {
        let Some(name) = NAMES.into_iter().find(|known| *known == name) else {
            return Ok(());
        };
        if self.seen.contains(&name) {
            // RFC 8707 lets a request name several APIs; a token of ours is for one.
            let repeated = OAuthError::InvalidRequest(InvalidRequest::Repeated(name));
            return Err(if name == "resource" { OAuthError::InvalidTarget } else { repeated });
        }
        self.seen.push(name);
        let value = Zeroizing::new(value.into_owned());
        *self.slot(name) = Some(value).filter(|value| !value.is_empty());
        Ok(())
    }

    fn slot(&mut self, name: &str) -> &mut Option<Text> {
        match name {
            "grant_type" => &mut self.grant_type,
            "client_id" => &mut self.client_id,
            "client_secret" => &mut self.client_secret,
            "resource" => &mut self.resource,
            "token" => &mut self.token,
            "code" => &mut self.code,
            "redirect_uri" => &mut self.redirect_uri,
            "code_verifier" => &mut self.code_verifier,
            "refresh_token" => &mut self.refresh_token,
            "device_code" => &mut self.device_code,
            _ => &mut self.scope,
        }
    }
}

/// The members of a JSON object that Keymoor knows, repeated ones included; a member that is
/// `null` counts as empty, and one that is neither is an error.
struct Members(Vec<(&'static str, Cow<'static, str>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            if let Some(known) = NAMES.into_iter().find(|known| *known == name) {
                let value: Option<String> = map.next_value()?;
                members.push((known, Cow::Owned(value.unwrap_or_default())));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Members(members))
    }
}
