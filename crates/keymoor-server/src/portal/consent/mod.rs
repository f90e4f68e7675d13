//! Whether somebody lets an application act for them: the one question, asked in a browser that an
//! application sent or of whoever enters a device's code.

pub(super) mod authorize;
pub(super) mod device;
mod question;

use askama::Template;
use question::Question;

use super::{SignedIn, frame::Frame};
use crate::{App, failure::Failure};

/// What the page that asks is at, for applications that send browsers.
pub(crate) fn consent_path(query: &str) -> String {
    format!("{}?{query}", authorize::PATH)
}

/// Whoever lets an application act for weeks proves again who that is, as for an API token.
async fn check_recent(app: &App, signed_in: &SignedIn, next: &str) -> Result<(), Failure> {
    match signed_in.session.organization {
        Some(organization) => signed_in.check_recent_inside(app, organization, next).await,
        None => signed_in.check_recent(app, next),
    }
}

#[derive(Template)]
#[template(path = "consent.html")]
struct ConsentPage<'p> {
    frame: Frame,
    asked: Question,
    /// Where the answer is sent.
    action: &'p str,
    /// What is answered: the query of the request, or a device's code.
    request: &'p str,
    /// The code that a device shows.
    user_code: Option<String>,
    /// Where the browser goes then.
    place: Option<&'p str>,
    problem: Option<String>,
}
