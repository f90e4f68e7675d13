//! Lists in HAL (draft-kelly-json-hal), as existing clients read them.

use keymoor_core::wire::listing::{Fields, Listing};
use serde_json::{Value, json};

use crate::{App, failure::Failure};

/// The link object of `path` on this server.
pub(crate) fn link(app: &App, path: &str) -> Value {
    json!({ "href": app.url(path) })
}

/// What a query wants of a list with those fields; see [`Listing`].
pub(crate) fn listing(query: Option<&str>, fields: Fields) -> Result<Listing, Failure> {
    Ok(Listing::parse(query.unwrap_or_default(), fields)?)
}

/// What is wanted of `items` at `path`, with the links that lead on. The total is of all that the
/// filter takes.
pub(crate) fn list(
    app: &App,
    path: &str,
    parent: &str,
    items: Vec<Value>,
    wanted: &Listing,
) -> Value {
    let items = wanted.select(items);
    let total = items.len();
    part(app, path, parent, &wanted.part(items), total, wanted)
}

/// The part of the list at `path` that is wanted, of `total` items, with the links that lead on.
pub(crate) fn part(
    app: &App,
    path: &str,
    parent: &str,
    items: &[Value],
    total: usize,
    wanted: &Listing,
) -> Value {
    let mut links = json!({ "self": link(app, path), "parent": link(app, parent) });
    if let Some(limit) = wanted.limit {
        let at = |offset: usize| link(app, &format!("{path}?{}", wanted.query_at(offset)));
        let next = wanted.offset.saturating_add(limit);
        if next < total {
            links["next"] = at(next);
        }
        if wanted.offset > 0 {
            links["prev"] = at(wanted.offset.saturating_sub(limit));
        }
    }
    json!({ "total": total, "_links": links, "_embedded": { "items": items } })
}

/// The answer to something that was done at `path`.
pub(crate) fn done(app: &App, message: &str, path: &str, parent: &str) -> Value {
    let links = json!({ "self": link(app, path), "parent": link(app, parent) });
    json!({ "message": message, "_links": links })
}

/// The answer to something that was made, and is at `path` from now on.
pub(crate) fn made(
    app: &App,
    message: &str,
    id: &dyn std::fmt::Display,
    path: &str,
    parent: &str,
) -> Value {
    let mut answer = done(app, message, path, parent);
    answer["uuid"] = Value::from(id.to_string());
    answer
}
