//! Where key and secret come from.

use std::fs;

use keymoor_client::{
    ClientKey, CredentialCommand, CredentialFile, CredentialSource, Credentials, Given, GivenToken,
    Kind, credentials::read,
};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::support::{KEY, SECRET, Say, World};

fn pair(credentials: &Credentials) -> (&str, &str) {
    (credentials.key.as_str(), credentials.secret.expose())
}

#[test]
fn keys_and_secrets_of_other_servers_are_taken() {
    assert!(Credentials::new("0123456789", "=+/&%#[]{}'\"").is_ok());
    let credentials = Credentials::new(" 0123456789\n", "0123456789\r\n").unwrap();
    assert_eq!(pair(&credentials), ("0123456789", "0123456789"));
}

#[test]
fn what_is_no_key_or_secret_is_refused_without_repeating_it() {
    for text in ["", "short", "with a blank in it", "wïth-umlaut-in-it", "tab\tin-the-middle"] {
        for result in [Credentials::new(KEY, text), Credentials::new(text, SECRET)] {
            let error = result.unwrap_err().to_string();
            assert!(text.is_empty() || !error.contains(text), "{error}");
        }
    }
}

#[test]
fn every_form_of_a_file_is_read() {
    for text in [
        format!(r#"{{"key":"{KEY}","secret":"{SECRET}"}}"#),
        format!(r#"{{"client_id":"{KEY}","client_secret":"{SECRET}","label":"x"}}"#),
        format!(r#"{{"api_key":"{KEY}","api_secret":"{SECRET}"}}"#),
        format!("KEYMOOR_KEY={KEY}\nKEYMOOR_SECRET={SECRET}\n"),
        format!("# comment\nexport ACLI_KEY=\"{KEY}\"\r\nexport ACLI_SECRET='{SECRET}'\r\n"),
        format!("CLIENT_ID = {KEY}\nCLIENT_SECRET = {SECRET}"),
    ] {
        assert_eq!(pair(&read(&text).unwrap()), (KEY, SECRET), "{text}");
    }
    for text in ["", "{}", "[]", "KEYMOOR_KEY=only-the-key", r#"{"key":"0123456789"}"#] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_secret_that_is_replaced_in_its_file_is_used_for_the_next_token() {
    let (world, folder) = (World::new(|_| Say::status(200)).await, TempDir::new().unwrap());
    let path = folder.path().join("secret");
    fs::write(&path, "the-first-secret\n").unwrap();
    let source = CredentialFile::of_secret(ClientKey::parse(KEY).unwrap(), &path);
    let client = keymoor_client::Client::builder(world.endpoints(), source);
    let client = client.timer(world.timer.clone()).build().unwrap();
    client.token().await.unwrap();
    fs::write(&path, "the-second-secret\n").unwrap();
    world.timer.step(300);
    client.token().await.unwrap();
    assert!(world.server.seen()[1].body.contains("the-second-secret"));
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named() {
    let error = CredentialFile::new("/nonexistent/file").load().await.unwrap_err();
    assert!(error.to_string().starts_with("/nonexistent/file: "), "{error}");
}

#[tokio::test]
async fn a_command_prints_them() {
    let text = format!(r#"{{"key":"{KEY}","secret":"{SECRET}"}}"#);
    let loaded = CredentialCommand::new("printf", ["%s", &text]).load().await.unwrap();
    assert_eq!(pair(&loaded), (KEY, SECRET));
}

#[tokio::test]
async fn a_command_that_fails_is_named_and_its_output_is_not() {
    let script = format!("echo '{SECRET}'; exit 3");
    for command in [
        CredentialCommand::new("sh", ["-c", script.as_str()]),
        CredentialCommand::new("echo", [SECRET]),
        CredentialCommand::new("/nonexistent/command", [""; 0]),
    ] {
        let error = command.load().await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains(SECRET), "{error}");
        assert!(error.to_string().starts_with("the command "), "{error}");
    }
}

#[tokio::test]
async fn a_command_is_run_once_for_a_token() {
    let (world, folder) = (World::new(|_| Say::status(200)).await, TempDir::new().unwrap());
    let runs = folder.path().join("runs");
    let pair = format!(r#"{{"key":"{KEY}","secret":"{SECRET}"}}"#);
    let script = format!("echo run >>'{}'; printf %s '{pair}'", runs.display());
    let source = CredentialCommand::new("sh", ["-c", script.as_str()]);
    let client = keymoor_client::Client::builder(world.endpoints(), source);
    client.cache(world.disk()).build().unwrap().token().await.unwrap();
    assert_eq!(fs::read_to_string(runs).unwrap(), "run\n");
}

/// A client of a token of that text.
fn handed(world: &World, text: &str) -> keymoor_client::Client {
    let value = |text: &str| Given::Value(Zeroizing::new(text.to_owned()));
    let tokens = GivenToken::new(value(text), value("1800000100"));
    let tokens = std::sync::Arc::new(tokens.with_timer(world.timer.clone()));
    keymoor_client::Builder::with_tokens(world.endpoints(), tokens).build().unwrap()
}

fn jwt(claims: &str) -> String {
    let claims = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, claims);
    format!("e30.{claims}.c2ln")
}

const ORGANIZATION: &str = "organization:23ddc327-0aaa-11e3-8000-123131111102";

#[tokio::test]
async fn a_token_that_was_given_has_the_scopes_that_it_claims_and_no_others() {
    let world = World::new(|_| Say::status(200)).await;
    let claimed = jwt(&format!(r#"{{"scope":"{ORGANIZATION} reports:read"}}"#));
    let known = [(claimed, 2), (jwt("{}"), 0), (jwt(r#"{"scope":7}"#), 0), ("opaque".into(), 0)];
    for (text, count) in known {
        let token = handed(&world, &text).token().await.unwrap();
        assert_eq!(token.scopes().iter().count(), count, "{text}");
    }
}

#[tokio::test]
async fn an_organization_that_wants_a_scope_is_not_asked_twice_with_the_same_given_token() {
    let refusal = r#"{"error":"additional_authentication_required"}"#;
    let challenge = format!(r#"Bearer scope="{ORGANIZATION}""#);
    let world = World::new(move |_| Say::json(403, refusal).with("www-authenticate", &challenge));
    let world = world.await;
    let error = handed(&world, "opaque").get("/x").await.unwrap_err();
    assert_eq!(error.kind(), Kind::OrganizationScope);
    assert_eq!(world.server.calls().len(), 1);
}

#[tokio::test]
async fn quotes_around_what_is_in_a_given_tokens_files_are_left_out_as_acquia_cli_does() {
    let (world, folder) = (World::new(|_| Say::status(200)).await, TempDir::new().unwrap());
    let file = |name: &str, text: &str| {
        fs::write(folder.path().join(name), text).unwrap();
        Given::File(folder.path().join(name))
    };
    let tokens = GivenToken::new(file("token", "\"quoted\"\n"), file("end", "\"1800000100\"\n"));
    let tokens = std::sync::Arc::new(tokens.with_timer(world.timer.clone()));
    let client = keymoor_client::Builder::with_tokens(world.endpoints(), tokens).build().unwrap();
    assert_eq!(client.token().await.unwrap().expose(), "quoted");
}

fn given(expiry: i64) -> GivenToken {
    let value = |text: &str| Given::Value(Zeroizing::new(text.to_owned()));
    GivenToken::new(value("given"), value(&expiry.to_string()))
}

#[tokio::test]
async fn a_token_that_was_given_is_used_until_it_expires() {
    let world = World::new(|_| Say::status(200)).await;
    let tokens = given(1_800_000_100).with_timer(world.timer.clone());
    let client =
        keymoor_client::Builder::with_tokens(world.endpoints(), std::sync::Arc::new(tokens));
    let client = client.build().unwrap();
    client.get("/x").await.unwrap();
    assert_eq!(world.server.seen()[0].header("authorization"), Some("Bearer given"));
    world.timer.step(100);
    assert_eq!(client.get("/x").await.unwrap_err().kind(), Kind::Credentials);
    assert_eq!(world.server.seen().len(), 1);
}

#[tokio::test]
async fn a_given_token_in_a_file_is_read_at_every_call() {
    let (world, folder) = (World::new(|_| Say::status(200)).await, TempDir::new().unwrap());
    let path = folder.path().join("token");
    let expiry = Given::Value(Zeroizing::new("1800000100".to_owned()));
    let tokens = GivenToken::new(Given::File(path.clone()), expiry);
    let tokens = std::sync::Arc::new(tokens.with_timer(world.timer.clone()));
    let client = keymoor_client::Builder::with_tokens(world.endpoints(), tokens).build().unwrap();
    for token in ["one", "two"] {
        fs::write(&path, format!("{token}\n")).unwrap();
        client.get("/x").await.unwrap();
        let seen = world.server.seen();
        assert_eq!(
            seen.last().unwrap().header("authorization").unwrap(),
            format!("Bearer {token}")
        );
    }
}
