//! What people type: labels and e-mail addresses, parsed once at the edge.

use std::fmt;

use serde::Serialize;

/// The text cannot be a label or name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 255 characters, not blank, without control characters")]
pub struct InvalidLabel;

/// A human-readable label or name: 1 to 255 characters, trimmed, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Label(String);

impl Label {
    /// The most characters a label has.
    pub const MAX_CHARACTERS: usize = 255;

    /// Trims `text` and takes it if it is short, visible and on one line.
    pub fn parse(text: &str) -> Result<Self, InvalidLabel> {
        let text = text.trim();
        let fits = (1..=Self::MAX_CHARACTERS).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidLabel)
        }
    }

    /// The label's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text cannot be an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an e-mail address such as name@example.com, at most 254 bytes")]
pub struct InvalidEmail;

/// An e-mail address in the one spelling under which an account is found: ASCII, lower case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads `text`; whether mail arrives there only sending can tell (RFC 5321 §4.5.3.1 bounds).
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        let (local, domain) = text.split_once('@').ok_or(InvalidEmail)?;
        let parts = !local.is_empty() && local.len() <= 64 && !domain.is_empty();
        if printable && parts && !domain.contains('@') && text.len() <= 254 {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidEmail)
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
