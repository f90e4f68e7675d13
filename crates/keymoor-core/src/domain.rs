//! Domains that organizations have, and the domain of an e-mail address.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::name::Email;

/// Under which name a domain's owner puts the record that proves it.
const RECORD: &str = "_keymoor";
/// Names below a country's domain that are open to everybody, as in `co.uk`.
const OPEN: [&str; 14] =
    ["ac", "co", "com", "edu", "go", "gob", "gouv", "gov", "ltd", "ne", "net", "nom", "or", "org"];

/// The text cannot be a domain of an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDomain {
    /// No domain name in canonical form.
    #[error("must be a domain such as example.com")]
    Form,
    /// A domain that is everybody's: nobody proves to be all who have one below it.
    #[error("is a domain that many share; enter the one below it that is yours")]
    Shared,
}

/// A domain in the one spelling in which it is compared: lower case, A-labels (RFC 5890 §2.3.2.1), no
/// dot at its end, two labels or more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Domain(String);

impl Domain {
    /// Reads that one spelling. Domains that many share are refused by a simple rule: single labels,
    /// and two where the first is one of the usual names below a country's domain.
    pub fn parse(text: &str) -> Result<Self, InvalidDomain> {
        let labels: Vec<&str> = text.split('.').collect();
        let fits = text.len() < 253 - RECORD.len() && labels.iter().all(|label| is_label(label));
        let Some((last, rest)) = labels.split_last().filter(|_| fits) else {
            return Err(InvalidDomain::Form);
        };
        if last.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidDomain::Form);
        }
        match rest {
            [] => Err(InvalidDomain::Shared),
            [only] if last.len() == 2 && OPEN.contains(only) => Err(InvalidDomain::Shared),
            _ => Ok(Self(text.to_owned())),
        }
    }

    /// The domain of an address; `None` where that is no domain in canonical form.
    pub fn of(email: &Email) -> Option<Self> {
        let (_, domain) = email.as_str().rsplit_once('@')?;
        Self::parse(domain).ok()
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of the TXT record that proves whose it is.
    pub fn record(&self) -> String {
        format!("{RECORD}.{}", self.0)
    }
}

/// Letters, digits and hyphens, no hyphen at either end (RFC 1123 §2.1).
fn is_label(label: &str) -> bool {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(letters)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Domain {
    type Err = InvalidDomain;

    fn from_str(text: &str) -> Result<Self, InvalidDomain> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Domain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}
