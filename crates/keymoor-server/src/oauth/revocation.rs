use std::{net::IpAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{Request, State},
    response::IntoResponse,
};
use http::{StatusCode, header::CACHE_CONTROL, request::Parts};
use keymoor_core::{
    ApiKey, ApplicationId, GrantId, TokenId,
    jwt::signed_claims,
    refresh::RefreshToken,
    secret::PresentedSecret,
    token::authenticate_client,
    wire::{InvalidClient, OAuthError, RevocationRequest},
};
use keymoor_store::{Actor, Application, GrantEnding, StoreError};

use super::{
    application,
    body::{head, read},
};
use crate::{
    App,
    client_address::ClientAddress,
    failure::{Answer, Failure, UsedBasic},
    operations::{Author, OperationError},
};

/// What is to end.
enum Ending {
    /// One access token of that API token.
    AccessToken(ApiKey, TokenId),
    /// What an access token of that application came of.
    Grant(ApplicationId, GrantId),
    /// A refresh token of that application, and what it belongs to.
    RefreshToken(Holder, RefreshToken),
}

/// The application that gives a refresh token back.
struct Holder {
    application: ApplicationId,
    /// Whether it has a secret, which it proved.
    proved: bool,
    address: IpAddr,
}

/// `POST /api/auth/oauth/revoke` (RFC 7009): an API token ends an access token of its own before its
/// time, an application all that came of the consent that either token belongs to (§2.1). What is no token of ours, or is
/// over already, is answered alike: it does not work.
pub(crate) async fn revoke(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    request: Request,
) -> Answer {
    let (parts, body) = request.into_parts();
    let used_basic = UsedBasic(head(&parts).used_basic());
    let refused = |error| {
        Failure::OAuth(app.limits.refuse(address.0, error, app.clock.monotonic()), used_basic)
    };
    let ended = match decide(&app, address, &parts, body).await.map_err(refused)? {
        None => Ok(()),
        Some(Ending::AccessToken(key, token)) => {
            app.revoke_access_token(key, token).await.map_err(|error| failed(&error))
        }
        Some(Ending::Grant(application, grant)) => {
            let by = Author { by: Actor::Application(application), from: Some(address.0) };
            let ended = app.end_grant(grant, GrantEnding::Revoked(application), by).await;
            ended_by_now(ended).map_err(|error| failed(&error))
        }
        Some(Ending::RefreshToken(holder, token)) => {
            revoke_refresh_token(&app, &holder, &token).await
        }
    };
    ended.map_err(refused)?;
    Ok((StatusCode::OK, [(CACHE_CONTROL, "no-store")]).into_response())
}

/// Ends what it belongs to, whether or not it counts or is even known any more. Which one that is takes
/// many looks for one that is not known: without a secret nobody has any number of those.
async fn revoke_refresh_token(
    app: &Arc<App>,
    &Holder { application, proved, address }: &Holder,
    token: &RefreshToken,
) -> Result<(), OAuthError> {
    let digest = app.grant_keys.refresh_token(token);
    let revoked = app.revoke_refresh_token(application, digest, address).await;
    if revoked.map_err(|error| failed(&error))? {
        return Ok(());
    }
    if !proved {
        app.limits.may_guess(address, app.clock.monotonic())?;
    }
    let ending = GrantEnding::Revoked(application);
    let ended = app.end_grant_of_old(application, token, ending, address).await;
    if ended.map_err(|error| failed(&error))?.is_none() && !proved {
        app.limits.guessed(address, app.clock.monotonic());
    }
    Ok(())
}

/// What is to be revoked, if it is a token.
async fn decide(
    app: &App,
    address: ClientAddress,
    parts: &Parts,
    body: Body,
) -> Result<Option<Ending>, OAuthError> {
    head(parts).check()?;
    let request = RevocationRequest::parse(head(parts), &read(body).await?)?;
    if let Some(application) = application::find(app, &request.client).await? {
        return of_application(app, address, &application, &request);
    }
    let missing = OAuthError::InvalidClient(InvalidClient::Missing);
    let secret = request.client.secret.as_ref().ok_or(missing)?;
    of_api_token(app, address, &request, secret).await
}

async fn of_api_token(
    app: &App,
    address: ClientAddress,
    request: &RevocationRequest,
    secret: &PresentedSecret,
) -> Result<Option<Ending>, OAuthError> {
    let known = app.credentials.known(request.client.id).await;
    let known = known.map_err(|error| application::unavailable(&error))?;
    let (facts, moment) = (known.facts.as_deref(), app.moment(address.0));
    let client = authenticate_client(secret, facts, &app.pepper, moment)?;
    access_token(app, client.facts.api_key, &request.token)
}

/// What is another's is to an application as what is none (RFC 7009 §2.2): nothing happens to it.
fn of_application(
    app: &App,
    address: ClientAddress,
    application: &Application,
    request: &RevocationRequest,
) -> Result<Option<Ending>, OAuthError> {
    let facts = &application.facts;
    application::prove(app, &request.client, application, address.0)?;
    match RefreshToken::parse(&request.token) {
        Some(token) => {
            let (application, proved) = (facts.id, facts.secret.is_some());
            let holder = Holder { application, proved, address: address.0 };
            Ok(Some(Ending::RefreshToken(holder, token)))
        }
        None => match access_token(app, facts.id.as_client(), &request.token) {
            Err(OAuthError::AnothersToken) => Ok(None),
            other => other,
        },
    }
}

/// The access token, if it is the client's and still lives.
fn access_token(app: &App, client: ApiKey, token: &str) -> Result<Option<Ending>, OAuthError> {
    let now = app.now();
    match signed_claims(token, &app.keyring.at(now).verifying) {
        Ok(claims) if claims.client_id != client => Err(OAuthError::AnothersToken),
        Ok(claims) if claims.exp > now => Ok(Some(match claims.grant_id {
            Some(grant) => Ending::Grant(ApplicationId::of_client(client), grant),
            None => Ending::AccessToken(client, claims.jti),
        })),
        _ => Ok(None),
    }
}

/// It does not matter whether it had ended before.
fn ended_by_now(outcome: Result<(), OperationError>) -> Result<(), OperationError> {
    match outcome {
        Err(OperationError::Store(StoreError::Conflict(_) | StoreError::NotFound(_))) => Ok(()),
        other => other,
    }
}

fn failed(error: &OperationError) -> OAuthError {
    if matches!(error, OperationError::Store(StoreError::Conflict(_))) {
        return OAuthError::TooManyRevoked;
    }
    tracing::error!(%error, "a token could not be revoked");
    OAuthError::Unavailable
}
