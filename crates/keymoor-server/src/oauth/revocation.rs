use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::IntoResponse,
};
use http::{StatusCode, header::CACHE_CONTROL, request::Parts};
use keymoor_core::{
    ApiKey, TokenId,
    jwt::signed_claims,
    token::authenticate_client,
    wire::{OAuthError, TokenInquiry},
};

use keymoor_store::StoreError;

use super::body::{head, read};
use crate::{
    App,
    client_address::ClientAddress,
    failure::{Answer, Failure, UsedBasic},
    operations::OperationError,
};

/// `POST /api/auth/oauth/revoke` (RFC 7009): a client ends an access token of its own before its
/// time. What is no token of ours, or is over already, is answered alike: it does not work.
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
    if let Some((key, token)) = decide(&app, address, &parts, body).await.map_err(refused)? {
        app.revoke_access_token(key, token).await.map_err(|error| refused(failed(&error)))?;
    }
    Ok((StatusCode::OK, [(CACHE_CONTROL, "no-store")]).into_response())
}

/// Which token is to be revoked, if it is one.
async fn decide(
    app: &App,
    address: ClientAddress,
    parts: &Parts,
    body: Body,
) -> Result<Option<(ApiKey, TokenId)>, OAuthError> {
    head(parts).check()?;
    let inquiry: TokenInquiry<ApiKey> = TokenInquiry::parse(head(parts), &read(body).await?)?;
    let known = app.credentials.known(inquiry.client).await.map_err(|error| {
        tracing::error!(%error, "credentials cannot be read");
        OAuthError::Unavailable
    })?;
    let (facts, moment) = (known.facts.as_deref(), app.moment(address.0));
    let client = authenticate_client(&inquiry.secret, facts, &app.pepper, moment)?;
    let keys = &app.keyring.at(moment.now).verifying;
    match signed_claims(&inquiry.token, keys) {
        Ok(claims) if claims.client_id != client.facts.api_key => Err(OAuthError::AnothersToken),
        Ok(claims) if claims.exp > moment.now => Ok(Some((claims.client_id, claims.jti))),
        _ => Ok(None),
    }
}

fn failed(error: &OperationError) -> OAuthError {
    if matches!(error, OperationError::Store(StoreError::Conflict(_))) {
        return OAuthError::TooManyRevoked;
    }
    tracing::error!(%error, "an access token could not be revoked");
    OAuthError::Unavailable
}
