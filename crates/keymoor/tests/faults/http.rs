//! Calls of a server that may die at any moment.

use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

/// An API token.
#[derive(Clone, Debug)]
pub(crate) struct ApiToken {
    pub(crate) key: String,
    pub(crate) secret: String,
}

impl ApiToken {
    /// Reads what the program or the API prints of a new one.
    pub(crate) fn read(made: &Value) -> Option<Self> {
        let field = |name: &str| made[name].as_str().map(str::to_owned);
        Some(Self { key: field("api_key")?, secret: field("api_secret")? })
    }
}

/// A whole answer. The status is 0 if nobody listened, so that nothing was asked either.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// What is known of a change.
#[derive(Debug)]
pub(crate) enum Outcome<T> {
    /// It was acknowledged.
    Done(T),
    /// It was refused: it has not happened and never will.
    Refused(Answer),
    /// There was no whole answer, or one that says that nobody knows.
    Unknown,
}

/// Who calls one server.
#[derive(Clone)]
pub(crate) struct Caller {
    client: Client,
    url: String,
}

impl Caller {
    pub(crate) fn new(url: &str) -> Self {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(20)).build();
        Self { client: client.unwrap(), url: url.to_owned() }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// What the token endpoint answers; nothing if the server died.
    pub(crate) async fn ask(&self, token: &ApiToken) -> Option<Answer> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &token.key),
            ("client_secret", &token.secret),
        ];
        send(self.client.post(self.at("/api/auth/oauth/token")).form(&form)).await
    }

    /// An access token, if there is one.
    pub(crate) async fn bearer(&self, token: &ApiToken) -> Option<String> {
        let answer = self.ask(token).await?;
        answer.body["access_token"].as_str().map(str::to_owned)
    }

    /// Uses an access token; the status.
    pub(crate) async fn call(&self, bearer: &str) -> Option<u16> {
        let request = self.client.get(self.at("/api/account")).bearer_auth(bearer);
        send(request).await.map(|answer| answer.status)
    }

    /// Makes an API token.
    pub(crate) async fn create(&self, bearer: &str, label: &str) -> Outcome<ApiToken> {
        let request = self.client.post(self.at("/api/account/tokens")).bearer_auth(bearer);
        let outcome = outcome(send(request.json(&json!({ "label": label }))).await);
        match outcome {
            Outcome::Done(body) => ApiToken::read(&body).map_or(Outcome::Unknown, Outcome::Done),
            Outcome::Refused(answer) => Outcome::Refused(answer),
            Outcome::Unknown => Outcome::Unknown,
        }
    }

    /// Removes an API token.
    pub(crate) async fn remove(&self, bearer: &str, key: &str) -> Outcome<Value> {
        let path = self.at(&format!("/api/account/tokens/{key}"));
        outcome(send(self.client.delete(path).bearer_auth(bearer)).await)
    }
}

async fn send(request: RequestBuilder) -> Option<Answer> {
    let answer = match request.send().await {
        Err(error) if error.is_connect() => {
            return Some(Answer { status: 0, body: Value::Null });
        }
        answer => answer.ok()?,
    };
    let (status, text) = (answer.status().as_u16(), answer.text().await.ok()?);
    Some(Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::Null) })
}

/// The server says so itself when it does not know what became of a change.
fn outcome(answer: Option<Answer>) -> Outcome<Value> {
    match answer {
        None => Outcome::Unknown,
        Some(answer) if (200..300).contains(&answer.status) => Outcome::Done(answer.body),
        Some(answer) if answer.body.to_string().contains("may or may not") => Outcome::Unknown,
        Some(answer) => Outcome::Refused(answer),
    }
}
