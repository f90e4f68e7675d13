//! The teams and roles of an organization.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use keymoor_core::{
    OrganizationId,
    permission::{Action, Permission, Permissions},
};
use keymoor_store::{Role, Seat, Team};

use super::{go, may, path, refused, seat};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::{OperationError, RoleOrder},
    portal::{
        SignedIn,
        form::Form,
        frame::{Frame, page_with},
    },
    resources::Segment,
};

struct TeamRow {
    id: String,
    name: String,
    members: i64,
}

struct RoleRow {
    id: String,
    name: String,
    description: String,
    permissions: String,
}

/// A permission with a box to tick.
pub(super) struct Choice {
    pub(super) name: &'static str,
    pub(super) description: &'static str,
    pub(super) on: bool,
}

#[derive(Template)]
#[template(path = "organization_teams.html")]
struct TeamsPage {
    frame: Frame,
    problem: Option<String>,
    id: String,
    name: String,
    teams: Vec<TeamRow>,
    roles: Vec<RoleRow>,
    choices: Vec<Choice>,
    can_teams: bool,
    can_roles: bool,
}

fn here(id: OrganizationId) -> String {
    format!("{}/teams", path(id))
}

/// The permissions that somebody with that seat can give, those of `given` ticked.
pub(super) fn choices(seat: &Seat, given: &Permissions) -> Vec<Choice> {
    let can = |permission: Permission| may(seat, Action::ManageRoles(&[permission].into()));
    let known = Permission::TABLE.into_iter();
    let offered = known.filter(|(permission, ..)| can(*permission) || given.contains(permission));
    offered
        .map(|(permission, name, description)| Choice {
            name,
            description,
            on: given.contains(&permission),
        })
        .collect()
}

/// What a form says of a role.
pub(super) fn order(form: &Form) -> RoleOrder {
    RoleOrder {
        name: form.text("name").to_owned(),
        description: form.text("description").to_owned(),
        permissions: form.all("permission").map(str::to_owned).collect(),
    }
}

/// `GET /organizations/{uuid}/teams`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let seat = seat(&app, &signed_in, id).await?;
    render(&app, &signed_in, &seat, StatusCode::OK, None).await
}

async fn render(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    status: StatusCode,
    problem: Option<String>,
) -> Answer {
    page_with(status, &teams_page(app, signed_in, seat, problem).await?)
}

async fn teams_page(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    problem: Option<String>,
) -> Result<TeamsPage, Failure> {
    seat.standing.may(Action::View)?;
    let (found, none) = (&seat.organization, Permissions::new());
    Ok(TeamsPage {
        frame: signed_in.frame(app, "organizations"),
        problem,
        id: found.id.to_string(),
        name: found.name.as_str().to_owned(),
        teams: app.store.teams(found.id).await?.into_iter().map(team_row).collect(),
        roles: app.store.roles(found.id).await?.into_iter().map(role_row).collect(),
        choices: choices(seat, &none),
        can_teams: may(seat, Action::ManageTeams(&none)),
        can_roles: may(seat, Action::ManageRoles(&none)),
    })
}

fn team_row(team: Team) -> TeamRow {
    let name = team.name.as_str().to_owned();
    TeamRow { id: team.id.to_string(), name, members: team.members }
}

fn role_row(role: Role) -> RoleRow {
    let names: Vec<_> = role.permissions.iter().map(|permission| permission.name()).collect();
    RoleRow {
        id: role.id.to_string(),
        name: role.name.as_str().to_owned(),
        description: role.description,
        permissions: names.join(", "),
    }
}

async fn outcome(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    outcome: Result<String, OperationError>,
) -> Answer {
    match outcome {
        Ok(next) => Ok(go(&next)),
        Err(error) => {
            let (status, problem) = refused(error)?;
            render(app, signed_in, seat, status, Some(problem)).await
        }
    }
}

/// `POST /organizations/{uuid}/teams`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    let seat = seat(&app, &signed_in, id).await?;
    let made = app.create_team(&seat, form.text("name"), signed_in.author()).await;
    let next = made.map(|team| format!("{}/{team}", here(id)));
    outcome(&app, &signed_in, &seat, next).await
}

/// `POST /organizations/{uuid}/roles`
pub(crate) async fn create_role(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    Segment(id): Segment<OrganizationId>,
    form: Form,
) -> Answer {
    signed_in.check_recent(&app, &here(id))?;
    let seat = seat(&app, &signed_in, id).await?;
    let made = app.create_role(&seat, order(&form), signed_in.author()).await;
    outcome(&app, &signed_in, &seat, made.map(|_| here(id))).await
}
