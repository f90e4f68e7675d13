//! The applications that somebody has registered, and those that somebody let in.

pub(super) mod authorized;
pub(super) mod create;
mod draft;
pub(super) mod list;
pub(super) mod one;
pub(super) mod secret;

use keymoor_core::ApplicationId;
use keymoor_store::Application;

use super::SignedIn;
use crate::{App, failure::Failure};

/// Where the list is.
const PATH: &str = "/account/applications";

fn path(id: ApplicationId) -> String {
    format!("{PATH}/{id}")
}

/// One of whoever is signed in that was not removed; for others there is none.
async fn own(app: &App, signed_in: &SignedIn, id: ApplicationId) -> Result<Application, Failure> {
    let found = app.store.application(id).await?;
    let own = |found: &Application| {
        found.owner == signed_in.account.id && found.facts.removed_at.is_none()
    };
    found.filter(own).ok_or(Failure::NotFound)
}

/// What a page calls the two types of clients (RFC 6749 §2.1).
fn kind(application: &Application) -> &'static str {
    if application.facts.secret.is_some() {
        "confidential: it proves a secret"
    } else {
        "public: it has no secret"
    }
}
