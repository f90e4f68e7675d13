//! Asking which organization a resource belongs to.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt, Either, Empty, Limited};
use keymoor_core::{OrganizationId, refusal::Refusal};
use keymoor_guard::{LookUp, LookUpConfig};
use moka::future::Cache;
use serde::Deserialize;

use crate::{client::Client, config::InvalidConfig};

/// How long an answer may take.
const WHOLE: Duration = Duration::from_secs(5);
/// The most bytes of an answer.
const LENGTH: usize = 16 * 1024;
/// How many answers are kept, of each look-up.
const CAPACITY: u64 = 100_000;

/// The look-ups of a table, each with what it brought.
pub(crate) struct LookUps {
    client: Client,
    asked: Vec<(LookUpConfig, Cache<String, Option<OrganizationId>>)>,
}

#[derive(Deserialize)]
struct Answer {
    organization: OrganizationId,
}

impl LookUps {
    pub(crate) fn new(client: Client, look_ups: Vec<LookUpConfig>) -> Result<Self, InvalidConfig> {
        let kept = |config: LookUpConfig| {
            let url = config.url_of("x");
            let whole = url.parse::<Uri>().ok().filter(|uri| uri.authority().is_some());
            whole.ok_or_else(|| InvalidConfig(format!("{:?} is no URL", config.url)))?;
            let life = Duration::from_secs(config.seconds.into());
            let cache = Cache::builder().max_capacity(CAPACITY).time_to_live(life).build();
            Ok::<_, InvalidConfig>((config, cache))
        };
        let asked = look_ups.into_iter().map(kept).collect::<Result<_, _>>()?;
        Ok(Self { client, asked })
    }

    async fn ask(&self, url: &str) -> Result<Option<OrganizationId>, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "its URL is none")?;
        let request = Request::get(uri).header("accept", "application/json");
        let request = request.body(Either::Right(Empty::new())).map_err(|_| "its URL is none")?;
        let response = self.client.request(request).await.map_err(|_| "it cannot be reached")?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => {
                let body = Limited::new(response.into_body(), LENGTH).collect().await;
                let bytes: Bytes = body.map_err(|_| "its answer breaks off")?.to_bytes();
                let answer: Answer = serde_json::from_slice(&bytes)
                    .map_err(|_| "its answer is not {\"organization\": \"<uuid>\"}")?;
                Ok(Some(answer.organization))
            }
            _ => Err("it answers neither 200 nor 404"),
        }
    }
}

#[async_trait]
impl LookUp for LookUps {
    async fn organization(
        &self,
        number: usize,
        segment: &str,
    ) -> Result<Option<OrganizationId>, Refusal> {
        let (config, cache) = self.asked.get(number).ok_or(Refusal::Unavailable)?;
        let asked = async {
            let answer = tokio::time::timeout(WHOLE, self.ask(&config.url_of(segment))).await;
            answer.unwrap_or(Err("it does not answer within 5 seconds"))
        };
        cache.try_get_with_by_ref(segment, asked).await.map_err(|why| {
            tracing::warn!(url = config.url, why = *why, "a look-up of an organization failed");
            Refusal::Unavailable
        })
    }
}
