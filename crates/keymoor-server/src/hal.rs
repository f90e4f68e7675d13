//! Lists in HAL (draft-kelly-json-hal), as existing clients read them.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{App, failure::Failure};

/// Which part of a list is wanted; everything, unless a limit is given.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Page {
    limit: Option<usize>,
    offset: usize,
}

impl Page {
    /// Reads `limit` (1 or more) and `offset` from a query; other parameters are ignored.
    pub(crate) fn parse(query: Option<&str>) -> Result<Self, Failure> {
        let page: Self = axum::extract::Query::try_from_uri(&uri(query)?)
            .map(|axum::extract::Query(page)| page)
            .map_err(|_| Failure::Validation("limit", WHOLE_NUMBERS.to_owned()))?;
        if page.limit == Some(0) {
            return Err(Failure::Validation("limit", "must be 1 or more".to_owned()));
        }
        Ok(page)
    }

    fn of<T>(self, items: Vec<T>) -> Vec<T> {
        items.into_iter().skip(self.offset).take(self.limit.unwrap_or(usize::MAX)).collect()
    }
}

const WHOLE_NUMBERS: &str = "limit and offset must be whole numbers";

fn uri(query: Option<&str>) -> Result<http::Uri, Failure> {
    let uri = format!("/?{}", query.unwrap_or_default());
    uri.parse().map_err(|_| Failure::Validation("limit", WHOLE_NUMBERS.to_owned()))
}

/// The link object of `path` on this server.
pub(crate) fn link(app: &App, path: &str) -> Value {
    json!({ "href": app.url(path) })
}

/// The page of `items` at `path`, with the links that lead on.
pub(crate) fn list(app: &App, path: &str, parent: &str, items: Vec<Value>, page: Page) -> Value {
    let total = items.len();
    let mut links = json!({ "self": link(app, path), "parent": link(app, parent) });
    if let Some(limit) = page.limit {
        let at = |offset: usize| link(app, &format!("{path}?limit={limit}&offset={offset}"));
        if page.offset.saturating_add(limit) < total {
            links["next"] = at(page.offset + limit);
        }
        if page.offset > 0 {
            links["prev"] = at(page.offset.saturating_sub(limit));
        }
    }
    let items = page.of(items);
    json!({ "total": total, "_links": links, "_embedded": { "items": items } })
}
