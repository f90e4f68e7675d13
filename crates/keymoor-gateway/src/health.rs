//! Asking the addresses of an API whether they are fit to be used.

use std::{sync::Arc, time::Duration};

use http::Request;
use http_body_util::{Either, Empty};
use tokio::task::JoinHandle;

use crate::{
    client::Client,
    upstream::{ASKED, Address, Upstream},
};

/// How long an answer may take.
const WHOLE: Duration = Duration::from_secs(2);

/// Asks, for as long as it is kept.
pub(crate) struct Watch(Vec<JoinHandle<()>>);

impl Watch {
    /// Asks the addresses of those that name a path for it.
    pub(crate) fn over(upstreams: Vec<Arc<Upstream>>, client: &Client) -> Self {
        let watch = |upstream: Arc<Upstream>| {
            let client = client.clone();
            tokio::spawn(async move {
                let mut turn = tokio::time::interval(ASKED);
                loop {
                    turn.tick().await;
                    ask(&upstream, &client).await;
                }
            })
        };
        Self(upstreams.into_iter().map(watch).collect())
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.iter().for_each(JoinHandle::abort);
    }
}

async fn ask(upstream: &Upstream, client: &Client) {
    for address in upstream.addresses() {
        let fit = is_fit(upstream, address, client).await;
        if address.said(fit) {
            let address = address.authority.as_str();
            tracing::warn!(address, fit, "an address of the API changed its health");
        }
    }
}

async fn is_fit(upstream: &Upstream, address: &Address, client: &Client) -> bool {
    let path = upstream.health.as_deref().unwrap_or("/");
    let Some(uri) = address.uri(path) else { return false };
    let Ok(request) = Request::get(uri).body(Either::Right(Empty::new())) else { return false };
    let answer = tokio::time::timeout(WHOLE, client.send(request, upstream.h2c)).await;
    answer.is_ok_and(|answer| answer.is_ok_and(|response| response.status().is_success()))
}
