//! The story's own client: real HTTP, no shortcuts.

use http::{HeaderMap, Method, StatusCode};
use keymoor_server::operations::CreatedApiToken;
use serde_json::Value;

use super::stage::Stage;
use crate::error::Error;

/// An answer, read whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    /// A text field of the body, empty if there is none.
    pub(super) fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

pub(super) struct Client(reqwest::Client);

impl Client {
    pub(super) fn new() -> Result<Self, Error> {
        let client = reqwest::Client::builder().no_proxy().build();
        client.map(Self).map_err(Error::unavailable)
    }

    /// Asks for an access token, as the page's curl line does.
    pub(super) async fn token(
        &self,
        stage: &Stage,
        token: &CreatedApiToken,
        scope: Option<&str>,
    ) -> Result<Answer, Error> {
        let key = token.api_key.to_string();
        let mut form = vec![
            ("client_id", key.as_str()),
            ("client_secret", token.secret.expose()),
            ("grant_type", "client_credentials"),
        ];
        form.extend(scope.map(|scope| ("scope", scope)));
        let url = format!("{}/api/auth/oauth/token", stage.url);
        answer(self.0.post(url).form(&form)).await
    }

    /// Calls `url` with an `Authorization` header, if one is given.
    pub(super) async fn call(
        &self,
        method: Method,
        url: &str,
        authorization: Option<&str>,
    ) -> Result<Answer, Error> {
        let mut request = self.0.request(method, url);
        if let Some(value) = authorization {
            request = request.header(http::header::AUTHORIZATION, value);
        }
        answer(request).await
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Result<Answer, Error> {
    let response = request.send().await.map_err(Error::unavailable)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().await.map_err(Error::unavailable)?;
    let body = serde_json::from_slice(&body).unwrap_or_default();
    Ok(Answer { status, headers, body })
}
