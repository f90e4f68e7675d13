//! The four cookies. Each holds a ticket and nothing else; `__Host-` keeps them to this origin,
//! and scripts cannot read them.

use cookie::{Cookie, SameSite, time::Duration};
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use keymoor_core::ticket::Ticket;

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Jar {
    /// Somebody is signed in.
    Session,
    /// A browser that nobody is signed in with: what its forms are tied to.
    Visit,
    /// A sign-in or an enrolment that is half done.
    Ceremony,
    /// A browser that set out to an identity provider.
    SignOn,
}

/// What a browser is known by to a sign-in through a provider.
pub(crate) fn sign_on_cookie(headers: &HeaderMap) -> Option<Ticket> {
    Jar::SignOn.read(headers)
}

impl Jar {
    const fn name(self) -> &'static str {
        match self {
            Self::Session => "__Host-keymoor-session",
            Self::Visit => "__Host-keymoor-visit",
            Self::Ceremony => "__Host-keymoor-ceremony",
            Self::SignOn => "__Host-keymoor-sign-on",
        }
    }

    /// What the browser sent. Two cookies of one name are none.
    pub(super) fn read(self, headers: &HeaderMap) -> Option<Ticket> {
        let sent = headers.get_all(COOKIE).into_iter().filter_map(|value| value.to_str().ok());
        let mut found = sent
            .flat_map(Cookie::split_parse)
            .filter_map(Result::ok)
            .filter(|cookie| cookie.name() == self.name());
        let cookie = found.next()?;
        if found.next().is_some() {
            return None;
        }
        Ticket::parse(cookie.value())
    }

    /// Lets the browser keep `ticket` until it is closed.
    pub(super) fn keep(self, headers: &mut HeaderMap, ticket: &Ticket) {
        self.set(headers, ticket.expose(), None);
    }

    /// Lets the browser forget.
    pub(super) fn forget(self, headers: &mut HeaderMap) {
        self.set(headers, "", Some(Duration::ZERO));
    }

    fn set(self, headers: &mut HeaderMap, value: &str, age: Option<Duration>) {
        let mut cookie = Cookie::build((self.name(), value))
            .path("/")
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Lax)
            .build();
        cookie.set_max_age(age);
        let mut value = HeaderValue::from_str(&cookie.to_string())
            .expect("a cookie of base64url characters is a header value");
        value.set_sensitive(true);
        headers.append(SET_COOKIE, value);
    }
}
