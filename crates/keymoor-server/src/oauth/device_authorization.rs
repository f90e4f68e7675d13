use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{header::CACHE_CONTROL, request::Parts};
use keymoor_core::{
    delegation::{DEVICE_INTERVAL, DEVICE_LIFE},
    ticket::Ticket,
    wire::{
        DeviceAuthorizationRequest, OAuthError, ScopeRefusal, Unauthorized, UserCode,
        discovery::paths,
    },
};
use keymoor_store::{Application, NewDevice, StoreError};
use serde_json::json;

use super::{
    application::{UNKNOWN, authenticate, unavailable},
    body::{head, read},
};
use crate::{
    App,
    authorization::check_scopes,
    client_address::ClientAddress,
    failure::{Answer, Failure, UsedBasic},
    random,
};

/// How often another user code is drawn because somebody else's device has that one.
const DRAWS: usize = 8;

/// `POST /api/auth/oauth/device_authorization` (RFC 8628 §3.1).
pub(crate) async fn device_authorization(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    request: Request,
) -> Answer {
    let (parts, body) = request.into_parts();
    let used_basic = UsedBasic(head(&parts).used_basic());
    decide(&app, address, &parts, body).await.map_err(|error| {
        Failure::OAuth(app.limits.refuse(address.0, error, app.clock.monotonic()), used_basic)
    })
}

async fn decide(
    app: &App,
    address: ClientAddress,
    parts: &Parts,
    body: Body,
) -> Result<Response, OAuthError> {
    head(parts).check()?;
    let request = DeviceAuthorizationRequest::parse(head(parts), &read(body).await?)?;
    app.check_in_step().map_err(|_| OAuthError::Unavailable)?;
    let application = authenticate(app, &request.client, address.0).await?;
    let audience = check(app, &application, &request)?;
    app.limits.ask_for_device(address.0, app.clock.monotonic())?;
    let device_code = Ticket::generate(random());
    for _ in 0..DRAWS {
        let (user_code, now) = (UserCode::from_random(random()), app.now());
        let new = NewDevice {
            device_code: app.grant_keys.device_code(&device_code),
            user_code: app.grant_keys.user_code(user_code.as_str()),
            application: application.facts.id,
            scopes: request.scope.clone(),
            audience: audience.clone(),
            address: address.0,
            expires_at: now.plus(i64::from(DEVICE_LIFE)),
        };
        match app.store.add_device(&new, now).await {
            Ok(()) => return Ok(answer(app, &device_code, &user_code)),
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(unavailable(&error)),
        }
    }
    Err(OAuthError::Unavailable)
}

/// The API that is asked for, if the application may ask for that.
fn check(
    app: &App,
    application: &Application,
    request: &DeviceAuthorizationRequest,
) -> Result<String, OAuthError> {
    let facts = &application.facts;
    if facts.removed_at.is_some() {
        return Err(UNKNOWN);
    }
    if !facts.rights.device || facts.owner_disabled_at.is_some() {
        return Err(OAuthError::UnauthorizedClient(Unauthorized::GrantType));
    }
    let issuer = app.issuer();
    let resource = request.resource.as_ref().map(|text| text.as_str());
    let (audience, known) = issuer.audiences.find(resource).ok_or(OAuthError::InvalidTarget)?;
    let unknown = |_| OAuthError::InvalidScope(ScopeRefusal::Unknown);
    check_scopes(&request.scope, known, facts.rights).map_err(unknown)?;
    Ok(audience.to_string())
}

/// RFC 8628 §3.2.
fn answer(app: &App, device_code: &Ticket, user_code: &UserCode) -> Response {
    let page = app.url(paths::DEVICE);
    let body = json!({
        "device_code": device_code.expose(),
        "user_code": user_code.to_string(),
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={user_code}"),
        "expires_in": DEVICE_LIFE,
        "interval": DEVICE_INTERVAL,
    });
    ([(CACHE_CONTROL, "no-store")], Json(body)).into_response()
}
