//! Which items of a list are wanted, and in which order: `filter`, `sort`, `limit` and `offset` of a
//! query, as existing clients send them.
//!
//! `filter=name=@dev,name=ops;created_at>=2026-01-01` takes what has "dev" in its name or is named
//! "ops", and was made in 2026 or later: `,` is OR and binds closer than `;`, which is AND. A
//! backslash before `,`, `;`, `\`, `@` or `=` makes it part of the value. `sort=name,-created_at` sorts
//! by name, and newest first among those of one name.

mod filter;
mod sort;

use std::borrow::Cow;

use filter::Filter;
use serde_json::Value;
use sort::Sort;

/// What the values of a field are, which says what they are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// A whole number.
    Number,
    /// A time in UTC, or the beginning of one: `2026-11`, `2026-11-23T19:11`.
    Time,
    /// `true` or `false`.
    Flag,
}

/// The greatest number that every reader of JSON holds exactly: 2^53 - 1.
const GREATEST: usize = (1 << 53) - 1;

/// The fields that a list can be filtered and sorted by: a name, dotted where it is nested.
pub type Fields = &'static [(&'static str, Kind)];

/// A parameter that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{parameter} {problem}")]
pub struct InvalidListing {
    /// Which parameter.
    pub parameter: &'static str,
    /// What is wrong with it; names the field, if it is one's.
    pub problem: String,
}

impl InvalidListing {
    fn new(parameter: &'static str, problem: impl Into<String>) -> Self {
        Self { parameter, problem: problem.into() }
    }
}

/// What is wanted of a list; everything, unless a query says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    filter: Filter,
    sort: Sort,
    /// The most items, if there is a most.
    pub limit: Option<usize>,
    /// How many items come before.
    pub offset: usize,
    /// `filter` and `sort` as they came, for the links to other parts of the list.
    kept: Vec<(&'static str, String)>,
}

impl Listing {
    /// Reads a query. Other parameters are ignored, empty ones too.
    pub fn parse(query: &str, fields: Fields) -> Result<Self, InvalidListing> {
        let mut listing = Self::default();
        if let Some(text) = only(query, "filter")? {
            listing.filter = Filter::parse(&text, fields)?;
            listing.kept.push(("filter", text.into_owned()));
        }
        if let Some(text) = only(query, "sort")? {
            listing.sort = Sort::parse(&text, fields)?;
            listing.kept.push(("sort", text.into_owned()));
        }
        listing.limit = number(query, "limit")?;
        if listing.limit == Some(0) {
            return Err(InvalidListing::new("limit", "must be 1 or more"));
        }
        listing.offset = number(query, "offset")?.unwrap_or_default();
        Ok(listing)
    }

    /// Limit and offset, if nothing else is wanted: then whoever keeps the items in their order can read
    /// that part alone.
    pub fn part_alone(&self) -> Option<(usize, usize)> {
        self.limit.filter(|_| self.kept.is_empty()).map(|limit| (limit, self.offset))
    }

    /// The items that are wanted, in the order that is; all of them, whatever the limit.
    pub fn select(&self, mut items: Vec<Value>) -> Vec<Value> {
        items.retain(|item| self.filter.takes(item));
        self.sort.apply(&mut items);
        items
    }

    /// The part of the selected items that the limit and the offset leave.
    pub fn part<T>(&self, items: Vec<T>) -> Vec<T> {
        items.into_iter().skip(self.offset).take(self.limit.unwrap_or(usize::MAX)).collect()
    }

    /// The query for the part that begins at `offset`.
    pub fn query_at(&self, offset: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.kept);
        if let Some(limit) = self.limit {
            query.append_pair("limit", &limit.to_string());
        }
        query.append_pair("offset", &offset.to_string()).finish()
    }
}

/// The parameter of that name, which stands at most once.
fn only<'q>(query: &'q str, name: &'static str) -> Result<Option<Cow<'q, str>>, InvalidListing> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let mut found = pairs.filter(|(known, value)| known == name && !value.is_empty());
    let first = found.next().map(|(_, value)| value);
    match found.next() {
        Some(_) => Err(InvalidListing::new(name, "stands more than once")),
        None => Ok(first),
    }
}

fn number(query: &str, name: &'static str) -> Result<Option<usize>, InvalidListing> {
    let Some(text) = only(query, name)? else {
        return Ok(None);
    };
    let number: Option<usize> = text.parse().ok().filter(|number| *number <= GREATEST);
    let problem = || InvalidListing::new(name, "must be a whole number");
    number.map(Some).ok_or_else(problem)
}

/// The kind of the field of that name.
fn kind_of(fields: Fields, name: &str, parameter: &'static str) -> Result<Kind, InvalidListing> {
    let found = fields.iter().find(|(known, _)| *known == name).map(|(_, kind)| *kind);
    found.ok_or_else(|| {
        let names: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        let problem = format!("has no field \"{name}\" here; there are {}", names.join(", "));
        InvalidListing::new(parameter, problem)
    })
}

/// The value of a field, dotted where it is nested; null where there is none.
fn value_of<'v>(item: &'v Value, name: &str) -> &'v Value {
    name.split('.').fold(item, |value, part| value.get(part).unwrap_or(&Value::Null))
}
