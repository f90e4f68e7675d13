//! Gets an access token, renews it before it expires, and shows the account and its API tokens.
//!
//! cargo add oauth2 --features reqwest-blocking && cargo add serde_json
//! KEYMOOR_SERVER, KEYMOOR_KEY and KEYMOOR_SECRET say where and who; KEYMOOR_ORGANIZATION is the UUID
//! of an organization with Federated Authentication.

use std::{
    env,
    error::Error,
    time::{Duration, Instant},
};

use oauth2::{
    AuthType, ClientId, ClientSecret, RequestTokenError, Scope, TokenResponse, TokenUrl,
    basic::BasicClient,
    reqwest::{self, blocking::Client},
};
use serde_json::Value;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// A token is not used any more when it has less than this to live.
const MARGIN: Duration = Duration::from_secs(30);

struct Api {
    http: Client,
    server: String,
    key: String,
    secret: String,
    organization: Option<String>,
    token: Option<(String, Instant)>,
}

impl Api {
    fn from_environment() -> Outcome<Self> {
        let given = |name| env::var(name).ok().filter(|value| !value.is_empty());
        let needed = |name| given(name).ok_or_else(|| format!("Set {name}."));
        Ok(Self {
            // A token request with redirects could hand the secret to somebody else.
            http: Client::builder()
                .redirect(reqwest::redirect::Policy::none())
                .timeout(Duration::from_secs(25))
                .build()?,
            server: given("KEYMOOR_SERVER").unwrap_or("http://127.0.0.1:8080".into()),
            key: needed("KEYMOOR_KEY")?,
            secret: needed("KEYMOOR_SECRET")?,
            organization: given("KEYMOOR_ORGANIZATION"),
            token: None,
        })
    }

    /// The access token: a new one if there is none that lasts.
    fn token(&mut self) -> Outcome<String> {
        if let Some((token, until)) = &self.token
            && Instant::now() + MARGIN < *until
        {
            return Ok(token.clone());
        }
        let asked_at = Instant::now();
        let scope = self.organization.as_ref().map(|id| Scope::new(format!("organization:{id}")));
        let answer = BasicClient::new(ClientId::new(self.key.clone()))
            .set_client_secret(ClientSecret::new(self.secret.clone()))
            .set_auth_type(AuthType::RequestBody)
            .set_token_uri(TokenUrl::new(format!("{}/api/auth/oauth/token", self.server))?)
            .exchange_client_credentials()
            .add_scopes(scope)
            .request(&self.http)
            .map_err(|error| match error {
                RequestTokenError::ServerResponse(refusal) => format!(
                    "No token: {}: {}",
                    refusal.error(),
                    refusal.error_description().map_or("", String::as_str)
                ),
                other => format!("No token: {other}"),
            })?;
        let until = asked_at + answer.expires_in().unwrap_or_default();
        let token = answer.access_token().secret().clone();
        self.token = Some((token.clone(), until));
        Ok(token)
    }

    fn get(&mut self, path: &str) -> Outcome<Value> {
        let token = self.token()?;
        let url = format!("{}/api{path}", self.server);
        let answer = self.http.get(url).bearer_auth(token).send()?;
        let status = answer.status();
        let body: Value = serde_json::from_str(&answer.text()?)?;
        if status.is_success() {
            return Ok(body);
        }
        let hint = match body["error"].as_str() {
            Some("additional_authentication_required") => " Set KEYMOOR_ORGANIZATION to its UUID.",
            _ => "",
        };
        Err(format!("GET {path}: {status}: {}{hint}", body["message"]).into())
    }
}

fn run() -> Outcome<()> {
    let mut api = Api::from_environment()?;
    println!("Account {}", api.get("/account")?["mail"].as_str().unwrap_or_default());
    let tokens = api.get("/account/tokens?filter=active=true&sort=label")?;
    for token in tokens["_embedded"]["items"].as_array().into_iter().flatten() {
        let text = |field: &str| token[field].as_str().unwrap_or_default().to_owned();
        println!("API token {} {}", text("uuid"), text("label"));
    }
    if let Some(id) = api.organization.clone() {
        let organization = api.get(&format!("/organizations/{id}"))?;
        println!("Organization {}", organization["name"].as_str().unwrap_or_default());
    }
    Ok(())
}

fn main() {
    if let Err(error) = run() {
        eprintln!("{error}");
        std::process::exit(1);
    }
}
