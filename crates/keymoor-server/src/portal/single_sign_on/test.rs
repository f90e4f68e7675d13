//! A sign-in that changes nothing: an administrator looks what the provider says.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use keymoor_core::OrganizationId;
use keymoor_sso::Identity;
use keymoor_store::IdentityProvider;

use super::{
    super::{
        SignedIn,
        frame::{Frame, page},
        sign_on::depart::leave,
        times::When,
    },
    Settings,
};
use crate::{App, failure::Answer, federation::journey::Errand, resources::Segment};

#[derive(Template)]
#[template(path = "sign_on_test.html")]
struct TestPage<'p> {
    frame: Frame,
    organization: String,
    provider: String,
    identity: Option<&'p Identity>,
    authenticated: Option<When>,
    refusal: Option<&'p str>,
}

/// `POST …/test`: sends the administrator to the provider.
pub(in super::super) async fn begin(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let settings = Settings::of(&app, &signed_in, id).await?;
    let errand = Errand::Test { account: signed_in.account.id };
    leave(&app, &signed_in.browser, settings.provider()?, errand).await
}

/// What came back, claim by claim, or why it does not count.
pub(in super::super) fn show(
    app: &App,
    signed_in: &SignedIn,
    provider: &IdentityProvider,
    outcome: &Result<Box<Identity>, String>,
) -> Answer {
    let identity = outcome.as_ref().ok().map(|identity| &**identity);
    page(&TestPage {
        frame: signed_in.frame(app, "organizations"),
        organization: provider.organization.to_string(),
        provider: provider.label.as_str().to_owned(),
        identity,
        authenticated: identity.map(|found| When::new(found.authenticated_at, app.now())),
        refusal: outcome.as_ref().err().map(String::as_str),
    })
}
