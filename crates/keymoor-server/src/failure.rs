//! The one place where an error becomes a response.
//!
//! A handler returns a [`Failure`]; it travels in the response's extensions to [`render`], which
//! knows the server's URLs. What a caller may not know is logged, not sent.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{
    HeaderValue, StatusCode,
    header::{
        ACCEPT, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
    },
};
use keymoor_core::{
    OrganizationId,
    explain::Refused,
    permission::Denied,
    refusal::Refusal,
    scim::ScimError,
    wire::{OAuthError, listing::InvalidListing},
};
use keymoor_guard::refusal_response;
use keymoor_store::StoreError;
use serde_json::{Value, json};

use crate::{
    App,
    explain::Noted,
    operations::{Busy, OperationError},
    portal::error_page,
    scim,
};

/// Whatever can go wrong with a request.
#[derive(Clone, Debug)]
pub enum Failure {
    /// The token endpoint's error table; Basic is named if the client used it.
    OAuth(OAuthError, UsedBasic),
    /// The guard's table.
    Refused(Box<Refused>),
    /// 404.
    NotFound,
    /// 405; the router adds `Allow`.
    Method,
    /// 409, and why.
    Conflict(String),
    /// 403: allowed to nobody like the caller.
    Forbidden(&'static str),
    /// 403: a member who may not do this, and what would help.
    Denied(Denied),
    /// 400: a field and what is wrong with it.
    Validation(&'static str, String),
    /// 413.
    TooLarge,
    /// 503: the store cannot be used.
    Unavailable,
    /// 503: the store went away during a change, which may or may not have been made.
    InDoubt,
    /// 408: the request took too long to arrive or to answer.
    Timeout,
    /// 429: too much from one address or under one name; in so many seconds it is taken again.
    TooMany(u32),
    /// 503: more passwords than can be checked.
    Busy,
    /// A page needs somebody signed in: to the sign-in, and then to this path.
    SignInNeeded(Option<String>),
    /// A page needs a recent sign-in: to the password, and then to this path.
    ConfirmationNeeded(String),
    /// A page needs a recent sign-in through this organization's provider, and then leads to this
    /// path.
    ConfirmThroughProvider(OrganizationId, String),
    /// 403: a form that is not ours, or of a page that was open for too long.
    ForeignForm,
    /// 410: a one-time link that was used, or whose time is over.
    DeadLink,
    /// 403: the organization's pages are for who came through its identity provider; its own page
    /// says how.
    ComeThroughProvider(OrganizationId),
    /// 400, always as a page: an authorization request that can be answered to nobody but the browser,
    /// for this reason.
    Unanswerable(String),
    /// 410: a sign-in through a provider that was not begun in this browser, or took too long.
    LostSignOn,
    /// What provisioning clients are told, in SCIM's own form.
    Scim(ScimError),
    /// 500, with a request id for the operator and nothing else.
    Internal,
}

/// Whether credentials came in the `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsedBasic(pub bool);

/// The result of a handler.
pub type Answer = Result<Response, Failure>;

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Refused::stranger(refusal))
    }
}

impl From<Box<Refused>> for Failure {
    fn from(refused: Box<Refused>) -> Self {
        Self::Refused(refused)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Self::NotFound,
            StoreError::Conflict(why) => Self::Conflict(why.to_owned()),
            StoreError::Unavailable(_) | StoreError::Contended => {
                tracing::error!(%error, "the store is unavailable");
                Self::Unavailable
            }
            StoreError::InDoubt(_) => {
                tracing::error!(%error, "the outcome of a change is not known");
                Self::InDoubt
            }
            StoreError::Corrupt(_) => {
                tracing::error!(%error, "the store is damaged");
                Self::Internal
            }
        }
    }
}

impl From<OperationError> for Failure {
    fn from(error: OperationError) -> Self {
        match error {
            OperationError::Store(error) => error.into(),
            OperationError::Invalid { field, problem } => Self::Validation(field, problem),
            OperationError::Busy(busy) => busy.into(),
            OperationError::Denied(denied) => denied.into(),
        }
    }
}

impl From<Denied> for Failure {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<InvalidListing> for Failure {
    fn from(invalid: InvalidListing) -> Self {
        Self::Validation(invalid.parameter, invalid.problem)
    }
}

impl From<Busy> for Failure {
    fn from(_: Busy) -> Self {
        Self::Busy
    }
}

impl From<ScimError> for Failure {
    fn from(error: ScimError) -> Self {
        Self::Scim(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// Turns a [`Failure`] that comes up the stack into its response.
pub(crate) async fn render(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let is_page = wants_page(&request);
    let is_scim = request.uri().path().starts_with(scim::PREFIX);
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>() else {
        return response;
    };
    // A refused way to authenticate is told in the same words at every URL.
    let is_hmac = matches!(&failure, Failure::Refused(refused) if refused.refusal == Refusal::Hmac);
    let is_page = is_page || matches!(failure, Failure::Unanswerable(_));
    let mut rendered = if is_hmac {
        failure.response(&app)
    } else if is_page {
        failure.page_response()
    } else if is_scim {
        failure.scim_response()
    } else {
        failure.response(&app)
    };
    let noted = response.extensions_mut().remove::<Noted>().or_else(|| failure.noted());
    if let Some(noted) = noted {
        rendered.extensions_mut().insert(noted);
    }
    // What came with the failure stays: the methods that are allowed, a page's protection.
    for (name, value) in response.headers() {
        if *name != CONTENT_LENGTH && !rendered.headers().contains_key(name) {
            rendered.headers_mut().append(name, value.clone());
        }
    }
    rendered
}

/// Whether a browser asked for a page: programs get JSON.
fn wants_page(request: &Request) -> bool {
    let path = request.uri().path();
    let accept = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok());
    let api = path.starts_with("/api/") || path.starts_with("/.well-known/");
    !api && accept.is_some_and(|accept| accept.contains("text/html"))
}

impl Failure {
    /// The same for a browser: a page, or the way to the one that helps.
    fn page_response(&self) -> Response {
        match self {
            Self::SignInNeeded(next) => {
                let next = next.as_deref().unwrap_or_default();
                see_other(&way("/sign-in", next))
            }
            Self::ComeThroughProvider(id) => see_other(&format!("/organizations/{id}")),
            Self::ConfirmationNeeded(next) => see_other(&way("/sign-in/again", next)),
            Self::ConfirmThroughProvider(id, next) => {
                let way = way(&format!("/sign-in/organization/{id}"), next);
                see_other(&format!("{way}{}renew=yes", if next.is_empty() { '?' } else { '&' }))
            }
            other => {
                let (status, title, message) = other.row();
                let title = PAGE_TITLES.iter().find(|(error, _)| *error == title);
                let title = title.map_or("Something went wrong", |(_, title)| title);
                let message = match message {
                    Value::String(text) => text,
                    fields => fields.to_string(),
                };
                let mut response = error_page(status, title, &message);
                response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
                other.name_wait(&mut response);
                response
            }
        }
    }

    /// What is noted of a refusal, so that it can be explained.
    fn noted(&self) -> Option<Noted> {
        match self {
            Self::Refused(refused) => Some(Noted::of_guard(refused)),
            Self::OAuth(error, _) => Some(Noted::of_oauth(error)),
            _ => None,
        }
    }

    fn response(&self, app: &App) -> Response {
        match self {
            Self::OAuth(error, used_basic) => oauth_response(app, error, *used_basic),
            Self::Refused(refused) => refusal_response(&refused.refusal, app.guard.pointers()),
            other => other.api_response(),
        }
    }

    fn api_response(&self) -> Response {
        let (status, error, message) = self.row();
        let body = json!({ "error": error, "message": message });
        let mut response = (status, Json(body)).into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        self.name_wait(&mut response);
        response
    }

    /// Says when to try again, where waiting helps.
    fn name_wait(&self, response: &mut Response) {
        let seconds = match self {
            Self::TooMany(seconds) => *seconds,
            _ if response.status() == StatusCode::SERVICE_UNAVAILABLE => 1,
            _ => return,
        };
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }

    /// The same for a provisioning client (RFC 7644 §3.12).
    fn scim_response(&self) -> Response {
        let error = match self {
            Self::Scim(error) => error.clone(),
            // An `Authorization` header that no guard would read either.
            Self::Refused(refused) => ScimError::plain(
                refused.refusal.status(),
                "This is not how SCIM is asked. Use a bearer token.",
            ),
            other => {
                let (status, _, message) = other.row();
                let detail = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
                ScimError::plain(status, detail)
            }
        };
        let mut response = scim::answer(error.status, &error.body());
        let headers = response.headers_mut();
        if error.status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer realm=\"scim\"");
            headers.insert(WWW_AUTHENTICATE, bearer);
        }
        if error.status == StatusCode::TOO_MANY_REQUESTS {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("60"));
        }
        if error.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }

    /// Status, `error` and `message` of everything that is neither OAuth's nor the guard's.
    fn row(&self) -> (StatusCode, &'static str, Value) {
        let (status, error, message) = match self {
            Self::Conflict(why) => (StatusCode::CONFLICT, "conflict", why.as_str()),
            Self::Validation(field, problem) => {
                let message = json!({ *field: problem });
                return (StatusCode::BAD_REQUEST, "validation_failed", message);
            }
            Self::Denied(denied) => {
                return (StatusCode::FORBIDDEN, "forbidden", Value::from(denied.to_string()));
            }
            Self::Forbidden(why) => (StatusCode::FORBIDDEN, "forbidden", *why),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "The resource was not found."),
            Self::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "The resource does not take this method. See the Allow header.",
            ),
            Self::TooLarge => {
                (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is too large.")
            }
            Self::Timeout => {
                (StatusCode::REQUEST_TIMEOUT, "timeout", "The request took too long. Try again.")
            }
            Self::SignInNeeded(_)
            | Self::ConfirmationNeeded(_)
            | Self::ConfirmThroughProvider(..) => (
                StatusCode::UNAUTHORIZED,
                "sign_in_needed",
                "This page needs somebody signed in. Open it in a browser.",
            ),
            Self::ForeignForm => (
                StatusCode::FORBIDDEN,
                "foreign_form",
                "This form was not sent from a page of this server in this browser, or the page was open \
                 for too long. Open the page again and send it once more.",
            ),
            Self::DeadLink => (
                StatusCode::GONE,
                "dead_link",
                "This link was used already, or its time is over. Ask for a new one.",
            ),
            Self::ComeThroughProvider(_) => (
                StatusCode::FORBIDDEN,
                "sign_in_needed",
                "This page is for who signed in through the organization's identity provider.",
            ),
            Self::LostSignOn => (
                StatusCode::GONE,
                "lost_sign_in",
                "This sign-in was not begun in this browser, was finished already, or took too long. \
                 Begin again.",
            ),
            Self::Unanswerable(why) => (StatusCode::BAD_REQUEST, "unanswerable", why.as_str()),
            Self::TooMany(_) => (
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                "Too many requests came from your address. Wait a little, then try again.",
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "Many people are signing in at the moment. Try again in a few seconds.",
            ),
            Self::InDoubt => (
                StatusCode::SERVICE_UNAVAILABLE,
                "system",
                "The change may or may not have been made, or is not in effect everywhere yet. Look \
                 before trying again.",
            ),
            Self::Unavailable => (
                StatusCode::SERVICE_UNAVAILABLE,
                "system",
                "The service is unavailable at the moment. Try again shortly.",
            ),
            _ => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong here. Tell the operator the X-Request-Id of this answer.",
            ),
        };
        (status, error, Value::from(message))
    }
}

fn oauth_response(app: &App, error: &OAuthError, used_basic: UsedBasic) -> Response {
    let mut body = json!({ "error": error.code(), "error_description": error.description() });
    if let Some(path) = error.help_path() {
        body["error_uri"] = Value::from(app.url(&path));
    }
    let mut response = (error.status(), Json(body)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if error.status() == StatusCode::UNAUTHORIZED && used_basic.0 {
        let basic = HeaderValue::from_static("Basic realm=\"keymoor\", charset=\"UTF-8\"");
        headers.insert(WWW_AUTHENTICATE, basic);
    }
    if error.status() == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(ALLOW, HeaderValue::from_static("POST"));
    }
    if let Some(seconds) = error.retry_after() {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// What a page is called that says what went wrong.
const PAGE_TITLES: [(&str, &str); 14] = [
    ("too_many_requests", "Too many attempts"),
    ("not_found", "Not found"),
    ("method_not_allowed", "Not possible here"),
    ("conflict", "Not done"),
    ("forbidden", "Not allowed"),
    ("validation_failed", "Not understood"),
    ("too_large", "Too large"),
    ("timeout", "It took too long"),
    ("system", "Not available at the moment"),
    ("busy", "Busy at the moment"),
    ("foreign_form", "This form cannot be accepted"),
    ("lost_sign_in", "This sign-in cannot go on"),
    ("dead_link", "This link does nothing any more"),
    ("unanswerable", "This application asks in a way that cannot be answered"),
];

/// The path of a page that leads on to `next`.
fn way(path: &str, next: &str) -> String {
    if next.is_empty() {
        return path.to_owned();
    }
    let mut query = form_urlencoded::Serializer::new(String::new());
    format!("{path}?{}", query.append_pair("next", next).finish())
}

fn see_other(path: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let location = HeaderValue::from_str(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, location);
    response.headers_mut().insert(CACHE_CONTROL, NO_STORE);
    response
}
