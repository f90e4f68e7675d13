//! From an address to the provider of its domain. What is answered depends on the domain alone, so it
//! tells nothing of who has an account.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use http::StatusCode;
use keymoor_store::IdentityProvider;

use super::super::{form::Form, frame::page_with, gate::Browser, local::local_path, sign_in};
use crate::{App, failure::Answer};

/// The path where the organization's sign-in begins, to lead on to `next`.
pub(in super::super) fn begin(provider: &IdentityProvider, next: &str) -> String {
    let path = format!("/sign-in/organization/{}", provider.organization);
    if next.is_empty() {
        return path;
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("{path}?{}", query.append_pair("next", next).finish())
}

/// `POST /sign-in/organization`: from the button beside the password.
pub(in super::super) async fn find(
    State(app): State<Arc<App>>,
    browser: Browser,
    form: Form,
) -> Answer {
    let (email, next) = (form.text("email"), form.text("next"));
    let next = local_path(next).unwrap_or_default();
    if let Some(provider) = app.provider_for(email).await? {
        return Ok(Redirect::to(&begin(&provider, next)).into_response());
    }
    let problem = "No organization has set up its own sign-in for this address. Sign in with your \
        password, or ask your organization for its link."
        .to_owned();
    let page = sign_in::form_page(&app, &browser, email, next, Some(problem)).await?;
    page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}
