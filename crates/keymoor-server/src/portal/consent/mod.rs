//! Whether somebody lets an application act for them: the one question, asked in a browser that an
//! application sent or of whoever enters a device's code.

pub(super) mod authorize;
pub(super) mod device;
mod question;

use askama::Template;
use question::Question;

use super::frame::Frame;

/// What the page that asks is at, for applications that send browsers.
pub(crate) fn consent_path(query: &str) -> String {
    format!("{}?{query}", authorize::PATH)
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
