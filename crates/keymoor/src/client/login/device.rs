//! `keymoor login --device`.

use std::sync::Arc;

use keymoor_client::{
    AccessToken, Builder, ClientKey, Endpoints, Given, GivenToken, Scope, Scopes,
    device::{DeviceCode, LoggedIn},
    profile::{Organization, Profile, ProfileName, SecretPlace},
};
use zeroize::Zeroizing;

use super::{account, endpoints, store};
use crate::client::{
    arguments::Login,
    failure::Failure,
    output,
    session::{self, block_on},
    waiting::Waiting,
};

/// Shows a code, waits until somebody answers, and keeps the refresh token.
pub(super) fn run(options: &Login, name: &ProfileName) -> Result<(), Failure> {
    let endpoints = endpoints(options)?;
    let client_id = options.client_id.as_deref().unwrap_or_default();
    let client_id = ClientKey::parse(client_id).map_err(|_| {
        Failure::usage("--client-id is no client ID").hint("It stands on the application's page.")
    })?;
    let scopes = scopes(options)?;
    let new = || session::reaching(Builder::to_log_in(endpoints.clone()), &options.place);
    let (logged_in, who) = block_on(async {
        let device = new()?.scopes(scopes.clone()).build_device(client_id.clone())?;
        let code = device.ask().await?;
        show(&code);
        let waiting = Waiting::begin("waiting for your answer");
        let logged_in = device.wait(&code).await?;
        drop(waiting);
        let who = asked(options, &endpoints, &logged_in.access_token).await?;
        Ok((logged_in, who))
    })?;
    let LoggedIn { credentials, .. } = logged_in;
    let host = endpoints.api_base().host_str().unwrap_or_default().to_owned();
    let profile = Profile {
        endpoints,
        key: client_id,
        organization: Organization::Auto,
        secret: SecretPlace::File,
        refreshes: true,
    };
    store(name, profile, &credentials)?;
    let who = who.map_or_else(String::new, |mail| format!(" as {mail}"));
    tell!("Logged in to {host}{who} by device, profile {name}.");
    Ok(())
}

/// The organizations and whatever else is asked for. `auto` asks for none.
fn scopes(options: &Login) -> Result<Scopes, Failure> {
    let mut scopes = Vec::new();
    for text in &options.org {
        if let Organization::Fixed(id) = session::organization(text)? {
            scopes.push(Scope::Organization(id));
        }
    }
    for text in options.scope.iter().flat_map(|text| text.split(' ')) {
        let scope: Scope =
            text.parse().map_err(|_| Failure::usage(format!("{text:?} is no scope")))?;
        // It is asked for in any case.
        if scope.to_string() != "offline_access" {
            scopes.push(scope);
        }
    }
    Ok(scopes.into_iter().collect())
}

/// On stderr, as every question; in a pipe, too.
fn show(code: &DeviceCode) {
    tell!("Open {}", output::cleaned(&code.verification_uri));
    tell!("and enter the code {}", output::cleaned(&code.user_code));
    if let Some(complete) = &code.verification_uri_complete {
        tell!("or open {}", output::cleaned(complete));
    }
    let minutes = code.expires_in.as_secs().div_ceil(60);
    tell!("Allow it only if you began this yourself. The code works for {minutes} minutes.");
}

/// Whose it is, by the first access token.
async fn asked(
    options: &Login,
    endpoints: &Endpoints,
    token: &AccessToken,
) -> Result<Option<String>, Failure> {
    let value = |text: String| Given::Value(Zeroizing::new(text));
    let expiry = token.expires_at().seconds().to_string();
    let given = GivenToken::new(value(token.expose().to_owned()), value(expiry));
    let builder = Builder::with_tokens(endpoints.clone(), Arc::new(given));
    let client = session::reaching(builder, &options.place)?.build()?;
    Ok(account(&client).await)
}
