//! SCIM 2.0 (RFC 7643, RFC 7644): an organization's identity provider tells who its people are.
//!
//! What comes in is a record of the provider's. A member it becomes by the link of provider and subject,
//! or when the person signs in through the provider (`portal::sign_on`); an e-mail address makes no
//! existing account somebody's.

pub(crate) mod about;
mod client;
pub(crate) mod users;

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
pub(crate) use client::Pace;
use http::{
    HeaderValue, StatusCode,
    header::{CACHE_CONTROL, CONTENT_TYPE},
};
use keymoor_core::{OrganizationId, scim::MEDIA_TYPE};
use serde_json::Value;

use crate::App;

/// Under which everything is; an organization's id follows.
pub(crate) const PREFIX: &str = "/api/scim/v2/";

/// The URL that administrators enter at the provider.
pub(crate) fn base(app: &App, organization: OrganizationId) -> String {
    app.url(&format!("{PREFIX}{organization}"))
}

/// A body of SCIM's, which no cache may keep.
pub(crate) fn answer(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, Body::from(body.to_string())).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
