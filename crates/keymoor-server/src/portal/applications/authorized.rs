use std::sync::Arc;

use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use keymoor_core::{GrantId, OrganizationId, scope::Scope};
use keymoor_store::{Grant, Organization};

use super::super::{
    SignedIn,
    form::Form,
    frame::{Frame, page},
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
}

/// `GET /account/authorized`
pub(in super::super) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn) -> Answer {
    let (account, now) = (signed_in.account.id, app.now());
    let own = app.store.organizations_of(account).await?;
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
    let rows = app.store.grants_of(account, now).await?.into_iter().map(row).collect();
    page(&AuthorizedPage { frame: signed_in.frame(&app, "authorized"), rows })
}

/// What it may do, in words.
fn what(grant: &Grant, own: &[Organization]) -> String {
    let name = |id: OrganizationId| {
        let known = own.iter().find(|one| one.id == id);
        known.map_or_else(|| id.to_string(), |one| one.name.as_str().to_owned())
    };
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
    signed_in: SignedIn,
    form: Form,
) -> Answer {
    let grant = GrantId::parse(form.text("grant")).map_err(|_| Failure::NotFound)?;
    app.end_grant(signed_in.account.id, grant, signed_in.author()).await?;
    Ok(Redirect::to(PATH).into_response())
}
