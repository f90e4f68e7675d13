use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use http::StatusCode;
use keymoor_core::{
    AccountId, OrganizationId, RoleId, TeamId,
    permission::{Action, Permissions},
};
use keymoor_store::{Role, Seat, Team, TeamMember};

use super::{go, may, member_of, path, refused, seat};
use crate::{
    App,
    failure::{Answer, Failure},
    operations::OperationError,
    portal::{
        SignedIn,
        form::Form,
        frame::{Frame, page_with, shown},
    },
    resources::Segments,
};

/// A role with a box to tick.
struct Choice {
    id: String,
    name: String,
    on: bool,
}

struct MemberRow {
    id: String,
    email: String,
    roles: String,
    choices: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "organization_team.html")]
struct TeamPage {
    frame: Frame,
    problem: Option<String>,
    organization: String,
    id: String,
    name: String,
    members: Vec<MemberRow>,
    choices: Vec<Choice>,
    can_edit: bool,
}

type Ids = Segments<OrganizationId, TeamId>;

/// The team, if it is one of an organization that who is signed in has a seat in.
async fn found(
    app: &App,
    signed_in: &SignedIn,
    Segments(organization, id): Ids,
) -> Result<(Seat, Team), Failure> {
    let seat = seat(app, signed_in, organization).await?;
    let team = app.store.team(id).await?.filter(|team| team.organization == organization);
    Ok((seat, team.ok_or(Failure::NotFound)?))
}

fn teams_path(seat: &Seat) -> String {
    format!("{}/teams", path(seat.organization.id))
}

fn here(seat: &Seat, team: &Team) -> String {
    format!("{}/{}", teams_path(seat), team.id)
}

/// `GET /organizations/{uuid}/teams/{team}`
pub(crate) async fn show(State(app): State<Arc<App>>, signed_in: SignedIn, ids: Ids) -> Answer {
    let (seat, team) = found(&app, &signed_in, ids).await?;
    render(&app, &signed_in, &seat, &team, None).await
}

async fn render(
    app: &App,
    signed_in: &SignedIn,
    seat: &Seat,
    team: &Team,
    refused: Option<super::Refused>,
) -> Answer {
    seat.standing.may(Action::View)?;
    let (status, problem) = match refused {
        Some((status, problem)) => (status, Some(problem)),
        None => (StatusCode::OK, None),
    };
    let roles = app.store.roles(seat.organization.id).await?;
    let members = app.store.team_members(team.id).await?;
    let page = TeamPage {
        frame: signed_in.frame(app, "organizations"),
        problem,
        organization: seat.organization.id.to_string(),
        id: team.id.to_string(),
        name: team.name.as_str().to_owned(),
        members: members.iter().map(|member| member_row(member, &roles)).collect(),
        choices: choices(&roles, &[]),
        can_edit: may(seat, Action::ManageTeams(&Permissions::new())),
    };
    page_with(status, &page)
}

fn choices(roles: &[Role], on: &[RoleId]) -> Vec<Choice> {
    let choice = |role: &Role| Choice {
        id: role.id.to_string(),
        name: role.name.as_str().to_owned(),
        on: on.contains(&role.id),
    };
    roles.iter().map(choice).collect()
}

fn member_row(member: &TeamMember, roles: &[Role]) -> MemberRow {
    let names: Vec<_> = member.roles.iter().map(|role| role.name.as_str()).collect();
    let on: Vec<_> = member.roles.iter().map(|role| role.id).collect();
    MemberRow {
        id: member.member.account.to_string(),
        email: shown(member.member.service_name.as_ref(), &member.member.email),
        roles: names.join(", "),
        choices: choices(roles, &on),
    }
}

async fn outcome(
    app: &App,
    signed_in: &SignedIn,
    (seat, team): &(Seat, Team),
    outcome: Result<(), OperationError>,
    next: &str,
) -> Answer {
    match outcome {
        Ok(()) => Ok(go(next)),
        Err(error) => render(app, signed_in, seat, team, Some(refused(error)?)).await,
    }
}

/// The roles that are ticked.
fn ticked(form: &Form) -> Result<Vec<RoleId>, Failure> {
    form.all("role").map(|id| id.parse().map_err(|_| Failure::NotFound)).collect()
}

fn account(form: &Form) -> Result<AccountId, Failure> {
    form.text("account").parse().map_err(|_| Failure::NotFound)
}

/// `POST /organizations/{uuid}/teams/{team}`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ids: Ids,
    form: Form,
) -> Answer {
    let found = found(&app, &signed_in, ids).await?;
    let next = here(&found.0, &found.1);
    let name = form.text("name");
    let done = app.rename_team(&found.0, &found.1, name, signed_in.author()).await;
    outcome(&app, &signed_in, &found, done, &next).await
}

/// `POST /organizations/{uuid}/teams/{team}/delete`
pub(crate) async fn delete(State(app): State<Arc<App>>, signed_in: SignedIn, ids: Ids) -> Answer {
    let found = found(&app, &signed_in, ids).await?;
    signed_in.check_recent(&app, &here(&found.0, &found.1))?;
    let next = teams_path(&found.0);
    let done = app.delete_team(&found.0, &found.1, signed_in.author()).await;
    outcome(&app, &signed_in, &found, done, &next).await
}

/// `POST /organizations/{uuid}/teams/{team}/add`
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ids: Ids,
    form: Form,
) -> Answer {
    let found = found(&app, &signed_in, ids).await?;
    let next = here(&found.0, &found.1);
    signed_in.check_recent(&app, &next)?;
    let (seat, team) = &found;
    seat.standing.may(Action::ManageTeams(&Permissions::new()))?;
    let roles = ticked(&form)?;
    let done = match member_of(&app, seat, form.text("email")).await {
        Ok(account) => app.add_team_member(seat, team, account, roles, signed_in.author()).await,
        Err(error) => Err(error),
    };
    outcome(&app, &signed_in, &found, done, &next).await
}

/// `POST /organizations/{uuid}/teams/{team}/roles`
pub(crate) async fn set_roles(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ids: Ids,
    form: Form,
) -> Answer {
    let found = found(&app, &signed_in, ids).await?;
    let next = here(&found.0, &found.1);
    signed_in.check_recent(&app, &next)?;
    let (account, roles) = (account(&form)?, ticked(&form)?);
    let done = app.set_team_roles(&found.0, &found.1, account, roles, signed_in.author()).await;
    outcome(&app, &signed_in, &found, done, &next).await
}

/// `POST /organizations/{uuid}/teams/{team}/take-out`
pub(crate) async fn take_out(
    State(app): State<Arc<App>>,
    signed_in: SignedIn,
    ids: Ids,
    form: Form,
) -> Answer {
    let found = found(&app, &signed_in, ids).await?;
    let next = here(&found.0, &found.1);
    signed_in.check_recent(&app, &next)?;
    let done =
        app.remove_team_member(&found.0, &found.1, account(&form)?, signed_in.author()).await;
    outcome(&app, &signed_in, &found, done, &next).await
}
