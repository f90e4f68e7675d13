use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE, PRAGMA},
    request::Parts,
};
use keymoor_core::{
    ApiKey,
    access::Directory,
    token::{Moment, issue},
    wire::{GrantRequest, OAuthError, TokenRequest, TokenResponse},
};

use super::{
    body::{head, read},
    delegated,
};
use crate::{
    App,
    client_address::ClientAddress,
    explain::Fault,
    failure::{Answer, Failure, UsedBasic},
};

/// How often a request is decided anew because what it hangs on changed meanwhile.
const TRIES: usize = 8;

/// `POST /api/auth/oauth/token`: exchanges an API Key and API Secret for an access token, or what an
/// application was allowed.
pub(crate) async fn token(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    request: Request,
) -> Answer {
    let (parts, body) = request.into_parts();
    let used_basic = UsedBasic(head(&parts).used_basic());
    let begun = app.clock.monotonic();
    let issued = decide(&app, address, &parts, body).await;
    let took = app.clock.monotonic().saturating_sub(begun);
    let issued = issued.map_err(|mut fault| {
        fault.error = app.limits.refuse(address.0, fault.error, app.clock.monotonic());
        fault
    });
    app.metrics.answered(issued.as_ref().err().map(|fault| &fault.error), took);
    Ok(issued.unwrap_or_else(|Fault { error, noted }| {
        tracing::info!(client = %address.0, error = error.code(), "token refused");
        let mut response = Failure::OAuth(error, used_basic).into_response();
        response.extensions_mut().insert(noted);
        response
    }))
}

async fn decide(
    app: &Arc<App>,
    address: ClientAddress,
    parts: &Parts,
    body: Body,
) -> Result<Response, Fault> {
    head(parts).check()?;
    match GrantRequest::parse(head(parts), &read(body).await?)? {
        GrantRequest::ClientCredentials(request) => credentials(app, address, &request).await,
        GrantRequest::Delegated(request) => {
            Ok(delegated::exchange(app, address.0, &request).await?)
        }
    }
}

async fn credentials(
    app: &App,
    address: ClientAddress,
    request: &TokenRequest,
) -> Result<Response, Fault> {
    app.check_in_step().map_err(|_| OAuthError::Unavailable)?;
    for _ in 0..TRIES {
        let known = app.credentials.known(request.client.api_key).await.map_err(|error| {
            tracing::error!(%error, "credentials cannot be read");
            OAuthError::Unavailable
        })?;
        let moment = app.moment(address.0);
        let keys = app.keyring.at(moment.now);
        let outcome = issue(request, known.facts.as_deref(), &app.pepper, &app.issuer(), moment)
            .and_then(|issued| {
                app.limits.issue(issued.api_key, app.clock.monotonic())?;
                Ok((keys.signer().sign(&issued.claims), issued))
            });
        if app.credentials.still_holds(&known) {
            let (token, issued) = outcome.map_err(|error| {
                note_refused(app, &error, request.client.api_key, moment);
                Fault::of(error, request, known.facts.as_deref())
            })?;
            // What came back within seconds is dead for those seconds, for tokens of now too.
            if app.directory.is_removed(&issued.claims) {
                return Err(OAuthError::Unavailable.into());
            }
            app.uses.note(&issued, address.0);
            return Ok(answer(&TokenResponse::new(&token, &issued)));
        }
    }
    Err(OAuthError::Unavailable.into())
}

/// A wrong secret is something that the API token's owner is told of.
fn note_refused(app: &App, error: &OAuthError, key: Option<ApiKey>, moment: Moment) {
    if let (OAuthError::InvalidClient(_), Some(key)) = (error, key) {
        app.uses.note_refused(key, moment.now, moment.address);
    }
}

/// The answer of RFC 6749 §5.1, which no cache may keep.
pub(super) fn answer(told: &TokenResponse<'_>) -> Response {
    let body = serde_json::to_vec(told).expect("a token response has only text keys");
    let mut response = Body::from(body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
