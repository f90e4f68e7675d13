//! huskarl: discovery, the grant with both ways to authenticate, its authorizer for calls.

use std::{env, error::Error};

use huskarl::{
    core::{
        client_auth::ClientSecret, secrets::EnvVarSecret,
        server_metadata::AuthorizationServerMetadata,
    },
    grant::client_credentials::{ClientCredentialsGrant, ClientCredentialsGrantParameters},
    prelude::*,
};
use huskarl_reqwest::ReqwestClient;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The token, or the OAuth error code that the library makes of the refusal.
async fn ask(secret: &'static str, scope: Option<&str>) -> Outcome<Result<String, String>> {
    let http = ReqwestClient::builder().build().await?;
    let metadata = AuthorizationServerMetadata::oidc_fetch()
        .http_client(&http)
        .issuer(env::var("KEYMOOR_ISSUER")?)
        .call()
        .await?;
    let grant = ClientCredentialsGrant::builder_from_metadata(&metadata)
        .client_id(env::var("KEYMOOR_CLIENT_ID")?)
        .http_client(http)
        .client_auth(ClientSecret::new(EnvVarSecret::string(secret)?))
        .build();
    let scope = scope.map(str::to_owned).into_iter().collect();
    let asked = ClientCredentialsGrantParameters::builder().scope(scope).build();
    Ok(match grant.exchange(asked).await {
        Ok(answer) => Ok(answer.access_token().token().expose_secret().to_string()),
        Err(error) => match error.verdict() {
            Some(verdict) => Err(verdict.code().as_str().to_owned()),
            None => return Err(error.into()),
        },
    })
}

async fn run() -> Outcome<()> {
    let scope = env::var("KEYMOOR_SCOPE").ok().filter(|scope| !scope.is_empty());
    let token = ask("KEYMOOR_CLIENT_SECRET", scope.as_deref()).await??;
    let account = format!("{}/api/account", env::var("KEYMOOR_ISSUER")?);
    let answer = reqwest_get(&account, &token).await?;
    if !answer.contains('@') {
        return Err(format!("the API answers {answer}").into());
    }
    let wrong = ask("KEYMOOR_WRONG_SECRET", None).await?;
    let foreign = "organization:00000000-0000-4000-8000-000000000000";
    let foreign = ask("KEYMOOR_CLIENT_SECRET", Some(foreign)).await?;
    if (&wrong, &foreign) != (&Err("invalid_client".into()), &Err("invalid_scope".into())) {
        return Err("other refusals than invalid_client and invalid_scope".into());
    }
    Ok(())
}

async fn reqwest_get(url: &str, token: &str) -> Outcome<String> {
    let client = oauth2::reqwest::Client::new();
    Ok(client.get(url).bearer_auth(token).send().await?.error_for_status()?.text().await?)
}

fn main() -> Outcome<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run())?;
    println!(
        r#"{{"library":"huskarl","ok":true,"did":["call","invalid_client","invalid_scope","token"]}}"#
    );
    Ok(())
}
