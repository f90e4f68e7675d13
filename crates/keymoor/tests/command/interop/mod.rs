//! Other people's OAuth clients against the server. Each runs once; what it was seen doing becomes its row
//! of docs/interop.md.

mod every_call;
mod examples;
mod leaks;
mod outcome;
mod table;

use std::process::Command;

use outcome::{finished, outcome, works, works_by};

use super::{
    peers,
    process::{Client as ApiToken, PASSWORD, Server, admin_json},
};

/// A client in the field.
pub(super) struct Client {
    /// As its makers call it.
    pub(super) name: &'static str,
    /// Where it is from, which also says what it pins.
    pub(super) from: From,
    pub(super) program: Program,
    /// The grant that it asks with.
    pub(super) grant: &'static str,
}

/// Where a client is from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum From {
    Pypi,
    Npm,
    Crates,
    /// The version is that of the machine's release.
    Debian(&'static str),
    /// No package of it can be had where the tests run.
    Packagist,
}

/// What runs.
#[derive(Clone, Copy)]
pub(super) enum Program {
    /// In Python or Node, beside `install`.
    Script(&'static str),
    /// In Go or Rust, built by `install`.
    Built(&'static str),
    /// One of `examples/`, with its interpreter.
    Example(&'static str, &'static str),
    /// Looked at by PHP, not run.
    Syntax(&'static str),
}

const CLIENT_CREDENTIALS: &str = "client_credentials";
const CODE: &str = "authorization_code";
const DEVICE: &str = "device_code";

const fn client(name: &'static str, from: From, program: Program) -> Client {
    Client { name, from, program, grant: CLIENT_CREDENTIALS }
}

/// One that asks somebody.
const fn asks(name: &'static str, from: From, program: Program, grant: &'static str) -> Client {
    Client { name, from, program, grant }
}

/// Every client with each grant that it is run with.
pub(super) const CLIENTS: [Client; 26] = [
    client("curl (examples/auth.sh)", From::Debian("curl"), Program::Example("sh", "auth.sh")),
    client("PHP ext-curl (examples/auth.php)", From::Debian("php-curl"), PHP_CURL),
    client("league/oauth2-client", From::Packagist, Program::Syntax("auth-league.php")),
    client("requests-oauthlib", From::Pypi, Program::Script("requests_oauthlib_client.py")),
    client("oauthlib", From::Pypi, Program::Script("oauthlib_client.py")),
    client("Authlib", From::Pypi, Program::Script("authlib_client.py")),
    client("jwcrypto", From::Pypi, Program::Script("jwcrypto_verify.py")),
    client("PyJWT", From::Pypi, Program::Script("pyjwt_verify.py")),
    client("openid-client", From::Npm, Program::Script("openid_client.mjs")),
    client("oauth4webapi", From::Npm, Program::Script("oauth4webapi.mjs")),
    client("simple-oauth2", From::Npm, Program::Script("simple_oauth2.mjs")),
    client("@badgateway/oauth2-client", From::Npm, BADGATEWAY),
    client("jose", From::Npm, Program::Script("jose_verify.mjs")),
    client("golang.org/x/oauth2", GO_PACKAGE, Program::Built("go/x_oauth2")),
    client("oauth2", From::Crates, Program::Built("rust/debug/oauth2_client")),
    client("huskarl", From::Crates, Program::Built("rust/debug/huskarl_client")),
    asks("requests-oauthlib", From::Pypi, Program::Script("requests_oauthlib_code.py"), CODE),
    asks("oauthlib", From::Pypi, Program::Script("oauthlib_code.py"), CODE),
    asks("Authlib", From::Pypi, Program::Script("authlib_code.py"), CODE),
    asks("openid-client", From::Npm, Program::Script("openid_client_code.mjs"), CODE),
    asks("openid-client", From::Npm, Program::Script("openid_client_device.mjs"), DEVICE),
    asks("oauth4webapi", From::Npm, Program::Script("oauth4webapi_code.mjs"), CODE),
    asks("simple-oauth2", From::Npm, Program::Script("simple_oauth2_code.mjs"), CODE),
    asks("golang.org/x/oauth2", GO_PACKAGE, Program::Built("go/x_oauth2_code"), CODE),
    asks("oauth2", From::Crates, Program::Built("rust/debug/oauth2_code"), CODE),
    asks("huskarl", From::Crates, Program::Built("rust/debug/huskarl_code"), CODE),
];

const PHP_CURL: Program = Program::Example("php", "auth.php");
const BADGATEWAY: Program = Program::Script("badgateway_oauth2_client.mjs");
const GO_PACKAGE: From = From::Debian("golang-golang-x-oauth2-dev");

/// A server with an account's API token, its organization, and a resource server.
pub(super) struct World {
    pub(super) server: Server,
    pub(super) api_token: ApiToken,
    pub(super) organization: String,
    settings: Vec<(&'static str, String)>,
}

impl World {
    pub(super) fn start() -> Self {
        Self::with(&[])
    }

    /// The same with options for the server.
    pub(super) fn with(options: &[&str]) -> Self {
        let server = Server::with(options);
        let api_token = server.client("ada@example.com");
        let create = ["organization", "create", "--name", "Works", "--owner", "ada@example.com"];
        let organization = admin_json(server.path(), &create, "")["uuid"].as_str().unwrap().into();
        let audience = format!("{}/api", server.url);
        let create = ["resource-server", "create", "--audience", &audience, "--name", "Api"];
        let resource = admin_json(server.path(), &create, "");
        let text = |name: &str| resource[name].as_str().unwrap().to_owned();
        let settings = vec![
            ("KEYMOOR_ISSUER", server.url.clone()),
            ("KEYMOOR_CLIENT_ID", api_token.key.clone()),
            ("KEYMOOR_CLIENT_SECRET", api_token.secret.clone()),
            ("KEYMOOR_WRONG_SECRET", wrong(&api_token.secret)),
            ("KEYMOOR_AUDIENCE", audience.clone()),
            ("KEYMOOR_RESOURCE_ID", text("client_id")),
            ("KEYMOOR_RESOURCE_SECRET", text("client_secret")),
        ];
        Self { server, api_token, organization, settings }
    }

    /// Lets somebody register an application in the portal; what a program reads that asks them.
    pub(super) fn register(&self) -> Result<Vec<(&'static str, String)>, String> {
        let redirect = "http://127.0.0.1:49152/callback".to_owned();
        let mut told = vec![
            ("KEYMOOR_REDIRECT_URI", redirect),
            ("KEYMOOR_EMAIL", "ada@example.com".to_owned()),
            ("KEYMOOR_PASSWORD", PASSWORD.to_owned()),
            ("KEYMOOR_PEERS", peers::place().display().to_string()),
            ("KEYMOOR_PERSON", peers::folder().join("run").display().to_string()),
        ];
        let mut register = self.tell(peers::program("person.py"));
        register.arg("register").envs(told.iter().map(|(name, value)| (name, value)));
        let made: serde_json::Value =
            serde_json::from_str(&finished(register)?).map_err(|error| error.to_string())?;
        let field = |name: &str| made[name].as_str().unwrap_or_default().to_owned();
        let secret = field("client_secret");
        told.push(("KEYMOOR_APPLICATION_ID", field("client_id")));
        told.push(("KEYMOOR_APPLICATION_WRONG_SECRET", wrong(&secret)));
        told.push(("KEYMOOR_APPLICATION_SECRET", secret));
        Ok(told)
    }

    /// `command` with what its program reads.
    pub(super) fn tell(&self, mut command: Command) -> Command {
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// The same secret with another character at its end.
pub(super) fn wrong(secret: &str) -> String {
    let (rest, last) = secret.split_at(secret.len() - 1);
    format!("{rest}{}", if last == "a" { "b" } else { "a" })
}

#[test]
fn curl_gets_tokens_calls_and_is_told_why_not() {
    works("curl (examples/auth.sh)");
}

#[test]
fn php_with_ext_curl_gets_tokens_calls_and_is_told_why_not() {
    works("PHP ext-curl (examples/auth.php)");
}

#[test]
fn s23_requests_oauthlib_gets_a_token_that_verifies() {
    works("requests-oauthlib");
}

#[test]
fn s23_oauthlib_alone_gets_a_token_that_verifies() {
    works("oauthlib");
}

#[test]
fn s23_authlib_gets_and_verifies_a_token() {
    works("Authlib");
}

#[test]
fn s23_jwcrypto_verifies_a_token() {
    works("jwcrypto");
}

#[test]
fn s23_pyjwt_verifies_a_token() {
    works("PyJWT");
}

#[test]
fn s4_s14_s23_s79_s81_oauth4webapi_gets_introspects_and_revokes_a_token_with_its_encoded_basic() {
    works("oauth4webapi");
}

#[test]
fn s23_openid_client_gets_a_token_that_verifies() {
    works("openid-client");
}

#[test]
fn s23_simple_oauth2_gets_a_token_that_verifies() {
    works("simple-oauth2");
}

#[test]
fn s23_badgateways_client_gets_a_token_that_verifies() {
    works("@badgateway/oauth2-client");
}

#[test]
fn s23_jose_verifies_a_token() {
    works("jose");
}

#[test]
fn s14_go_gets_a_token_with_its_encoded_basic_and_finds_the_way_by_itself() {
    works("golang.org/x/oauth2");
}

#[test]
fn s14_the_rust_crate_oauth2_gets_a_token_with_its_encoded_basic() {
    works("oauth2");
}

#[test]
fn huskarl_gets_a_token() {
    works("huskarl");
}

#[test]
fn s55_s56_requests_oauthlib_asks_somebody_and_refreshes() {
    works_by("requests-oauthlib", CODE);
}

#[test]
fn s55_oauthlib_alone_asks_somebody_and_refreshes() {
    works_by("oauthlib", CODE);
}

#[test]
fn s55_s56_authlib_asks_somebody_refreshes_and_revokes() {
    works_by("Authlib", CODE);
}

#[test]
fn s55_s56_openid_client_asks_somebody_and_refreshes() {
    works_by("openid-client", CODE);
}

#[test]
fn openid_client_lets_a_device_in_and_refreshes() {
    works_by("openid-client", DEVICE);
}

#[test]
fn s55_s56_oauth4webapi_asks_somebody_refreshes_and_revokes() {
    works_by("oauth4webapi", CODE);
}

#[test]
fn s55_simple_oauth2_asks_somebody_and_refreshes() {
    works_by("simple-oauth2", CODE);
}

#[test]
fn s55_go_asks_somebody_and_refreshes() {
    works_by("golang.org/x/oauth2", CODE);
}

#[test]
fn s55_the_rust_crate_oauth2_asks_somebody_and_refreshes() {
    works_by("oauth2", CODE);
}

#[test]
fn s55_s56_huskarl_asks_somebody_and_refreshes() {
    works_by("huskarl", CODE);
}

#[test]
fn s56_a_client_that_checks_iss_takes_no_answer_of_another_server() {
    for name in ["openid-client", "oauth4webapi", "huskarl"] {
        assert!(outcome(name, CODE).did.contains("other_iss"), "{name}");
    }
}

#[test]
fn php_takes_the_text_of_the_example_for_league_oauth2_client() {
    let told = outcome("league/oauth2-client", CLIENT_CREDENTIALS);
    assert!(told.failure.is_none(), "{:?}", told.failure);
}
