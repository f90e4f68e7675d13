use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    OrganizationId,
    permission::Standing,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{Organization, Seat};
use serde_json::{Value, json};

use super::{Bearer, Segment, account, body, private};
use crate::{
    App,
    failure::Answer,
    hal::{self, done, link},
};

/// The path of the list.
pub(crate) const PATH: &str = "/api/organizations";

const FIELDS: Fields = &[
    ("id", Kind::Number),
    ("uuid", Kind::Text),
    ("name", Kind::Text),
    ("admins_total", Kind::Number),
    ("users_total", Kind::Number),
    ("teams_total", Kind::Number),
    ("roles_total", Kind::Number),
    ("owner.uuid", Kind::Text),
    ("owner.mail", Kind::Text),
    ("owner.username", Kind::Text),
    ("flags.federated_authentication", Kind::Flag),
];

/// The path of an organization.
pub(super) fn path(id: OrganizationId) -> String {
    format!("{PATH}/{id}")
}

/// `GET /api/organizations`: those of the bearer's account. One that the token does not open
/// shows as its uuid, name and flags, which a client needs to ask for its scope.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    RawQuery(query): RawQuery,
) -> Answer {
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let organizations = app.store.organizations_of(bearer.account()).await?;
    let reached = organizations.iter().filter(|found| bearer.reaches_organization(found.id));
    let items = reached.map(|found| item(&app, &bearer, found)).collect();
    Ok(private(StatusCode::OK, hal::list(&app, PATH, "/api", items, &wanted)))
}

/// `GET /api/organizations/{uuid}`: not found for strangers first, then judged.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    Ok(private(StatusCode::OK, organization_resource(&app, &seat.organization)))
}

/// `PUT /api/organizations/{uuid} {name}`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let fields = body::of(request).await?;
    app.rename_organization(&seat, body::text(&fields, "name")?, bearer.author()).await?;
    let message = "The organization has been renamed.";
    Ok(private(StatusCode::OK, done(&app, message, &path(id), PATH)))
}

/// `DELETE /api/organizations/{uuid}`
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    app.delete_organization(&seat, bearer.author()).await?;
    let message = "The organization has been deleted.";
    Ok(private(StatusCode::OK, done(&app, message, &path(id), PATH)))
}

/// `POST /api/organizations/{uuid}/actions/change-owner {user_uuid}`
pub(crate) async fn change_owner(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let account = body::account(&body::of(request).await?)?;
    app.change_owner(&seat, account, bearer.author()).await?;
    let message = "The owner of the organization has been changed.";
    Ok(private(StatusCode::OK, done(&app, message, &path(id), PATH)))
}

/// `POST /api/organizations/{uuid}/actions/leave`
pub(crate) async fn leave(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    app.leave_organization(&seat, bearer.author()).await?;
    let message = "You have left the organization.";
    Ok(private(StatusCode::OK, done(&app, message, &path(id), PATH)))
}

/// `GET /api/account/organizations/{uuid}/is-admin`
pub(crate) async fn is_admin(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let is = seat.standing.is_administrator();
    Ok(private(StatusCode::OK, about_self(&app, &seat, "admin", is)))
}

/// `GET /api/account/organizations/{uuid}/is-owner`
pub(crate) async fn is_owner(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let is = matches!(seat.standing, Standing::Owner);
    Ok(private(StatusCode::OK, about_self(&app, &seat, "owner", is)))
}

fn about_self(app: &App, seat: &Seat, what: &str, is: bool) -> Value {
    let this = format!("{}/organizations/{}/is-{what}", account::PATH, seat.organization.id);
    let parent = path(seat.organization.id);
    json!({ what: is, "_links": { "self": link(app, &this), "parent": link(app, &parent) } })
}

fn item(app: &App, bearer: &Bearer, found: &Organization) -> Value {
    match bearer.enter(app, found.id) {
        Ok(()) => organization_resource(app, found),
        Err(_) => json!({ "uuid": found.id, "name": found.name, "flags": flags(found) }),
    }
}

fn flags(organization: &Organization) -> Value {
    json!({ "federated_authentication": organization.federated })
}

fn organization_resource(app: &App, organization: &Organization) -> Value {
    let path = path(organization.id);
    let below = |what: &str| link(app, &format!("{path}/{what}"));
    json!({
        "id": organization.number,
        "uuid": organization.id,
        "name": organization.name,
        "subscriptions_total": 0,
        "admins_total": organization.admins,
        "users_total": organization.members,
        "teams_total": organization.teams,
        "roles_total": organization.roles,
        "owner": {
            "uuid": organization.owner,
            "first_name": "",
            "last_name": "",
            "picture_url": "",
            "username": organization.owner_email,
            "mail": organization.owner_email,
        },
        "flags": flags(organization),
        "_links": {
            "self": link(app, &path),
            "parent": link(app, PATH),
            "admins": below("admins"),
            "members": below("members"),
            "roles": below("roles"),
            "teams": below("teams"),
        },
    })
}
