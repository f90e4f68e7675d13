use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use keymoor_core::{OrganizationId, permission::Action};
use keymoor_store::{Seat, ServiceAccount};

use super::{Refused, go, path, refused, seat, service_account};
use crate::{
    App,
    failure::Answer,
    portal::{
        SignedIn,
        form::Form,
        frame::{Frame, page_with},
        times::When,
    },
    resources::Segment,
};

/// A service account in the list.
struct Row {
    id: String,
    name: String,
    state: &'static str,
    active: bool,
    tokens: i64,
    teams: String,
    until: Option<When>,
    vouched: bool,
}

#[derive(Template)]
#[template(path = "service_accounts.html")]
struct ServiceAccountsPage {
    frame: Frame,
    problem: Option<String>,
    id: String,
    name: String,
    federated: bool,
    rows: Vec<Row>,
    /// What somebody typed.
    typed: String,
}

/// Where the list is.
pub(super) fn list_path(id: OrganizationId) -> String {
    format!("{}/service-accounts", path(id))
}

/// `GET /organizations/{uuid}/service-accounts`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let seat = seat(&app, &signed_in, id).await?;
    render(&app, &signed_in, &seat, "", None).await
}

async fn render(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    typed: &str,
    refused: Option<Refused>,
) -> Answer {
    seat.standing.may(Action::ManageServiceAccounts)?;
    let (status, problem) = match refused {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    let found = app.store.service_accounts(seat.organization.id).await?;
    let page = ServiceAccountsPage {
        frame: signed_in.frame(app, "organizations"),
        problem,
        id: seat.organization.id.to_string(),
        name: seat.organization.name.as_str().to_owned(),
        federated: seat.organization.federated,
        rows: found.iter().map(|one| row(app, one)).collect(),
        typed: typed.to_owned(),
    };
    page_with(status, &page)
}

fn row(app: &App, found: &ServiceAccount) -> Row {
    let (now, vouching) = (app.now(), found.vouching.as_ref());
    let teams: Vec<_> = found.teams.iter().map(|team| team.name.as_str()).collect();
    let active = found.disabled_at.is_none();
    Row {
        id: found.id.to_string(),
        name: found.name.as_str().to_owned(),
        state: if active { "Active" } else { "Disabled" },
        active,
        tokens: found.api_tokens,
        teams: teams.join(", "),
        until: vouching.map(|vouching| When::new(vouching.until, now)),
        vouched: service_account::counts(vouching, now),
    }
}

/// `POST /organizations/{uuid}/service-accounts`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let seat = seat(&app, &signed_in, id).await?;
    seat.standing.may(Action::ManageServiceAccounts)?;
    signed_in.check_recent(&app, &list_path(id))?;
    let name = form.text("name");
    match app.create_service_account(&seat, name, signed_in.author()).await {
        Ok(made) => Ok(go(&service_account::path(id, made))),
        Err(error) => render(&app, &signed_in, &seat, name, Some(refused(error)?)).await,
    }
}
