use std::sync::Arc;

use axum::extract::{RawQuery, State};
use http::StatusCode;
use keymoor_core::OrganizationId;
use keymoor_store::Organization;
use serde_json::{Value, json};

use super::{Bearer, Segment, private};
use crate::{
    App,
    failure::{Answer, Failure},
    hal::{self, Page, link},
};

/// The path of the list.
pub(crate) const PATH: &str = "/api/organizations";

/// `GET /api/organizations`: those of the bearer's account. One that the token does not open
/// shows as its uuid, name and flags, which a client needs to ask for its scope.
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    RawQuery(query): RawQuery,
) -> Answer {
    let page = Page::parse(query.as_deref())?;
    let organizations = app.store.organizations_of(bearer.account()).await?;
    let items = organizations.iter().map(|found| item(&app, &bearer, found)).collect();
    Ok(private(StatusCode::OK, hal::list(&app, PATH, "/api", items, page)))
}

/// `GET /api/organizations/{uuid}`: not found for strangers first, then judged.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
) -> Answer {
    let organizations = app.store.organizations_of(bearer.account()).await?;
    let found = organizations.into_iter().find(|own| own.id == id).ok_or(Failure::NotFound)?;
    bearer.enter(&app, id)?;
    Ok(private(StatusCode::OK, organization_resource(&app, &found)))
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
    let path = format!("{PATH}/{}", organization.id);
    json!({
        "id": organization.number,
        "uuid": organization.id,
        "name": organization.name,
        "subscriptions_total": 0,
        "admins_total": 1,
        "users_total": organization.members,
        "teams_total": 0,
        "roles_total": 0,
        "owner": {
            "uuid": organization.owner,
            "first_name": "",
            "last_name": "",
            "picture_url": "",
            "username": organization.owner_email,
            "mail": organization.owner_email,
        },
        "flags": flags(organization),
        "_links": { "self": link(app, &path), "parent": link(app, PATH) },
    })
}
