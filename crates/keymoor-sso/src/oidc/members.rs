//! JSON objects read strictly: a name twice is an error, and the order is kept.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, Visitor},
};
use serde_json::Value;
use zeroize::Zeroizing;

/// The members of one object. A name that comes twice would mean one thing here and another
/// elsewhere (RFC 8259 §4), so it is refused. No `Debug`: the values may be secrets.
#[derive(Default)]
pub(super) struct Members(Vec<(String, Value)>);

impl Members {
    /// Reads an object and nothing behind it; the error says what is wrong, not what was sent.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, NotAnObject> {
        serde_json::from_slice(bytes).map_err(|_| NotAnObject)
    }

    /// The member of that name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// A text member: `Ok(None)` if it is absent, an error if it is something else.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, WrongType> {
        self.get(name).map(|value| value.as_str().ok_or(WrongType(name))).transpose()
    }

    /// A member that is a list of texts.
    pub(super) fn texts(&self, name: &'static str) -> Result<Option<Vec<&str>>, WrongType> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let list = value.as_array().ok_or(WrongType(name))?;
        let texts = list.iter().map(|one| one.as_str().ok_or(WrongType(name)));
        texts.collect::<Result<_, _>>().map(Some)
    }

    /// A member that is true or false; false if it is absent.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, WrongType> {
        self.get(name).map_or(Ok(false), |value| value.as_bool().ok_or(WrongType(name)))
    }

    /// Takes a text member out, so that it can be wiped.
    pub(super) fn take_text(&mut self, name: &str) -> Option<Zeroizing<String>> {
        let (_, value) = self.0.iter_mut().find(|(known, _)| known == name)?;
        match value.take() {
            Value::String(text) => Some(Zeroizing::new(text)),
            _ => None,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// Not a JSON object with each name once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotAnObject;

/// The named member is there, and of another type than it has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrongType(pub(super) &'static str);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachOnce)
    }
}

struct EachOnce;

impl<'de> Visitor<'de> for EachOnce {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let (mut members, mut seen) = (Vec::new(), std::collections::HashSet::new());
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if !seen.insert(name.clone()) {
                return Err(A::Error::custom("a name comes twice"));
            }
            members.push((name, value));
        }
        Ok(Members(members))
    }
}
