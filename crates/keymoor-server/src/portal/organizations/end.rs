//! Leaving an organization, handing it over, deleting it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use keymoor_core::{OrganizationId, permission::Action};
use keymoor_store::Seat;

use super::{go, may, member_of, path, refused, seat};
use crate::{
    App,
    failure::Answer,
    operations::OperationError,
    portal::{
        SignedIn,
        form::Form,
        frame::{Frame, page_with},
    },
    resources::Segment,
};

#[derive(Template)]
#[template(path = "organization_end.html")]
struct EndPage {
    frame: Frame,
    problem: Option<String>,
    id: String,
    name: String,
    owner: String,
    is_owner: bool,
}

fn here(id: OrganizationId) -> String {
    format!("{}/end", path(id))
}

/// `GET /organizations/{uuid}/end`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let seat = seat(&app, &signed_in, id).await?;
    render(&app, &signed_in, &seat, StatusCode::OK, None)
}

fn render(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    status: StatusCode,
    problem: Option<String>,
) -> Answer {
    let found = &seat.organization;
    let page = EndPage {
        frame: signed_in.frame(app, "organizations"),
        problem,
        id: found.id.to_string(),
        name: found.name.as_str().to_owned(),
        owner: found.owner_email.as_str().to_owned(),
        is_owner: may(seat, Action::ChangeOwner),
    };
    page_with(status, &page)
}

/// On to `next`, or the page with what is wrong.
fn outcome(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    outcome: Result<(), OperationError>,
    next: &str,
) -> Answer {
    match outcome {
        Ok(()) => Ok(go(next)),
        Err(error) => {
            let (status, problem) = refused(error)?;
            render(app, signed_in, seat, status, Some(problem))
        }
    }
}

/// `POST /organizations/{uuid}/leave`
pub(crate) async fn leave(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    signed_in.check_recent(&app, &here(id))?;
    let seat = seat(&app, &signed_in, id).await?;
    let done = app.leave_organization(&seat, signed_in.author()).await;
    outcome(&app, &signed_in, &seat, done, "/organizations")
}

/// `POST /organizations/{uuid}/owner`
pub(crate) async fn hand_over(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    signed_in.check_recent(&app, &here(id))?;
    let seat = seat(&app, &signed_in, id).await?;
    seat.standing.may(Action::ChangeOwner)?;
    let done = match member_of(&app, &seat, form.text("email")).await {
        Ok(account) => app.change_owner(&seat, account, signed_in.author()).await,
        Err(error) => Err(error),
    };
    outcome(&app, &signed_in, &seat, done, &path(id))
}

/// `POST /organizations/{uuid}/delete`: its name is typed, so that nobody does it by mistake.
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    signed_in.check_recent(&app, &here(id))?;
    let seat = seat(&app, &signed_in, id).await?;
    let done = if form.text("name").trim() == seat.organization.name.as_str() {
        app.delete_organization(&seat, signed_in.author()).await
    } else {
        Err(OperationError::invalid(
            "name",
            &"is not the organization's; type it as it stands in the heading",
        ))
    };
    outcome(&app, &signed_in, &seat, done, "/organizations")
}
