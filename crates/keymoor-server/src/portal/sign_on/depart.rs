use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use keymoor_core::{OrganizationId, ticket::Ticket};
use keymoor_store::IdentityProvider;
use serde::Deserialize;

use super::super::{
    cookies::Jar,
    form::Form,
    frame::{Frame, page},
    gate::Browser,
    local::{host_of, local_path},
    signed_in::Entered,
};
use crate::{
    App,
    failure::{Answer, Failure},
    federation::journey::Errand,
    random,
    resources::Segment,
};

/// Where to go then, and whether a new proof of who one is is asked for.
#[derive(Deserialize)]
pub(in super::super) struct DepartQuery {
    #[serde(default)]
    next: String,
    #[serde(default)]
    renew: String,
}

#[derive(Template)]
#[template(path = "sign_on.html")]
struct SignOnPage<'p> {
    frame: Frame,
    id: String,
    provider: String,
    next: &'p str,
    renew: bool,
}

#[derive(Template)]
#[template(path = "sign_on_leave.html")]
struct LeavePage {
    frame: Frame,
    url: String,
    host: String,
}

/// `GET /sign-in/organization/{uuid}`: where links of an organization lead. Whoever knows its id
/// learns what its provider is called.
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    browser: Browser,
    Segment(organization): Segment<OrganizationId>,
    Query(query): Query<DepartQuery>,
    entered: Result<Entered, Failure>,
) -> Answer {
    let provider = enabled(&app, organization).await?;
    let account = entered.as_ref().ok().map(|Entered(signed_in)| &signed_in.account);
    page(&SignOnPage {
        frame: Frame::of(&app, &browser, account, ""),
        id: organization.to_string(),
        provider: provider.label.as_str().to_owned(),
        next: local_path(&query.next).unwrap_or_default(),
        renew: !query.renew.is_empty(),
    })
}

/// `POST /sign-in/organization/{uuid}`: sends the browser to the provider.
pub(in super::super) async fn depart(
    State(app): State<Arc<App>>,
    browser: Browser,
    Segment(organization): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let provider = enabled(&app, organization).await?;
    let next = local_path(form.text("next")).map(str::to_owned);
    let next = next.unwrap_or_else(|| format!("/organizations/{organization}"));
    let renew = !form.text("renew").is_empty();
    leave(&app, &browser, &provider, Errand::SignIn { next, renew }).await
}

async fn enabled(app: &App, organization: OrganizationId) -> Result<IdentityProvider, Failure> {
    let found = app.store.identity_provider_of(organization).await?;
    found.filter(|provider| provider.enabled_at.is_some()).ok_or(Failure::NotFound)
}

/// A page that leads on to the provider: a redirect from a form would be held back by the policy
/// that forms go nowhere else.
pub(in super::super) async fn leave(
    app: &App,
    browser: &Browser,
    provider: &IdentityProvider,
    errand: Errand,
) -> Answer {
    let ticket = browser.sign_on.clone().unwrap_or_else(|| Ticket::generate(random()));
    let url = app.set_out(provider, &ticket, errand).await?;
    let host = host_of(&url);
    let mut response = page(&LeavePage { frame: Frame::visitor(app, browser), url, host })?;
    Jar::SignOn.keep(response.headers_mut(), &ticket);
    Ok(response)
}
