use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use keymoor_core::{GrantId, OrganizationId, scope::Scope};
use keymoor_store::{Grant, GrantEnding, Organization, StoreError};

use super::super::{
    SignedIn,
    form::Form,
    frame::{Frame, page},
    signed_in::Entered,
    times::When,
};
use crate::{
    App,
    failure::{Answer, Failure},
};

/// Where the list is.
const PATH: &str = "/account/authorized";

struct Row {
    id: String,
    application: String,
    offline: bool,
    since: When,
    used: When,
    address: String,
    ends: When,
    what: String,
}

#[derive(Template)]
#[template(path = "authorized.html")]
struct AuthorizedPage {
    frame: Frame,
    rows: Vec<Row>,
    /// The only organization that it is about.
    only: Option<String>,
}

/// `GET /account/authorized`
pub(in super::super) async fn show(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
) -> Answer {
    let now = app.now();
    let own = app.store.organizations_of(signed_in.account.id).await?;
    let row = |grant: Grant| Row {
        id: grant.id.to_string(),
        application: grant.application_name.as_str().to_owned(),
        offline: grant.consent.is_offline(),
        since: When::new(grant.created_at, now),
        used: When::new(grant.last_use.at, now),
        address: grant.last_use.address.to_string(),
        ends: When::new(grant.expires_at, now),
        what: what(&grant, &own),
    };
    let rows = shown(&app, &signed_in).await?.into_iter().map(row).collect();
    let only = signed_in.session.organization.map(|id| name(&own, id));
    page(&AuthorizedPage { frame: signed_in.frame(&app, "authorized"), rows, only })
}

/// What whoever is signed in let in. Through an organization's provider alone that is what is limited
/// to that organization, as with API tokens.
async fn shown(app: &App, signed_in: &SignedIn) -> Result<Vec<Grant>, StoreError> {
    let mut found = app.store.grants_of(signed_in.account.id, app.now()).await?;
    if let Some(only) = signed_in.session.organization {
        found.retain(|grant| grant.consent.limits.organizations.as_deref() == Some(&[only]));
    }
    Ok(found)
}

fn name(own: &[Organization], id: OrganizationId) -> String {
    let known = own.iter().find(|one| one.id == id);
    known.map_or_else(|| id.to_string(), |one| one.name.as_str().to_owned())
}

/// What it may do, in words.
fn what(grant: &Grant, own: &[Organization]) -> String {
    let name = |id: OrganizationId| name(own, id);
    let scope = |scope: &Scope| match scope {
        Scope::Organization(id) => format!("opens {}", name(*id)),
        Scope::Named(name) => name.to_string(),
    };
    let mut parts = vec![format!("calls {}", grant.consent.audience)];
    parts.extend(grant.consent.scopes.iter().map(scope));
    if let Some(only) = &grant.consent.limits.organizations {
        let names: Vec<_> = only.iter().map(|id| name(*id)).collect();
        parts.push(format!("only in {}", names.join(", ")));
    }
    parts.join("; ")
}

/// `POST /account/authorized/remove`
pub(in super::super) async fn remove(
    State(app): State<Arc<App>>,
    Entered(signed_in): Entered,
    form: Form,
) -> Answer {
    let grant = GrantId::parse(form.text("grant")).map_err(|_| Failure::NotFound)?;
    let inside = signed_in.session.organization.is_some();
    if inside && !shown(&app, &signed_in).await?.iter().any(|one| one.id == grant) {
        return Err(Failure::NotFound);
    }
    let ending = GrantEnding::TakenBack(signed_in.account.id);
    app.end_grant(grant, ending, signed_in.author()).await?;
    Ok(Redirect::to(PATH).into_response())
}
