use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use http::header::CACHE_CONTROL;
use keymoor_core::wire::{AuthorizationServerMetadata, ProtectedResourceMetadata};

use crate::App;

const _: () = assert!(keymoor_core::rotation::KEY_SET_MAX_AGE == 300, "the header says so too");
/// How long others may keep these documents, in seconds. A signing key is published longer than
/// that before it signs.
const CACHEABLE: (http::HeaderName, &str) = (CACHE_CONTROL, "public, max-age=300");

/// `GET /.well-known/oauth-authorization-server` (RFC 8414).
pub(crate) async fn authorization_server(State(app): State<Arc<App>>) -> Response {
    let scopes = app.issuer().audiences.scopes();
    let metadata = AuthorizationServerMetadata::new(&app.settings.public_url, &scopes);
    ([CACHEABLE], Json(metadata)).into_response()
}

/// `GET /.well-known/oauth-protected-resource` (RFC 9728).
pub(crate) async fn protected_resource(State(app): State<Arc<App>>) -> Response {
    let settings = &app.settings;
    let issuer = app.issuer();
    let known = issuer.audiences.find(None).map(|(_, audience)| audience.scopes.as_slice());
    let (url, audience) = (&settings.public_url, &settings.audience);
    let metadata = ProtectedResourceMetadata::new(url, audience, known.unwrap_or_default());
    ([CACHEABLE], Json(metadata)).into_response()
}

/// `GET /.well-known/jwks.json` (RFC 7517).
pub(crate) async fn jwks(State(app): State<Arc<App>>) -> Response {
    ([CACHEABLE], Json(&app.keyring.at(app.now()).jwks)).into_response()
}
