//! Lists in HAL, page after page, as streams.

use std::collections::{HashSet, VecDeque};

use futures_util::stream::{BoxStream, StreamExt, TryStreamExt, iter, try_unfold};
use serde_json::Value;

use super::{Call, Client, Response};
use crate::error::Error;

/// One page of a list.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Page {
    /// The items in it.
    pub items: Vec<Value>,
    /// How many there are in the whole list, if the answer says so.
    pub total: Option<u64>,
    /// The whole answer.
    pub body: Value,
}

/// Where the stream is.
struct Walk {
    client: Client,
    next: Option<Call>,
    seen: HashSet<String>,
}

impl Client {
    /// The pages of the list that `call` gets, as long as there is a `next` link. The token stays
    /// within the API's origin: a link that leads elsewhere ends the stream with an error.
    pub fn pages(&self, call: Call) -> BoxStream<'static, Result<Page, Error>> {
        let walk = Walk { client: self.clone(), next: Some(call), seen: HashSet::new() };
        try_unfold(walk, Walk::step).boxed()
    }

    /// The items of the list that `call` gets, of all its pages.
    pub fn items(&self, call: Call) -> BoxStream<'static, Result<Value, Error>> {
        let queues = self.pages(call).map_ok(|page| VecDeque::from(page.items));
        queues.map_ok(|items| iter(items.into_iter().map(Ok))).try_flatten().boxed()
    }
}

impl Walk {
    async fn step(mut self) -> Result<Option<(Page, Self)>, Error> {
        let Some(call) = self.next.take() else { return Ok(None) };
        let headers = call.headers.clone();
        let response = self.client.call(call).await?;
        let path = response.url().path().to_owned();
        let body: Value = response.json()?;
        if !self.seen.insert(response.url().to_string()) {
            return Err(Error::NotAList { path, what: "its pages lead in a circle" });
        }
        let page =
            page(body).ok_or_else(|| Error::NotAList { path: path.clone(), what: NO_LIST })?;
        self.next =
            next(&page.body, &response)?.map(|target| Call { headers, ..Call::get(target) });
        Ok(Some((page, self)))
    }
}

const NO_LIST: &str = "its answer has no _embedded.items";

fn page(body: Value) -> Option<Page> {
    let items = body.get("_embedded")?.get("items")?.as_array()?.clone();
    Some(Page { items, total: body.get("total").and_then(Value::as_u64), body })
}

/// The whole URL of the next page. A link may be relative to the page that holds it.
fn next(body: &Value, page: &Response) -> Result<Option<String>, Error> {
    let Some(link) = body["_links"]["next"]["href"].as_str() else { return Ok(None) };
    // A template's variables are optional (RFC 6570).
    let link = link.split('{').next().unwrap_or_default();
    let path = page.url().path().to_owned();
    let bad = |_| Error::NotAList { path, what: "its link to the next page is no URL" };
    // Whole, so that a port in it is seen as it was written.
    if link.contains("://") {
        return Ok(Some(link.to_owned()));
    }
    Ok(Some(page.url().join(link).map_err(bad)?.to_string()))
}
