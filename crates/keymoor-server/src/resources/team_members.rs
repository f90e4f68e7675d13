use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{AccountId, TeamId, permission::Action};
use keymoor_store::TeamMember;
use serde_json::{Value, json};

use super::{
    Bearer, Segment, Segments, body, members, private,
    teams::{self, found},
};
use crate::{
    App,
    failure::Answer,
    hal::{self, done},
};

fn list_path(team: TeamId) -> String {
    format!("{}/members", teams::path(team))
}

/// `GET /api/teams/{uuid}/members`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<TeamId>,
    RawQuery(query): RawQuery,
) -> Answer {
    let (seat, _) = found(&app, &bearer, id).await?;
    seat.standing.may(Action::View)?;
    let wanted = hal::listing(query.as_deref(), members::FIELDS)?;
    let path = list_path(id);
    let found = app.store.team_members(id).await?;
    let items = found.iter().map(|member| team_member_resource(&app, member, &path)).collect();
    Ok(private(StatusCode::OK, hal::list(&app, &path, &teams::path(id), items, &wanted)))
}

/// `POST /api/teams/{uuid}/members {user_uuid, roles}`
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<TeamId>,
    request: Request,
) -> Answer {
    let (seat, team) = found(&app, &bearer, id).await?;
    let fields = body::of(request).await?;
    let (account, roles) = (body::account(&fields)?, body::ids(&fields, "roles")?);
    app.add_team_member(&seat, &team, account, roles, bearer.author()).await?;
    let answer = answer(&app, "The member has been added to the team.", id, account);
    Ok(private(StatusCode::CREATED, answer))
}

/// `PUT /api/teams/{uuid}/members/{user} {roles}`: those and no others.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(id, account): Segments<TeamId, AccountId>,
    request: Request,
) -> Answer {
    let (seat, team) = found(&app, &bearer, id).await?;
    let roles = body::ids(&body::of(request).await?, "roles")?;
    app.set_team_roles(&seat, &team, account, roles, bearer.author()).await?;
    let answer = answer(&app, "The member's roles have been changed.", id, account);
    Ok(private(StatusCode::OK, answer))
}

/// `DELETE /api/teams/{uuid}/members/{user}`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(id, account): Segments<TeamId, AccountId>,
) -> Answer {
    let (seat, team) = found(&app, &bearer, id).await?;
    app.remove_team_member(&seat, &team, account, bearer.author()).await?;
    let answer = answer(&app, "The member has been removed from the team.", id, account);
    Ok(private(StatusCode::OK, answer))
}

fn answer(app: &App, message: &str, team: TeamId, account: AccountId) -> Value {
    let parent = list_path(team);
    done(app, message, &format!("{parent}/{account}"), &parent)
}

/// A member with the roles in this team.
fn team_member_resource(app: &App, member: &TeamMember, parent: &str) -> Value {
    let mut resource = members::member_resource(app, &member.member, parent);
    let roles = member.roles.iter();
    resource["roles"] = roles.map(|role| json!({ "uuid": role.id, "name": role.name })).collect();
    resource
}
