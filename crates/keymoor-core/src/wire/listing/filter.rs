use std::cmp::Ordering;

use serde_json::Value;

use super::{Fields, InvalidListing, Kind, kind_of, value_of};

/// Groups of which each has to hold; a group holds if one of its conditions does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter(Vec<Vec<Condition>>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Condition {
    field: String,
    operator: Operator,
    value: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Contains,
    Lacks,
}

/// Longer ones first: `>=` is not `>`.
const OPERATORS: [(&str, Operator); 8] = [
    ("!=", Operator::Unequal),
    ("!@", Operator::Lacks),
    ("=@", Operator::Contains),
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
];

/// What the value of a field is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Operand {
    Text(String),
    Number(i64),
    Flag(bool),
}

fn invalid(problem: String) -> InvalidListing {
    InvalidListing::new("filter", problem)
}

impl Filter {
    pub(super) fn parse(text: &str, fields: Fields) -> Result<Self, InvalidListing> {
        let groups = split(text, ';').into_iter().map(|group| {
            split(&group, ',').iter().map(|text| Condition::parse(text, fields)).collect()
        });
        groups.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn takes(&self, item: &Value) -> bool {
        self.0.iter().all(|group| group.iter().any(|condition| condition.holds(item)))
    }
}

/// Parts `text` where `at` stands without a backslash before it; the backslashes stay.
fn split(text: &str, at: char) -> Vec<String> {
    let (mut parts, mut escaped) = (vec![String::new()], false);
    for character in text.chars() {
        if character == at && !escaped {
            parts.push(String::new());
        } else if let Some(last) = parts.last_mut() {
            last.push(character);
        }
        escaped = character == '\\' && !escaped;
    }
    parts
}

/// Takes away the backslashes before what would mean something without one.
fn unescape(text: &str) -> String {
    let (mut plain, mut characters) = (String::new(), text.chars().peekable());
    while let Some(character) = characters.next() {
        let special = |next: &char| matches!(next, ',' | ';' | '\\' | '@' | '=');
        match characters.peek() {
            Some(next) if character == '\\' && special(next) => plain.extend(characters.next()),
            _ => plain.push(character),
        }
    }
    plain
}

impl Condition {
    fn parse(text: &str, fields: Fields) -> Result<Self, InvalidListing> {
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let (field, rest) = text.split_at(text.find(|c| !name(c)).unwrap_or(text.len()));
        let found = OPERATORS
            .iter()
            .find_map(|(sign, operator)| rest.strip_prefix(sign).map(|value| (*operator, value)));
        let Some((operator, value)) = found else {
            let known = "a field and one of = != > < >= <= =@ !@";
            return Err(invalid(format!("needs {known}, and a value, but has \"{text}\"")));
        };
        let kind = kind_of(fields, field, "filter")?;
        let value = operand(field, kind, operator, &unescape(value))?;
        Ok(Self { field: field.to_owned(), operator, value })
    }

    fn holds(&self, item: &Value) -> bool {
        let value = value_of(item, &self.field);
        match self.operator {
            Operator::Contains => self.value.is_in(value),
            Operator::Lacks => !self.value.is_in(value),
            Operator::Unequal => self.value.order_of(value) != Some(Ordering::Equal),
            Operator::Equal => self.value.order_of(value) == Some(Ordering::Equal),
            Operator::Greater => self.value.order_of(value) == Some(Ordering::Greater),
            Operator::Less => self.value.order_of(value) == Some(Ordering::Less),
            Operator::GreaterOrEqual => self.value.order_of(value).is_some_and(Ordering::is_ge),
            Operator::LessOrEqual => self.value.order_of(value).is_some_and(Ordering::is_le),
        }
    }
}

/// Reads the value of a condition as the field's kind asks.
fn operand(
    field: &str,
    kind: Kind,
    operator: Operator,
    text: &str,
) -> Result<Operand, InvalidListing> {
    let contains = matches!(operator, Operator::Contains | Operator::Lacks);
    if contains && matches!(kind, Kind::Number | Kind::Flag) {
        return Err(invalid(format!("cannot look for a text in the field \"{field}\"")));
    }
    let wrong = |what: &str| invalid(format!("compares the field \"{field}\" with no {what}"));
    match kind {
        Kind::Text => Ok(Operand::Text(text.to_owned())),
        Kind::Time if contains || is_time(text) => Ok(Operand::Text(text.to_owned())),
        Kind::Time => Err(wrong("time such as 2026-11-23T19:11:00+00:00 or its beginning")),
        Kind::Number => text.parse().map(Operand::Number).map_err(|_| wrong("whole number")),
        Kind::Flag => text.parse().map(Operand::Flag).map_err(|_| wrong("true or false")),
    }
}

/// Whether `text` is the beginning of a time as the wire format writes it. Such times are in the
/// order of their texts.
fn is_time(text: &str) -> bool {
    const PATTERN: &str = "0000-00-00T00:00:00+00:00";
    let fits = |(given, known): (char, char)| {
        if known == '0' { given.is_ascii_digit() } else { given == known }
    };
    (4..=PATTERN.len()).contains(&text.len()) && text.chars().zip(PATTERN.chars()).all(fits)
}

impl Operand {
    /// How `value` compares with this; `None` for what is of another kind.
    fn order_of(&self, value: &Value) -> Option<Ordering> {
        match self {
            Self::Text(text) => value.as_str().map(|value| value.cmp(text.as_str())),
            Self::Number(number) => value.as_i64().map(|value| value.cmp(number)),
            Self::Flag(flag) => value.as_bool().map(|value| value.cmp(flag)),
        }
    }

    /// Whether it stands in `value`, large letters for small ones.
    fn is_in(&self, value: &Value) -> bool {
        match (self, value.as_str()) {
            (Self::Text(text), Some(value)) => value.to_lowercase().contains(&text.to_lowercase()),
            _ => false,
        }
    }
}
