use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use keymoor_core::{OrganizationId, RoleId, permission::Action};
use keymoor_store::{Role, Seat};

use super::{
    go, may, path, refused, seat,
    teams::{Choice, choices, order},
};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    portal::{
        SignedIn,
        form::Form,
        frame::{Frame, page_with},
        times::When,
    },
    resources::Segments,
};

#[derive(Template)]
#[template(path = "organization_role.html")]
struct RolePage {
    frame: Frame,
    problem: Option<String>,
    organization: String,
    id: String,
    name: String,
    description: String,
    edited: When,
    choices: Vec<Choice>,
    can_edit: bool,
}

type Ids = Segments<OrganizationId, RoleId>;

/// The role, if it is one of an organization that who is signed in has a seat in.
async fn found(
    app: &App,
    signed_in: &SignedIn,
    Segments(organization, id): Ids,
) -> Result<(Seat, Role), Failure> {
    let seat = seat(app, signed_in, organization).await?;
    let role = app.store.role(id).await?.filter(|role| role.organization == organization);
    Ok((seat, role.ok_or(Failure::NotFound)?))
}

fn teams_path(seat: &Seat) -> String {
    format!("{}/teams", path(seat.organization.id))
}

/// `GET /organizations/{uuid}/roles/{role}`
pub(crate) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn, ids: Ids) -> Answer {
    let (seat, role) = found(&app, &signed_in, ids).await?;
    render(&app, &signed_in, &seat, &role, None)
}

fn render(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    role: &Role,
    refused: Option<super::Refused>,
) -> Answer {
    seat.standing.may(Action::View)?;
    let (status, problem) = match refused {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    let page = RolePage {
        frame: signed_in.frame(app, "organizations"),
        problem,
        organization: seat.organization.id.to_string(),
        id: role.id.to_string(),
        name: role.name.as_str().to_owned(),
        description: role.description.clone(),
        edited: When::new(role.edited_at, app.now()),
        choices: choices(seat, &role.permissions),
        can_edit: may(seat, Action::ManageRoles(&role.permissions)),
    };
    page_with(status, &page)
}

fn outcome(
    app: &App,
    signed_in: &SignedIn,
    (seat, role): &(Seat, Role),
    outcome: Result<(), OperationError>,
) -> Answer {
    match outcome {
        Ok(()) => Ok(go(&teams_path(seat))),
        Err(error) => render(app, signed_in, seat, role, Some(refused(error)?)),
    }
}

/// `POST /organizations/{uuid}/roles/{role}`
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ids: Ids,
    form: Form,
) -> Answer {
    let found = found(&app, &signed_in, ids).await?;
    signed_in.check_recent(&app, &teams_path(&found.0))?;
    let done = app.change_role(&found.0, &found.1, order(&form), signed_in.author()).await;
    outcome(&app, &signed_in, &found, done)
}

/// `POST /organizations/{uuid}/roles/{role}/delete`
pub(crate) async fn delete(State(app): State<Arc<App>>, signed_in: SignedIn, ids: Ids) -> Answer {
    let found = found(&app, &signed_in, ids).await?;
    signed_in.check_recent(&app, &teams_path(&found.0))?;
    let done = app.delete_role(&found.0, &found.1, signed_in.author()).await;
    outcome(&app, &signed_in, &found, done)
}
