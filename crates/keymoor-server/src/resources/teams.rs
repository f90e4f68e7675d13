use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    OrganizationId, TeamId,
    permission::Action,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{Organization, Seat, Team};
use serde_json::{Value, json};

use super::{Bearer, Segment, body, organizations, private};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, done, link, made},
    time::rfc3339,
};

const FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("name", Kind::Text),
    ("created_at", Kind::Time),
    ("updated_at", Kind::Time),
    ("members_total", Kind::Number),
];

/// The path of a team.
pub(super) fn path(id: TeamId) -> String {
    format!("/api/teams/{id}")
}

fn list_path(organization: OrganizationId) -> String {
    format!("{}/teams", organizations::path(organization))
}

/// The team, and the bearer's seat where it belongs.
pub(super) async fn found(app: &App, bearer: &Bearer, id: TeamId) -> Result<(Seat, Team), Failure> {
    let team = app.store.team(id).await?.ok_or(Failure::NotFound)?;
    let seat = bearer.inside(app, team.organization).await?;
    Ok((seat, team))
}

/// `GET /api/organizations/{uuid}/teams`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    RawQuery(query): RawQuery,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    seat.standing.may(Action::View)?;
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let teams = app.store.teams(id).await?;
    let items = teams.iter().map(|team| team_resource(&app, team, &seat.organization)).collect();
    let parent = organizations::path(id);
    Ok(private(StatusCode::OK, hal::list(&app, &list_path(id), &parent, items, &wanted)))
}

/// `POST /api/organizations/{uuid}/teams {name}`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(organization): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    let fields = body::of(request).await?;
    let id = app.create_team(&seat, body::text(&fields, "name")?, bearer.author()).await?;
    let parent = list_path(organization);
    let answer = made(&app, "The team has been created.", &id, &path(id), &parent);
    Ok(private(StatusCode::CREATED, answer))
}

/// `GET /api/teams/{uuid}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<TeamId>,
) -> Answer {
    let (seat, team) = found(&app, &bearer, id).await?;
    seat.standing.may(Action::View)?;
    Ok(private(StatusCode::OK, team_resource(&app, &team, &seat.organization)))
}

/// `PUT /api/teams/{uuid} {name}`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<TeamId>,
    request: Request,
) -> Answer {
    let (seat, team) = found(&app, &bearer, id).await?;
    let fields = body::of(request).await?;
    app.rename_team(&seat, &team, body::text(&fields, "name")?, bearer.author()).await?;
    let parent = list_path(team.organization);
    let answer = done(&app, "The team has been renamed.", &path(id), &parent);
    Ok(private(StatusCode::OK, answer))
}

/// `DELETE /api/teams/{uuid}`
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<TeamId>,
) -> Answer {
    let (seat, team) = found(&app, &bearer, id).await?;
    app.delete_team(&seat, &team, bearer.author()).await?;
    let parent = list_path(team.organization);
    let answer = done(&app, "The team has been deleted.", &path(id), &parent);
    Ok(private(StatusCode::OK, answer))
}

fn team_resource(app: &App, team: &Team, organization: &Organization) -> Value {
    let path = path(team.id);
    let below = |what: &str| link(app, &format!("{path}/{what}"));
    json!({
        "uuid": team.id,
        "name": team.name,
        "created_at": rfc3339(team.created_at),
        "updated_at": rfc3339(team.updated_at),
        "members_total": team.members,
        "organization": { "uuid": organization.id, "name": organization.name },
        "_links": {
            "self": link(app, &path),
            "parent": link(app, &list_path(team.organization)),
            "members": below("members"),
            "invites": below("invites"),
        },
    })
}
