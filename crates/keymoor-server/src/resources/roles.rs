//! Roles, and the permissions that they give.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    OrganizationId, RoleId,
    permission::{Action, Permission},
    wire::listing::{Fields, Kind},
};
use keymoor_store::{Organization, Role, Seat};
use serde_json::{Map, Value, json};

use super::{Bearer, Segment, body, organizations, private};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, done, link, made},
    operations::RoleOrder,
    time::rfc3339,
};

const PERMISSIONS: &str = "/api/permissions";

const PERMISSION_FIELDS: Fields =
    &[("name", Kind::Text), ("label", Kind::Text), ("description", Kind::Text)];

const FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("name", Kind::Text),
    ("description", Kind::Text),
    ("last_edited", Kind::Time),
    ("flags.default", Kind::Flag),
];

fn path(id: RoleId) -> String {
    format!("/api/roles/{id}")
}

fn list_path(organization: OrganizationId) -> String {
    format!("{}/roles", organizations::path(organization))
}

/// `GET /api/permissions`: what there is to give, the same for every organization.
pub(crate) async fn permissions(
    State(app): State<Arc<App>>,
    _: Bearer,
    RawQuery(query): RawQuery,
) -> Answer {
    let wanted = hal::listing(query.as_deref(), PERMISSION_FIELDS)?;
    let items = Permission::TABLE.iter().map(|(permission, ..)| permission_resource(*permission));
    let list = hal::list(&app, PERMISSIONS, "/api", items.collect(), &wanted);
    Ok(private(StatusCode::OK, list))
}

fn permission_resource(permission: Permission) -> Value {
    let name = permission.name();
    let described = Permission::TABLE.iter().find(|(known, ..)| *known == permission);
    let description = described.map_or("", |(.., description)| description);
    let (first, rest) = name.split_at(1);
    let label = format!("{}{rest}", first.to_uppercase());
    json!({ "name": name, "label": label, "description": description, "group_label": "Organization" })
}

/// `GET /api/organizations/{uuid}/roles`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    RawQuery(query): RawQuery,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    seat.standing.may(Action::View)?;
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let roles = app.store.roles(id).await?;
    let items = roles.iter().map(|role| role_resource(&app, role, &seat.organization)).collect();
    let parent = organizations::path(id);
    Ok(private(StatusCode::OK, hal::list(&app, &list_path(id), &parent, items, &wanted)))
}

/// `POST /api/organizations/{uuid}/roles {name, description, permissions}`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(organization): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    let fields = body::of(request).await?;
    body::text(&fields, "name")?;
    let order = order(&fields, RoleOrder::default())?;
    let id = app.create_role(&seat, order, bearer.author()).await?;
    let parent = list_path(organization);
    let answer = made(&app, "The role has been created.", &id, &path(id), &parent);
    Ok(private(StatusCode::CREATED, answer))
}

/// What the fields say; what they leave out stays as `before`.
fn order(fields: &Map<String, Value>, before: RoleOrder) -> Result<RoleOrder, Failure> {
    let text = |name: &'static str, before: String| match fields.get(name) {
        None => Ok(before),
        Some(_) => body::text(fields, name).map(str::to_owned),
    };
    Ok(RoleOrder {
        name: text("name", before.name)?,
        description: text("description", before.description)?,
        permissions: body::texts(fields, "permissions")?.unwrap_or(before.permissions),
    })
}

/// The role, and the bearer's seat where it belongs.
async fn found(app: &App, bearer: &Bearer, id: RoleId) -> Result<(Seat, Role), Failure> {
    let role = app.store.role(id).await?.ok_or(Failure::NotFound)?;
    let seat = bearer.inside(app, role.organization).await?;
    Ok((seat, role))
}

/// `GET /api/roles/{uuid}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<RoleId>,
) -> Answer {
    let (seat, role) = found(&app, &bearer, id).await?;
    seat.standing.may(Action::View)?;
    Ok(private(StatusCode::OK, role_resource(&app, &role, &seat.organization)))
}

/// `PUT /api/roles/{uuid} {name, description, permissions}`, each if it is to change.
pub(crate) async fn change(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<RoleId>,
    request: Request,
) -> Answer {
    let (seat, role) = found(&app, &bearer, id).await?;
    let names = role.permissions.iter().map(|permission| permission.name().to_owned());
    let before = RoleOrder {
        name: role.name.as_str().to_owned(),
        description: role.description.clone(),
        permissions: names.collect(),
    };
    let order = order(&body::of(request).await?, before)?;
    app.change_role(&seat, &role, order, bearer.author()).await?;
    let parent = list_path(role.organization);
    let answer = done(&app, "The role has been changed.", &path(id), &parent);
    Ok(private(StatusCode::OK, answer))
}

/// `DELETE /api/roles/{uuid}`
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<RoleId>,
) -> Answer {
    let (seat, role) = found(&app, &bearer, id).await?;
    app.delete_role(&seat, &role, bearer.author()).await?;
    let parent = list_path(role.organization);
    let answer = done(&app, "The role has been deleted.", &path(id), &parent);
    Ok(private(StatusCode::OK, answer))
}

fn role_resource(app: &App, role: &Role, organization: &Organization) -> Value {
    let permissions = role.permissions.iter().map(|permission| permission_resource(*permission));
    let parent = list_path(role.organization);
    json!({
        "uuid": role.id,
        "name": role.name,
        "description": role.description,
        "permissions": permissions.collect::<Vec<_>>(),
        "organization": { "uuid": organization.id, "name": organization.name },
        "last_edited": rfc3339(role.edited_at),
        "flags": { "default": false },
        "_links": { "self": link(app, &path(role.id)), "parent": link(app, &parent) },
    })
}
