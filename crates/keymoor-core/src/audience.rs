//! The APIs that tokens are for (RFC 8707, RFC 9068 §2.2): each has an identifier, the `aud`.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    str::FromStr,
    sync::Arc,
};

use http::Uri;

use crate::scope::ScopeName;

/// The text cannot identify an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "must be an absolute URI without a fragment, at most 255 characters, such as https://api.example.com"
)]
pub struct InvalidIdentifier;

/// The identifier of an API: an absolute URI without a fragment (RFC 8707 §2). Compared as text,
/// character by character.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiIdentifier(Arc<str>);

impl ApiIdentifier {
    /// The most characters.
    pub const MAX_LENGTH: usize = 255;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiIdentifier {
    type Err = InvalidIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidIdentifier> {
        let plain = |byte: u8| byte.is_ascii_graphic() && !b"\"\\#<>^`{|}".contains(&byte);
        let fits = text.len() <= Self::MAX_LENGTH && text.bytes().all(plain);
        if fits && is_absolute(text) { Ok(Self(text.into())) } else { Err(InvalidIdentifier) }
    }
}

/// A scheme and something after it: a URL with a host, or a URN.
fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    match scheme {
        "urn" => rest.contains(':'),
        _ => text.parse::<Uri>().is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some()),
    }
}

impl fmt::Display for ApiIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One API as the token endpoint knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    /// The scopes it knows besides those of organizations.
    pub scopes: Vec<ScopeName>,
}

/// Every API that tokens can be for. One is meant where a request names none.
#[derive(Clone, Debug)]
pub struct Audiences {
    default: Arc<str>,
    known: HashMap<Arc<str>, Audience>,
}

impl Audiences {
    /// Only the API that is meant where none is named.
    pub fn new(default: Arc<str>) -> Self {
        let known = HashMap::from([(default.clone(), Audience::default())]);
        Self { default, known }
    }

    /// The identifier of the API that is meant where none is named.
    pub fn default_identifier(&self) -> &Arc<str> {
        &self.default
    }

    /// Makes an API known, or what is known of it anew.
    pub fn insert(&mut self, identifier: &ApiIdentifier, audience: Audience) {
        self.known.insert(identifier.0.clone(), audience);
    }

    /// Every scope that some API knows, each once, in alphabetical order.
    pub fn scopes(&self) -> Vec<ScopeName> {
        let all = self.known.values().flat_map(|audience| &audience.scopes);
        all.collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }

    /// The API that `resource` names; the default one if it is `None`.
    pub fn find(&self, resource: Option<&str>) -> Option<(&Arc<str>, &Audience)> {
        self.known.get_key_value(resource.unwrap_or(&self.default))
    }
}
