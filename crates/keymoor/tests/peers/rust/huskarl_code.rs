//! huskarl: discovery, the authorization code with its PKCE and its check of `iss`, a call, and its refresh.

mod delegation;

use delegation::{FOREIGN, Outcome, call, let_in, need, scopes, setting};
use huskarl::{
    core::{
        Error, client_auth::ClientSecret, secrets::EnvVarSecret,
        server_metadata::AuthorizationServerMetadata,
    },
    grant::{
        authorization_code::{AuthorizationCodeGrant, CompleteInput, StartInput},
        core::TokenResponse,
        refresh::{RefreshGrant, RefreshGrantParameters},
    },
    prelude::*,
    token::RefreshToken,
};
use huskarl_reqwest::ReqwestClient;
use tokio::runtime::Builder;

async fn discovered() -> Outcome<(ReqwestClient, AuthorizationServerMetadata)> {
    let http = ReqwestClient::builder().build().await?;
    let issuer = setting("KEYMOOR_ISSUER")?;
    let found = AuthorizationServerMetadata::fetch().http_client(&http).issuer(issuer);
    let metadata = found.call().await?;
    Ok((http, metadata))
}

/// Lets somebody answer, and refuses what came back when its `iss` is another one or none.
async fn asked() -> Outcome<TokenResponse> {
    let (http, metadata) = discovered().await?;
    let grant = AuthorizationCodeGrant::builder_from_metadata(&metadata)?
        .client_id(setting("KEYMOOR_APPLICATION_ID")?)
        .http_client(http)
        .client_auth(ClientSecret::new(EnvVarSecret::string("KEYMOOR_APPLICATION_SECRET")?))
        .redirect_uri(setting("KEYMOOR_REDIRECT_URI")?)
        .oidc(false)
        .build()
        .await?;
    let begun = grant.start(StartInput::scope(scopes())).await?;
    let back = let_in(&begun.authorization_url.to_string())?;
    let (rest, iss) = back.split_once("&iss=").ok_or("no iss at the end")?;
    let other = format!("{rest}&iss=https%3A%2F%2Fother.example");
    need(!iss.contains('&'), "something follows iss")?;
    for (altered, told) in [(other.as_str(), "issuer mismatch"), (rest, "no issuer")] {
        let input: CompleteInput = altered.parse()?;
        let refused = grant.complete(&begun.pending_state, input).await.err();
        let refused = refused.map(|error| chain(&error)).unwrap_or_default();
        need(refused.contains(told), &format!("{told} is not told, but {refused:?}"))?;
    }
    let input: CompleteInput = back.parse()?;
    Ok(grant.complete(&begun.pending_state, input).await?.token_response)
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |told, cause| format!("{told}: {cause}"))
}

/// What it brings, or the OAuth error code that the library makes of the refusal.
async fn refresh(
    secret: &'static str,
    held: &RefreshToken,
    scope: Option<&str>,
) -> Outcome<Result<TokenResponse, String>> {
    let (http, metadata) = discovered().await?;
    let grant = RefreshGrant::builder_from_metadata(&metadata)
        .client_id(setting("KEYMOOR_APPLICATION_ID")?)
        .http_client(http)
        .client_auth(ClientSecret::new(EnvVarSecret::string(secret)?))
        .build();
    let asked = RefreshGrantParameters::builder()
        .refresh_token(held.clone())
        .maybe_scope(scope.map(|scope| vec![scope.to_owned()]))
        .build();
    Ok(match grant.exchange(asked).await {
        Ok(answer) => Ok(answer),
        Err(error) => Err(code(&error).ok_or(error)?),
    })
}

fn code(error: &Error) -> Option<String> {
    error.verdict().map(|verdict| verdict.code().as_str().to_owned())
}

/// What came of it, after a call.
fn tokens(answer: &TokenResponse) -> Outcome<RefreshToken> {
    call(&answer.access_token().token().expose_secret().to_string())?;
    Ok(answer.refresh_token().ok_or("no refresh token")?.clone())
}

fn main() -> Outcome<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let first = tokens(&runtime.block_on(asked())?)?;
    let right = "KEYMOOR_APPLICATION_SECRET";
    let second = tokens(&runtime.block_on(refresh(right, &first, None))??)?;
    let text = |held: &RefreshToken| held.token().expose_secret().to_string();
    need(text(&first) != text(&second), "the refresh token was not rotated")?;
    let wrong = "KEYMOOR_APPLICATION_WRONG_SECRET";
    let refused = runtime.block_on(refresh(wrong, &second, None))?.err();
    need(refused.as_deref() == Some("invalid_client"), "no invalid_client")?;
    let refused = runtime.block_on(refresh(right, &second, Some(FOREIGN)))?.err();
    need(refused.as_deref() == Some("invalid_scope"), "no invalid_scope")?;
    println!(
        r#"{{"library":"huskarl","ok":true,"did":["call","invalid_client","invalid_scope","other_iss","refreshed","token"]}}"#
    );
    Ok(())
}
