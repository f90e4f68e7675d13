use super::{ScimError, USER};

/// The most bytes of a filter.
const MAX: usize = 2048;

/// What a list is narrowed to. Every condition that is there has to hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `userName eq`, in lower case.
    pub user_name: Option<String>,
    /// `externalId eq`.
    pub external_id: Option<String>,
    /// `id eq`.
    pub id: Option<String>,
    /// `emails.value eq`, in lower case.
    pub email: Option<String>,
    /// `active eq`.
    pub active: Option<bool>,
    /// Two conditions contradict each other, so nobody fits.
    pub nobody: bool,
}

impl Filter {
    /// Reads `attribute eq value` with `and` between several (RFC 7644 §3.4.2.2), and an empty text as
    /// no condition. Other operators are refused.
    pub fn parse(text: &str) -> Result<Self, ScimError> {
        let mut filter = Self::default();
        if text.len() > MAX {
            return Err(invalid("the filter is too long"));
        }
        let mut rest = text.trim();
        while !rest.is_empty() {
            rest = filter.condition(rest)?;
        }
        Ok(filter)
    }

    /// Takes one condition in and gives what follows it.
    fn condition<'t>(&mut self, text: &'t str) -> Result<&'t str, ScimError> {
        let (attribute, rest) = word(text)?;
        let (operator, rest) = word(rest)?;
        if !operator.eq_ignore_ascii_case("eq") {
            return Err(invalid("conditions are attribute eq value, with and between several"));
        }
        let (value, rest) = value(rest)?;
        if matches!(&value, Literal::Text(text) if text.contains(char::is_control)) {
            return Err(invalid("a value has no control characters"));
        }
        self.narrow(attribute, &value)?;
        let rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(rest);
        }
        match word(rest) {
            Ok((and, next)) if and.eq_ignore_ascii_case("and") => Ok(next.trim_start()),
            _ => Err(invalid("conditions are joined by and")),
        }
    }

    fn narrow(&mut self, attribute: &str, value: &Literal) -> Result<(), ScimError> {
        let name = attribute.to_ascii_lowercase();
        let schema = format!("{}:", USER.to_ascii_lowercase());
        let name = name.strip_prefix(&schema).unwrap_or(&name);
        let (place, value) = match (name, value) {
            ("username", Literal::Text(text)) => (&mut self.user_name, text.to_lowercase()),
            ("externalid", Literal::Text(text)) => (&mut self.external_id, text.clone()),
            ("id", Literal::Text(text)) => (&mut self.id, text.clone()),
            ("emails" | "emails.value" | "emails[type eq \"work\"].value", Literal::Text(text)) => {
                (&mut self.email, text.to_lowercase())
            }
            ("active", literal) => {
                let wanted = literal.boolean();
                let wanted = wanted.ok_or_else(|| invalid("active is true or false"))?;
                self.nobody |= self.active.is_some_and(|known| known != wanted);
                self.active = Some(wanted);
                return Ok(());
            }
            _ => {
                return Err(invalid(
                    "can be filtered by userName, externalId, id, emails.value and active",
                ));
            }
        };
        self.nobody |= place.as_ref().is_some_and(|known| *known != value);
        *place = Some(value);
        Ok(())
    }
}

/// The value of a condition.
pub(super) enum Literal {
    Text(String),
    Bool(bool),
}

impl Literal {
    pub(super) fn boolean(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Self::Text(_) => None,
        }
    }
}

fn invalid(detail: &str) -> ScimError {
    ScimError::typed("invalidFilter", detail)
}

/// What stands before the next blank outside of brackets, and what follows.
fn word(text: &str) -> Result<(&str, &str), ScimError> {
    let text = text.trim_start();
    let mut depth = 0_i32;
    for (at, character) in text.char_indices() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            ' ' if depth == 0 => return Ok((&text[..at], &text[at..])),
            _ => {}
        }
    }
    Err(invalid("a condition is attribute eq value"))
}

/// A text in JSON's spelling, or `true` or `false`; and what follows.
pub(super) fn value(text: &str) -> Result<(Literal, &str), ScimError> {
    let text = text.trim_start();
    let mut read = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    let first = read.next().and_then(Result::ok);
    let rest = &text[read.byte_offset()..];
    match first {
        Some(serde_json::Value::String(text)) => Ok((Literal::Text(text), rest)),
        Some(serde_json::Value::Bool(value)) => Ok((Literal::Bool(value), rest)),
        _ if text.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("true")) => {
            Ok((Literal::Bool(true), &text[4..]))
        }
        _ if text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("false")) => {
            Ok((Literal::Bool(false), &text[5..]))
        }
        _ => Err(invalid("a value is a text in quotes, true or false")),
    }
}
