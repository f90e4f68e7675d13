//! oauth2: the authorization code with its PKCE, a call, and its refresh.

mod delegation;

use std::{collections::HashMap, time::Duration};

use delegation::{FOREIGN, Outcome, call, let_in, need, scopes, setting};
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, RedirectUrl, RefreshToken, RequestTokenError, Scope, TokenResponse,
    TokenUrl,
    basic::{BasicClient, BasicTokenResponse},
    reqwest::{Url, blocking::Client, redirect::Policy},
};

type Configured =
    BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

fn configured(secret: &str) -> Outcome<Configured> {
    let issuer = setting("KEYMOOR_ISSUER")?;
    Ok(BasicClient::new(ClientId::new(setting("KEYMOOR_APPLICATION_ID")?))
        .set_client_secret(ClientSecret::new(setting(secret)?))
        .set_redirect_uri(RedirectUrl::new(setting("KEYMOOR_REDIRECT_URI")?)?)
        .set_auth_uri(AuthUrl::new(format!("{issuer}/api/auth/oauth/authorize"))?)
        .set_token_uri(TokenUrl::new(format!("{issuer}/api/auth/oauth/token"))?))
}

fn http() -> Outcome<Client> {
    Ok(Client::builder().redirect(Policy::none()).timeout(Duration::from_secs(10)).build()?)
}

/// What came of it, after a call.
fn tokens(answer: &BasicTokenResponse) -> Outcome<RefreshToken> {
    need(answer.expires_in() == Some(Duration::from_secs(300)), "another life than 300 s")?;
    let told: Option<Vec<_>> =
        answer.scopes().map(|all| all.iter().map(|scope| scope.to_string()).collect());
    need(told.is_none_or(|told| told == scopes()), "another scope than was asked for")?;
    call(answer.access_token().secret())?;
    Ok(answer.refresh_token().ok_or("no refresh token")?.clone())
}

/// What it brings, or the OAuth error code that the library makes of the refusal.
fn refresh(
    client: &Configured,
    held: &RefreshToken,
    scope: Option<&str>,
) -> Outcome<Result<BasicTokenResponse, String>> {
    let scope = scope.map(|scope| Scope::new(scope.to_owned()));
    match client.exchange_refresh_token(held).add_scopes(scope).request(&http()?) {
        Ok(answer) => Ok(Ok(answer)),
        Err(RequestTokenError::ServerResponse(refusal)) => {
            Ok(Err(refusal.error().as_ref().to_owned()))
        }
        Err(other) => Err(other.into()),
    }
}

fn main() -> Outcome<()> {
    let client = configured("KEYMOOR_APPLICATION_SECRET")?;
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(scopes().into_iter().map(Scope::new))
        .set_pkce_challenge(challenge)
        .url();
    let back = Url::parse(&let_in(url.as_str())?)?;
    let told: HashMap<_, _> = back.query_pairs().into_owned().collect();
    need(told.get("state") == Some(state.secret()), "another state")?;
    need(told.get("iss") == Some(&setting("KEYMOOR_ISSUER")?), "another iss")?;
    let code = AuthorizationCode::new(told.get("code").ok_or("no code")?.clone());
    let answer = client.exchange_code(code).set_pkce_verifier(verifier).request(&http()?)?;
    let first = tokens(&answer)?;
    let answer = refresh(&client, &first, None)??;
    let second = tokens(&answer)?;
    need(first.secret() != second.secret(), "the refresh token was not rotated")?;
    let wrong = configured("KEYMOOR_APPLICATION_WRONG_SECRET")?;
    let refused = refresh(&wrong, &second, None)?.err();
    need(refused.as_deref() == Some("invalid_client"), "no invalid_client")?;
    let refused = refresh(&client, &second, Some(FOREIGN))?.err();
    need(refused.as_deref() == Some("invalid_scope"), "no invalid_scope")?;
    println!(
        r#"{{"library":"oauth2","ok":true,"did":["call","invalid_client","invalid_scope","refreshed","token"]}}"#
    );
    Ok(())
}
