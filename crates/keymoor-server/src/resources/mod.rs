//! The HAL resources of the authentication domain, guarded by Keymoor's own guard.

pub(crate) mod account;
pub(crate) mod api_tokens;
mod bearer;
mod body;
pub(crate) mod domains;
pub(crate) mod identity_providers;
mod inside;
pub(crate) mod invitations;
pub(crate) mod members;
pub(crate) mod organizations;
pub(crate) mod roles;
pub(crate) mod scim_secrets;
mod segment;
pub(crate) mod service_accounts;
pub(crate) mod service_tokens;
pub(crate) mod team_members;
pub(crate) mod teams;

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use bearer::Bearer;
use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
pub(crate) use segment::{FourSegments, Segment, Segments, ThreeSegments};
use serde_json::Value;

/// An answer about somebody's account, which no cache may keep.
fn private(status: StatusCode, body: Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
