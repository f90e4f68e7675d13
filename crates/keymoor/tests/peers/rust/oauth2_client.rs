//! oauth2: the grant with both ways to authenticate, and what it makes of refusals.

use std::{env, error::Error, time::Duration};

use oauth2::{
    AuthType, ClientId, ClientSecret, RequestTokenError, Scope, TokenResponse, TokenUrl,
    basic::BasicClient, reqwest,
};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The token with its life, or the OAuth error code that the library makes of the refusal.
fn ask(
    way: AuthType,
    secret: &str,
    scope: Option<&str>,
) -> Outcome<Result<(String, Option<Duration>), String>> {
    let http = reqwest::blocking::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(Duration::from_secs(10))
        .build()?;
    let client = BasicClient::new(ClientId::new(env::var("KEYMOOR_CLIENT_ID")?))
        .set_client_secret(ClientSecret::new(env::var(secret)?))
        .set_auth_type(way)
        .set_token_uri(TokenUrl::new(format!(
            "{}/api/auth/oauth/token",
            env::var("KEYMOOR_ISSUER")?
        ))?);
    let scopes = scope.map(|scope| Scope::new(scope.to_owned()));
    match client.exchange_client_credentials().add_scopes(scopes).request(&http) {
        Ok(token) => Ok(Ok((token.access_token().secret().clone(), token.expires_in()))),
        Err(RequestTokenError::ServerResponse(refusal)) => {
            Ok(Err(refusal.error().as_ref().to_owned()))
        }
        Err(other) => Err(other.into()),
    }
}

fn main() -> Outcome<()> {
    let scope = env::var("KEYMOOR_SCOPE").ok().filter(|scope| !scope.is_empty());
    for way in [AuthType::BasicAuth, AuthType::RequestBody] {
        let (token, life) = ask(way.clone(), "KEYMOOR_CLIENT_SECRET", scope.as_deref())??;
        assert_eq!(life, Some(Duration::from_secs(300)));
        let account = format!("{}/api/account", env::var("KEYMOOR_ISSUER")?);
        let answer = reqwest::blocking::Client::new().get(account).bearer_auth(token).send()?;
        assert!(answer.error_for_status()?.text()?.contains('@'), "the API tells the account");

        let wrong = ask(way.clone(), "KEYMOOR_WRONG_SECRET", None)?;
        assert_eq!(wrong, Err("invalid_client".to_owned()));
        let foreign = "organization:00000000-0000-4000-8000-000000000000";
        let foreign = ask(way, "KEYMOOR_CLIENT_SECRET", Some(foreign))?;
        assert_eq!(foreign, Err("invalid_scope".to_owned()));
    }
    println!(
        r#"{{"library":"oauth2","ok":true,"did":["call","invalid_client","invalid_scope","token"]}}"#
    );
    Ok(())
}
