//! What every request for a page passes: no form gets through that is not ours, and no page leaves
//! without the headers that keep it so.

use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::{
    body::{Body, to_bytes},
    extract::{FromRequestParts, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{
        CACHE_CONTROL, CONTENT_SECURITY_POLICY, ORIGIN, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY,
        X_FRAME_OPTIONS,
    },
    request::Parts,
};
use keymoor_core::{
    seal::{MasterKey, Purpose},
    ticket::Ticket,
};

use super::{cookies::Jar, form::Form};
use crate::{App, failure::Failure, random};

/// Bytes beyond which a form is refused.
const MAX_FORM: usize = 64 * 1024;
/// The field that every form has.
pub(super) const FIELD: &str = "csrf";

/// Nothing but what comes from here, no script or style in the page itself, and no frame around it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// In the extensions of a page: where its form leads besides to us. Browsers hold back the redirect
/// that answers a form if the page's policy does not name where it goes.
#[derive(Clone)]
pub(super) struct LeadsTo(pub(super) String);

/// The portal's key: only who has it makes what a form is known by.
pub(crate) struct Keys(hmac::Key);

impl Keys {
    pub(crate) fn new(master: &MasterKey) -> Self {
        let key = master.derive(Purpose::Portal);
        Self(hmac::Key::new(hmac::HMAC_SHA256, key.as_slice()))
    }

    /// HMAC-SHA-256 of `purpose` and `text` in base64url.
    pub(crate) fn mark(&self, purpose: &str, text: &str) -> String {
        let tag = hmac::sign(&self.0, format!("{purpose}\n{text}").as_bytes());
        URL_SAFE_NO_PAD.encode(tag)
    }

    /// Whether `mark` is that of `purpose` and `text`, in constant time.
    pub(crate) fn is_mark(&self, purpose: &str, text: &str, mark: &str) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(mark).unwrap_or_default();
        hmac::verify(&self.0, format!("{purpose}\n{text}").as_bytes(), &bytes).is_ok()
    }
}

/// The browser that asks. Its forms are tied to the cookie that it is known by.
#[derive(Clone)]
pub(super) struct Browser {
    anchor: Ticket,
    /// What it holds for a session, which may count or not.
    pub(super) session: Option<Ticket>,
    pub(super) ceremony: Option<Ticket>,
    /// What it is known by to a sign-in through a provider.
    pub(super) sign_on: Option<Ticket>,
}

impl Browser {
    /// The value of the field [`FIELD`] in this browser's forms.
    pub(super) fn mark(&self, app: &App) -> String {
        app.portal.mark(FIELD, self.anchor.expose())
    }

    /// The session goes on under another ticket.
    pub(super) fn renew(&mut self, ticket: &Ticket) {
        self.anchor = ticket.clone();
        self.session = Some(ticket.clone());
    }

    /// Ties `text` to this browser.
    pub(super) fn tie(&self, app: &App, text: &str) -> String {
        app.portal.mark("tie", &format!("{} {text}", self.anchor.expose()))
    }

    /// Whether `mark` ties `text` to this browser.
    pub(super) fn is_tied(&self, app: &App, text: &str, mark: &str) -> bool {
        app.portal.is_mark("tie", &format!("{} {text}", self.anchor.expose()), mark)
    }
}

impl FromRequestParts<Arc<App>> for Browser {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<App>) -> Result<Self, Failure> {
        parts.extensions.get::<Self>().cloned().ok_or(Failure::Internal)
    }
}

/// See the module.
pub(crate) async fn pass(
    State(app): State<Arc<App>>,
    mut request: Request,
    next: Next,
) -> Response {
    let session = Jar::Session.read(request.headers());
    let visit = Jar::Visit.read(request.headers());
    // What every cache may keep has nobody's cookie.
    let is_page = !request.uri().path().starts_with("/assets/");
    let is_new = is_page && session.is_none() && visit.is_none();
    let anchor = session.clone().or(visit).unwrap_or_else(|| Ticket::generate(random()));
    let ceremony = Jar::Ceremony.read(request.headers());
    let sign_on = Jar::SignOn.read(request.headers());
    let browser = Browser { anchor: anchor.clone(), session, ceremony, sign_on };
    if request.method() == Method::POST {
        match ours(&app, &browser, request).await {
            Ok(form) => request = form,
            Err(failure) => return protect(&app, failure.into_response()),
        }
    }
    request.extensions_mut().insert(browser);
    let mut response = next.run(request).await;
    if is_new && !response.headers().contains_key(http::header::SET_COOKIE) {
        Jar::Visit.keep(response.headers_mut(), &anchor);
    }
    protect(&app, response)
}

/// Reads the form, if it comes from a page of ours in this browser.
async fn ours(app: &App, browser: &Browser, request: Request) -> Result<Request, Failure> {
    let (mut parts, body) = request.into_parts();
    if !is_own_origin(&app.settings.public_url, &parts.headers) {
        return Err(Failure::ForeignForm);
    }
    let bytes = to_bytes(body, MAX_FORM).await.map_err(|_| Failure::TooLarge)?;
    let form = Form::parse(&bytes);
    if !app.portal.is_mark(FIELD, browser.anchor.expose(), form.text(FIELD)) {
        return Err(Failure::ForeignForm);
    }
    parts.extensions.insert(form);
    Ok(Request::from_parts(parts, Body::empty()))
}

/// Whether a page of this origin sent the request. Browsers say so with every form.
fn is_own_origin(public_url: &str, headers: &HeaderMap) -> bool {
    let origin = headers.get(ORIGIN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let elsewhere = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin");
    !elsewhere && super::local::is_origin_of(origin, public_url)
}

/// Puts the headers of every page on it.
pub(crate) fn protect(app: &App, mut response: Response) -> Response {
    let policy = response.extensions_mut().remove::<LeadsTo>().map_or_else(
        || HeaderValue::from_static(POLICY),
        |LeadsTo(source)| {
            let policy = HeaderValue::from_str(&format!("{POLICY} {source}"));
            policy.unwrap_or(HeaderValue::from_static(POLICY))
        },
    );
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy);
    let fixed = [
        (X_FRAME_OPTIONS, "DENY"),
        // Not "no-referrer": forms would then come with the origin "null".
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if app.settings.public_url.starts_with("https:") {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
