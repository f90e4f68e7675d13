use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
    request::Parts,
};
use keymoor_core::{
    ResourceServerId,
    access::Directory,
    jwt::verify,
    wire::{ActiveToken, INACTIVE, InvalidClient, OAuthError, TokenInquiry},
};
use keymoor_store::ResourceServer;

use super::body::{head, read};
use crate::{
    App,
    client_address::ClientAddress,
    failure::{Answer, Failure, UsedBasic},
};

/// `POST /api/auth/oauth/introspect` (RFC 7662): a resource server asks about a token for it.
pub(crate) async fn introspect(
    State(app): State<Arc<App>>,
    address: ClientAddress,
    request: Request,
) -> Answer {
    let (parts, body) = request.into_parts();
    let used_basic = UsedBasic(head(&parts).used_basic());
    let answer = decide(&app, &parts, body).await;
    let active = answer.map_err(|error| {
        Failure::OAuth(app.limits.refuse(address.0, error, app.clock.monotonic()), used_basic)
    })?;
    app.metrics.introspected(active.is_some());
    Ok(response(active.as_ref()))
}

async fn decide(app: &App, parts: &Parts, body: Body) -> Result<Option<ActiveToken>, OAuthError> {
    head(parts).check()?;
    let inquiry: TokenInquiry<ResourceServerId> =
        TokenInquiry::parse(head(parts), &read(body).await?)?;
    let known = app.resource_servers.authenticate(inquiry.client, &inquiry.secret, &app.pepper);
    let wrong = || OAuthError::InvalidClient(InvalidClient::of(&inquiry.secret));
    app.check_in_step().map_err(|_| OAuthError::Unavailable)?;
    Ok(active(app, &known.ok_or_else(wrong)?.server, &inquiry.token))
}

/// What the token says, if it is for this resource server and works.
fn active(app: &App, server: &ResourceServer, token: &str) -> Option<ActiveToken> {
    let now = app.now();
    let expectation = app.settings.expectation_of(server.audience.as_str().into());
    let verified = verify(token, &app.keyring.at(now).verifying, &expectation, now).ok()?;
    let claims = verified.claims();
    (!app.directory.is_removed(claims)).then(|| ActiveToken::new(claims))
}

fn response(active: Option<&ActiveToken>) -> Response {
    let body = active.map_or_else(
        || INACTIVE.to_owned(),
        |active| serde_json::to_string(active).expect("an answer has only text keys"),
    );
    let mut response = Body::from(body).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
