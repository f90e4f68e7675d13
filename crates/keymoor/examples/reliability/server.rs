use std::{
    error::Error,
    io::{BufRead, BufReader},
    net::TcpListener,
    process::{Child, Command, Stdio},
};

use http::{HeaderMap, HeaderValue, Uri, header::AUTHORIZATION};
use keymoor_core::access::Target;
use keymoor_guard::{FeedCredentials, FeedWatch, Guard, WhenLost};
use serde_json::Value;
use tempfile::TempDir;

type Fault = Box<dyn Error + Send + Sync>;

/// A server in a process of its own, with an account; ended when dropped.
pub(crate) struct Server {
    keymoor: String,
    child: Child,
    data: TempDir,
    /// Where it listens.
    pub(crate) address: String,
    client: reqwest::Client,
}

/// An API token.
#[derive(Clone)]
pub(crate) struct ApiToken {
    pub(crate) key: String,
    secret: String,
}

const EMAIL: &str = "ada@example.com";

impl Server {
    pub(crate) fn start(keymoor: &str, options: &[String]) -> Result<Self, Fault> {
        let data = tempfile::tempdir()?;
        let mut command = Command::new(keymoor);
        if let Ok(database) = std::env::var("DATABASE") {
            command.env("KEYMOOR_DATABASE", database);
        }
        let address = free_address()?;
        let mut child = command
            .args(["serve", "--listen", &address, "--log", "warn"])
            .args(["--tokens-per-second", "0", "--data"])
            .arg(data.path())
            .args(options)
            .stdout(Stdio::piped())
            .spawn()?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let listens = "Keymoor listens on ";
        let listening = output.lines().map_while(Result::ok).find(|line| line.starts_with(listens));
        listening.ok_or("the server does not start")?;
        let client = reqwest::Client::new();
        let server = Self { keymoor: keymoor.to_owned(), child, data, address, client };
        server.admin(&["account", "create", "--email", EMAIL])?;
        Ok(server)
    }

    /// Runs an operator's command.
    pub(crate) fn admin(&self, arguments: &[&str]) -> Result<Value, Fault> {
        let mut command = Command::new(&self.keymoor);
        command.arg("admin").args(arguments).args(["-o", "json", "--data"]).arg(self.data.path());
        let output = command.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    pub(crate) fn token(&self) -> Result<ApiToken, Fault> {
        let made = self.admin(&["token", "create", "--email", EMAIL, "--label", "load"])?;
        Ok(api_token(&made))
    }

    /// The `kid` of the key that signs.
    pub(crate) fn signing_key(&self) -> Result<String, Fault> {
        let list = self.admin(&["signing-key", "list"])?;
        let mut keys = list.as_array().into_iter().flatten();
        let kid = keys.rfind(|key| key["state"] == "signing").map(|key| key["kid"].clone());
        kid.as_ref().and_then(Value::as_str).map(str::to_owned).ok_or("no key signs".into())
    }

    /// Makes an API token by another one's access token.
    pub(crate) async fn child(&self, bearer: &str) -> Result<ApiToken, Fault> {
        let url = self.url("/api/account/tokens");
        let request = self.client.post(url).header(AUTHORIZATION, bearer);
        let made = request.json(&serde_json::json!({ "label": "child" })).send().await?;
        Ok(api_token(&made.error_for_status()?.json().await?))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The `Authorization` value of a new access token, or the status of the refusal.
    pub(crate) async fn bearer(&self, token: &ApiToken) -> Result<Result<String, u16>, Fault> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", &token.key),
            ("client_secret", &token.secret),
        ];
        let answer = self.client.post(self.url("/api/auth/oauth/token")).form(&form).send().await?;
        if !answer.status().is_success() {
            return Ok(Err(answer.status().as_u16()));
        }
        let body: Value = answer.json().await?;
        Ok(Ok(format!("Bearer {}", body["access_token"].as_str().unwrap_or_default())))
    }

    /// The status of a call of the server's own API.
    pub(crate) async fn call(
        &self,
        method: http::Method,
        path: &str,
        bearer: &str,
    ) -> Result<u16, Fault> {
        let request = self.client.request(method, self.url(path)).header(AUTHORIZATION, bearer);
        Ok(request.send().await?.status().as_u16())
    }

    /// A guard for the tokens of this server, which it knows as `issuer`.
    pub(crate) fn guard(
        &self,
        issuer: &str,
        when_lost: WhenLost,
    ) -> Result<(Guard, FeedWatch), Fault> {
        let audience = format!("{issuer}/api");
        let create = ["resource-server", "create", "--audience", &audience, "--name", "Api"];
        let made = self.admin(&create)?;
        let field = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        let credentials = FeedCredentials::new(&field("client_id"), &field("client_secret"));
        let guard = Guard::remote(issuer).feed(credentials).when_lost(when_lost);
        let (guard, watch) = guard.build_watched()?;
        Ok((guard, watch.ok_or("the guard does not listen")?))
    }
}

/// An address of this machine that nobody listens on.
fn free_address() -> std::io::Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn api_token(made: &Value) -> ApiToken {
    let field = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
    ApiToken { key: field("api_key"), secret: field("api_secret") }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whether the guard lets a bearer through.
pub(crate) async fn passes(guard: &Guard, bearer: &str) -> bool {
    let mut headers = HeaderMap::new();
    let value = HeaderValue::from_str(bearer).expect("a token is a header value");
    headers.insert(AUTHORIZATION, value);
    guard.check(&headers, &Uri::from_static("/"), Target::General).await.is_ok()
}
