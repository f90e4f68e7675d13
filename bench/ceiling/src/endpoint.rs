//! From a request to its answer: read, parse, compare, sign, serialise.

use std::{
    convert::Infallible,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::Body,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use serde::Serialize;

use crate::{
    clients::{Clients, random_uuid},
    request::{Refusal, TokenRequest},
    signer::{Claims, Signer},
};

/// Seconds that an access token lives.
const TOKEN_LIFE: u64 = 300;
/// The longest body that is read, in bytes.
const MAX_BODY_LENGTH: usize = 16 * 1024;

/// The token endpoint.
pub(crate) struct Endpoint {
    issuer: String,
    audience: String,
    clients: Clients,
    signer: Signer,
}

/// The JSON body of RFC 6749 §5.1.
#[derive(Serialize)]
struct TokenResponse<'a> {
    access_token: &'a str,
    token_type: &'static str,
    /// Seconds.
    expires_in: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
}

/// The JSON body of RFC 6749 §5.2.
#[derive(Serialize)]
struct ErrorResponse {
    error: &'static str,
}

impl Endpoint {
    /// `issuer` is the server's own URL. The audience is the one that Keymoor takes by default.
    pub(crate) fn new(issuer: String, clients: Clients, signer: Signer) -> Self {
        let audience = format!("{issuer}/api");
        Self { issuer, audience, clients, signer }
    }

    /// Answers any POST as a token request, whatever its path.
    pub(crate) async fn answer<B>(
        &self,
        request: Request<B>,
    ) -> Result<Response<Full<Bytes>>, Infallible>
    where
        B: Body<Data = Bytes>,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let issued = match read(request).await {
            Ok(body) => self.issue(&body),
            Err(refusal) => Err(refusal),
        };
        Ok(match issued {
            Ok(body) => json(StatusCode::OK, body),
            Err(refusal) => refuse(refusal),
        })
    }

    fn issue(&self, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let request = TokenRequest::parse(body)?;
        let client = self
            .clients
            .authenticate(&request.client_id, &request.client_secret)
            .ok_or(Refusal::InvalidClient)?;
        let now = now();
        let token = self.signer.sign(&Claims {
            iss: &self.issuer,
            sub: &client.account,
            client_id: &request.client_id,
            aud: &self.audience,
            exp: now + TOKEN_LIFE,
            iat: now,
            jti: &random_uuid(),
            scope: request.scope.as_deref(),
        });
        Ok(to_json(&TokenResponse {
            access_token: &token,
            token_type: "Bearer",
            expires_in: TOKEN_LIFE,
            scope: request.scope.as_deref(),
        }))
    }

    #[cfg(test)]
    pub(crate) fn public_key(&self) -> &[u8] {
        self.signer.public_key()
    }
}

async fn read<B>(request: Request<B>) -> Result<Bytes, Refusal>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    if request.method() != Method::POST {
        return Err(Refusal::InvalidRequest);
    }
    let whole = Limited::new(request.into_body(), MAX_BODY_LENGTH).collect().await;
    Ok(whole.map_err(|_| Refusal::InvalidRequest)?.to_bytes())
}

/// Seconds since 1970.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_secs()
}

fn refuse(refusal: Refusal) -> Response<Full<Bytes>> {
    json(refusal.status(), to_json(&ErrorResponse { error: refusal.code() }))
}

fn to_json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("an answer has only text keys")
}

fn json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
