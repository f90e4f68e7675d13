//! Scopes (RFC 6749 §3.3): `organization:<uuid>`, and the names that a resource server knows.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::id::OrganizationId;

const ORGANIZATION: &str = "organization:";
/// No name begins so, in any case: what looks like an organization's scope is one or is malformed.
const RESERVED: &str = "organization";

/// The text is no list of scopes. One answer for every cause, so that an organization that does
/// not exist looks like one that is spelled wrongly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown or malformed scope")]
pub struct InvalidScope;

/// One scope.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// `organization:<uuid>`: opens the organization's resources where it enforces single sign-on.
    Organization(OrganizationId),
    /// What a resource server calls a part of its API, such as `reports:read`.
    Named(ScopeName),
}

/// The name of a part of an API: letters, digits and `. _ : / -`, a letter or digit first, at
/// most 64 characters (within the grammar of RFC 6749 §3.3).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeName(Box<str>);

impl ScopeName {
    /// The most characters of a name.
    pub const MAX_LENGTH: usize = 64;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ScopeName {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/-".contains(&byte);
        let starts = text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric);
        let reserved = text.get(..RESERVED.len()).is_some_and(|s| s.eq_ignore_ascii_case(RESERVED));
        let holds = starts && !reserved && text.len() <= Self::MAX_LENGTH && text.bytes().all(fits);
        if holds { Ok(Self(text.into())) } else { Err(InvalidScope) }
    }
}

impl fmt::Display for ScopeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ScopeName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ScopeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl FromStr for Scope {
    type Err = InvalidScope;

    fn from_str(text: &str) -> Result<Self, InvalidScope> {
        match text.strip_prefix(ORGANIZATION) {
            Some(id) => OrganizationId::parse(id).map(Self::Organization).map_err(|_| InvalidScope),
            None => text.parse().map(Self::Named),
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(id) => write!(f, "{ORGANIZATION}{id}"),
            Self::Named(name) => write!(f, "{name}"),
        }
    }
}

/// The scopes of a request or token, in the order asked for, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    /// The most scopes of one token, so that it fits a request header everywhere.
    pub const MAX: usize = 32;

    /// Reads a `scope` parameter: tokens parted by single blanks, nothing else (RFC 6749 §3.3).
    /// The empty string is no list; a caller treats it as an absent parameter.
    pub fn parse(text: &str) -> Result<Self, InvalidScope> {
        let mut scopes = Vec::new();
        for token in text.split(' ') {
            let scope = token.parse()?;
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
            if scopes.len() > Self::MAX {
                return Err(InvalidScope);
            }
        }
        Ok(Self(scopes))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each scope in order.
    pub fn iter(&self) -> impl Iterator<Item = &Scope> {
        self.0.iter()
    }

    /// The organizations among them, in order.
    pub fn organizations(&self) -> impl Iterator<Item = OrganizationId> + '_ {
        self.0.iter().filter_map(|scope| match scope {
            Scope::Organization(id) => Some(*id),
            Scope::Named(_) => None,
        })
    }

    /// Whether `scope` is among them.
    pub fn contains(&self, scope: &Scope) -> bool {
        self.0.contains(scope)
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scope) in self.0.iter().enumerate() {
            let blank = if index == 0 { "" } else { " " };
            write!(f, "{blank}{scope}")?;
        }
        Ok(())
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}
