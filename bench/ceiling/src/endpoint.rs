use std::{
    convert::Infallible,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    constant_time,
    error::Unspecified,
    hmac, rand,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use serde::Serialize;
use uuid::Uuid;

/// Seconds that a token lives.
const LIFE: u64 = 300;

/// Everything that a request needs, made once.
pub(crate) struct Endpoint {
    url: String,
    audience: String,
    key: Uuid,
    secret: String,
    pepper: hmac::Key,
    digest: hmac::Tag,
    pair: EcdsaKeyPair,
    random: SystemRandom,
    header: String,
}

#[derive(Serialize)]
struct Claims<'e> {
    iss: &'e str,
    sub: Uuid,
    client_id: Uuid,
    aud: &'e str,
    exp: u64,
    iat: u64,
    jti: Uuid,
}

#[derive(Serialize)]
struct Answer<'t> {
    access_token: &'t str,
    token_type: &'static str,
    expires_in: u64,
}

fn random<const N: usize>() -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes)?;
    Ok(bytes)
}

impl Endpoint {
    pub(crate) fn new(url: &str) -> Result<Self, Unspecified> {
        let secret = format!("km_{}", URL_SAFE_NO_PAD.encode(random::<37>()?).replace('-', "x"));
        let secret = secret[..52].to_owned();
        let pepper = hmac::Key::new(hmac::HMAC_SHA256, &random::<32>()?);
        let header = r#"{"alg":"ES256","kid":"0123456789012345678901234567890123456789012","typ":"at+jwt"}"#;
        Ok(Self {
            url: url.to_owned(),
            audience: format!("{url}/api"),
            key: uuid::Builder::from_random_bytes(random()?).into_uuid(),
            digest: hmac::sign(&pepper, secret.as_bytes()),
            secret,
            pepper,
            pair: EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING)?,
            random: SystemRandom::new(),
            header: URL_SAFE_NO_PAD.encode(header) + ".",
        })
    }

    /// One line of JSON for whoever wants to send requests.
    pub(crate) fn introduction(&self) -> String {
        let Self { url, key, secret, .. } = self;
        format!(r#"{{"url":"{url}","api_key":"{key}","api_secret":"{secret}"}}"#)
    }

    pub(crate) async fn answer(
        &self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Infallible> {
        let body = request.into_body().collect().await.map(|whole| whole.to_bytes());
        let token = body.ok().filter(|body| self.is_ours(body)).and_then(|_| self.token().ok());
        Ok(token.map_or_else(refused, |token| answered(&token)))
    }

    /// Parses the form, finds the client, compares the secret.
    fn is_ours(&self, body: &[u8]) -> bool {
        let (mut id, mut secret, mut grant) = (None, None, None);
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "client_id" => id = Some(value),
                "client_secret" => secret = Some(value),
                "grant_type" => grant = Some(value),
                _ => {}
            }
        }
        let known = id.and_then(|id| Uuid::try_parse(&id).ok()) == Some(self.key);
        let tag = hmac::sign(&self.pepper, secret.unwrap_or_default().as_bytes());
        let same = constant_time::verify_slices_are_equal(tag.as_ref(), self.digest.as_ref());
        known && same.is_ok() && grant.as_deref() == Some("client_credentials")
    }

    fn token(&self) -> Result<String, Unspecified> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| Unspecified)?.as_secs();
        let claims = Claims {
            iss: &self.url,
            sub: self.key,
            client_id: self.key,
            aud: &self.audience,
            exp: now + LIFE,
            iat: now,
            jti: uuid::Builder::from_random_bytes(random()?).into_uuid(),
        };
        let claims = serde_json::to_vec(&claims).map_err(|_| Unspecified)?;
        let mut token = String::with_capacity(1024);
        token.push_str(&self.header);
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.pair.sign(&self.random, token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut token);
        Ok(token)
    }
}

fn answered(token: &str) -> Response<Full<Bytes>> {
    let answer = Answer { access_token: token, token_type: "Bearer", expires_in: LIFE };
    let body = serde_json::to_vec(&answer).unwrap_or_default();
    let mut response = Response::new(Full::new(Bytes::from(body)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn refused() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response
}
