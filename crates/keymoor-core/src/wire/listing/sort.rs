use std::cmp::Ordering;

use serde_json::Value;

use super::{Fields, InvalidListing, kind_of, value_of};

/// The fields that decide the order, the first one first, and whether each is turned round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sort(Vec<(String, bool)>);

impl Sort {
    pub(super) fn parse(text: &str, fields: Fields) -> Result<Self, InvalidListing> {
        let keys = text.split(',').map(|key| {
            let (name, descending) =
                key.strip_prefix('-').map_or((key, false), |name| (name, true));
            kind_of(fields, name, "sort").map(|_| (name.to_owned(), descending))
        });
        keys.collect::<Result<_, _>>().map(Self)
    }

    /// Items that are alike in every field stay in the order in which they were.
    pub(super) fn apply(&self, items: &mut [Value]) {
        items.sort_by(|one, other| self.order(one, other));
    }

    fn order(&self, one: &Value, other: &Value) -> Ordering {
        let orders = self.0.iter().map(|(name, descending)| {
            let order = compare(value_of(one, name), value_of(other, name));
            if *descending { order.reverse() } else { order }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

/// What is missing comes first. Texts go by their letters, whether large or small.
fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => {
            one.to_lowercase().cmp(&other.to_lowercase()).then_with(|| one.cmp(other))
        }
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        _ => one
            .as_i64()
            .cmp(&other.as_i64())
            .then_with(|| one.is_null().cmp(&other.is_null()).reverse()),
    }
}
