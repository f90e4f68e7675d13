//! Why a call was refused, for those who may know more than the caller is told: the owner of the API
//! token that it came with, and the operator.
//!
//! Nothing secret stands in it: no token, no API Secret, no query, and no part of a path that is long
//! enough to be one.

mod backlog;
mod cause;
mod request_id;
mod words;

use std::net::IpAddr;

pub use backlog::{Backlog, MAX_REPORTED, RefusalReport};
pub use cause::{Cause, Circumstances, TokenRequestFault};
use http::HeaderMap;
pub use request_id::{InvalidRequestId, RequestId};
use serde::{Deserialize, Serialize};
pub use words::Explanation;

use crate::{
    claims::Claims,
    id::{ApiKey, TokenId},
    refusal::Refusal,
    time::UnixTime,
    wire::hmac_key_id,
};

/// The most characters of a path that are kept.
const PATH: usize = 200;
/// The longest segment of a path that is kept: a UUID. Whatever opens something is longer.
const SEGMENT: usize = 36;
/// The most characters of a method.
const METHOD: usize = 16;

/// Who called, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// Nobody who proved anything.
    Stranger,
    /// Somebody who named this API Key without its secret.
    Named(ApiKey),
    /// The bearer of a token that was issued to this API Key, or who knows its secret.
    Proved {
        /// The API Key.
        api_key: ApiKey,
        /// The access token's id.
        token: Option<TokenId>,
    },
}

impl Who {
    /// The API Key that was named, and whether it was proved.
    pub fn api_key(self) -> Option<(ApiKey, bool)> {
        match self {
            Self::Stranger => None,
            Self::Named(api_key) => Some((api_key, false)),
            Self::Proved { api_key, .. } => Some((api_key, true)),
        }
    }
}

impl From<&Claims> for Who {
    fn from(claims: &Claims) -> Self {
        Self::Proved { api_key: claims.client_id, token: Some(claims.jti) }
    }
}

/// A refusal with what only owner and operator may know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What the caller is told.
    pub refusal: Refusal,
    /// Who it was.
    pub who: Who,
    /// Why precisely.
    pub cause: Cause,
}

impl Refused {
    /// The refusal of HMAC, with what `headers` say of its key.
    pub fn hmac(headers: &HeaderMap) -> Box<Self> {
        let key_id = hmac_key_id(headers).map(str::to_owned);
        Box::new(Self { cause: Cause::Hmac { key_id }, ..*Self::stranger(Refusal::Hmac) })
    }

    /// A refusal of somebody who proved nothing.
    pub fn stranger(refusal: Refusal) -> Box<Self> {
        let cause = Cause::of(&refusal, None, &Circumstances::default());
        Box::new(Self { refusal, who: Who::Stranger, cause })
    }
}

/// A call that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedCall {
    /// What the answer's `X-Request-Id` says.
    pub id: RequestId,
    /// When, by the clock of whoever refused it.
    pub at: UnixTime,
    /// The status of the answer.
    pub status: u16,
    /// The method.
    pub method: String,
    /// The path as [`shown_path`] gives it.
    pub path: String,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// Who called.
    pub who: Who,
    /// Why it was refused.
    pub cause: Cause,
}

impl RefusedCall {
    /// The same, within the bounds of what is kept, whoever tells it.
    #[must_use]
    pub fn bounded(mut self) -> Self {
        self.method = bounded(&self.method, METHOD);
        self.path = shown_path(&self.path);
        self.cause = self.cause.bounded();
        self
    }
}

/// A path without what could open something: no query, and `…` for each segment that is longer than a
/// UUID. At most 200 characters.
pub fn shown_path(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.len() <= SEGMENT && path.is_ascii() {
        return bounded(path, PATH);
    }
    let shown = path.split('/').map(|part| if part.chars().count() > SEGMENT { "…" } else { part });
    bounded(&shown.collect::<Vec<_>>().join("/"), PATH)
}

/// At most `most` characters of what can be seen.
pub(crate) fn bounded(text: &str, most: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(most).collect()
}
