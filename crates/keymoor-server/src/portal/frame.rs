//! What is the same around every page.

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use keymoor_core::name::{Email, Label};
use keymoor_store::Account;

use super::{assets, gate::Browser};
use crate::{App, failure::Answer};

/// What the frame of a page shows.
pub(super) struct Frame {
    pub(super) csrf: String,
    pub(super) css: &'static str,
    pub(super) js: &'static str,
    pub(super) person: Option<Person>,
    /// Which entry of the navigation is the current one.
    pub(super) section: &'static str,
}

/// Who is signed in.
pub(super) struct Person {
    pub(super) email: String,
    pub(super) initial: char,
    pub(super) operator: bool,
}

impl Frame {
    pub(super) fn of(
        app: &App,
        browser: &Browser,
        account: Option<&Account>,
        section: &'static str,
    ) -> Self {
        Self { csrf: browser.mark(app), person: account.map(person), section, ..Self::bare() }
    }

    /// The frame for a browser that nobody is signed in with.
    pub(super) fn visitor(app: &App, browser: &Browser) -> Self {
        Self::of(app, browser, None, "")
    }

    fn bare() -> Self {
        let (css, js) = (assets::css_path(), assets::js_path());
        Self { csrf: String::new(), css, js, person: None, section: "" }
    }
}

fn person(account: &Account) -> Person {
    let email = account.email.as_str().to_owned();
    let initial = email.chars().next().unwrap_or('?').to_ascii_uppercase();
    Person { email, initial, operator: account.operator }
}

/// The page as a response.
pub(super) fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// The page with another status, and in how many seconds the form is taken, if waiting helps.
pub(super) fn page_after(
    wait: Option<u32>,
    status: StatusCode,
    template: &impl Template,
) -> Answer {
    let mut response = page_with(status, template)?;
    if let Some(seconds) = wait {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(response)
}

/// The page with another status: the form cannot be accepted as it is.
pub(super) fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    let html = template.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be rendered");
        crate::failure::Failure::Internal
    })?;
    Ok((status, Html(html)).into_response())
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'p> {
    frame: Frame,
    title: &'p str,
    message: &'p str,
}

/// What a browser gets where a program gets JSON.
pub(crate) fn error_page(status: StatusCode, title: &str, message: &str) -> Response {
    let html = ErrorPage { frame: Frame::bare(), title, message }.render();
    (status, Html(html.unwrap_or_else(|_| message.to_owned()))).into_response()
}

/// What to call an account: a service account by its name, since its address is nobody's.
pub(super) fn shown(service_name: Option<&Label>, email: &Email) -> String {
    service_name.map_or(email.as_str(), Label::as_str).to_owned()
}

/// What is wrong with a field, as a sentence.
pub(super) fn sentence(field: &str, problem: &str) -> String {
    let name = match field {
        "email" => "The e-mail address",
        "password" => "The password",
        "label" => "The label",
        "name" => "The name",
        "description" => "The description",
        "permissions" => "The list of permissions",
        "roles" => "The list of roles",
        "expires_at" => "The expiry date",
        "address_ranges" => "The list of address ranges",
        "organizations" => "The list of organizations",
        "redirect_uris" => "The list of redirect URIs",
        "code" => "The code",
        "domain" => "The domain",
        "issuer" => "Issuer:",
        "metadata" => "Metadata:",
        "identity_provider" => "The identity provider:",
        "client_id" => "The client ID",
        "client_secret" => "The client secret",
        "max_sign_in_age" => "The time for which a sign-in counts",
        other => other,
    };
    // A sentence of its own needs no beginning.
    let name = if problem.starts_with(char::is_uppercase) { "" } else { name };
    let end = if problem.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{name} {problem}{end}").trim_start().to_owned()
}
