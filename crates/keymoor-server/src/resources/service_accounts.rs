//! Service accounts of an organization, for its administrators.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    AccountId, OrganizationId,
    permission::Action,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{ServiceAccount, Vouching};
use serde_json::{Value, json};

use super::{Bearer, Segment, Segments, body, members::team_link, organizations, private};
use crate::{
    App,
    failure::Answer,
    hal::{self, done, link, made},
    time::rfc3339,
};

const FIELDS: Fields = &[
    ("uuid", Kind::Text),
    ("name", Kind::Text),
    ("created_at", Kind::Time),
    ("tokens_total", Kind::Number),
    ("flags.active", Kind::Flag),
    ("vouching.until", Kind::Time),
];

/// The path of the list.
pub(super) fn list_path(organization: OrganizationId) -> String {
    format!("{}/service-accounts", organizations::path(organization))
}

/// The path of one.
pub(super) fn path(organization: OrganizationId, id: AccountId) -> String {
    format!("{}/{id}", list_path(organization))
}

/// `GET /api/organizations/{uuid}/service-accounts`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    RawQuery(query): RawQuery,
) -> Answer {
    bearer.inside(&app, id).await?.standing.may(Action::ManageServiceAccounts)?;
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let found = app.store.service_accounts(id).await?;
    let items = found.iter().map(|one| resource(&app, one)).collect();
    let parent = organizations::path(id);
    Ok(private(StatusCode::OK, hal::list(&app, &list_path(id), &parent, items, &wanted)))
}

/// `POST /api/organizations/{uuid}/service-accounts {name}`
pub(crate) async fn create(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(organization): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    seat.standing.may(Action::ManageServiceAccounts)?;
    let fields = body::of(request).await?;
    let name = body::text(&fields, "name")?;
    let id = app.create_service_account(&seat, name, bearer.author()).await?;
    let (this, parent) = (path(organization, id), list_path(organization));
    let answer = made(&app, "The service account has been created.", &id, &this, &parent);
    Ok(private(StatusCode::CREATED, answer))
}

/// `GET /api/organizations/{uuid}/service-accounts/{user}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(organization, id): Segments<OrganizationId, AccountId>,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    let found = app.service_account(&seat, id).await?;
    Ok(private(StatusCode::OK, resource(&app, &found)))
}

/// `PUT /api/organizations/{uuid}/service-accounts/{user} {name}`
pub(crate) async fn rename(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(organization, id): Segments<OrganizationId, AccountId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    seat.standing.may(Action::ManageServiceAccounts)?;
    let fields = body::of(request).await?;
    let name = body::text(&fields, "name")?;
    app.rename_service_account(&seat, id, name, bearer.author()).await?;
    Ok(answer(&app, "The service account has been renamed.", organization, id))
}

/// `DELETE /api/organizations/{uuid}/service-accounts/{user}`
pub(crate) async fn delete(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(organization, id): Segments<OrganizationId, AccountId>,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.delete_service_account(&seat, id, bearer.author()).await?;
    Ok(answer(&app, "The service account has been deleted.", organization, id))
}

/// `POST /api/organizations/{uuid}/service-accounts/{user}/actions/enable`
pub(crate) async fn enable(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(organization, id): Segments<OrganizationId, AccountId>,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.set_service_account_disabled(&seat, id, false, bearer.author()).await?;
    Ok(answer(&app, "The service account has been enabled.", organization, id))
}

/// `POST /api/organizations/{uuid}/service-accounts/{user}/actions/disable`
pub(crate) async fn disable(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(organization, id): Segments<OrganizationId, AccountId>,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.set_service_account_disabled(&seat, id, true, bearer.author()).await?;
    Ok(answer(&app, "The service account has been disabled.", organization, id))
}

/// `POST /api/organizations/{uuid}/service-accounts/{user}/actions/renew`: the last sign-in of the
/// bearer through the organization's provider counts for it.
pub(crate) async fn renew(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(organization, id): Segments<OrganizationId, AccountId>,
) -> Answer {
    let seat = bearer.inside(&app, organization).await?;
    app.renew_service_account(&seat, id, bearer.author()).await?;
    Ok(answer(&app, "The service account has been renewed.", organization, id))
}

fn answer(
    app: &App,
    message: &str,
    organization: OrganizationId,
    id: AccountId,
) -> axum::response::Response {
    let (this, parent) = (path(organization, id), list_path(organization));
    private(StatusCode::OK, done(app, message, &this, &parent))
}

fn resource(app: &App, found: &ServiceAccount) -> Value {
    let this = path(found.organization, found.id);
    let teams = found.teams.iter().map(|team| team_link(app, team));
    json!({
        "uuid": found.id,
        "name": found.name,
        "created_at": rfc3339(found.created_at),
        "tokens_total": found.api_tokens,
        "teams": teams.collect::<Vec<_>>(),
        "flags": {
            "active": found.disabled_at.is_none(),
            "disabled_by_operator": found.disabled_by_operator,
        },
        "vouching": found.vouching.as_ref().map(vouching),
        "_links": {
            "self": link(app, &this),
            "parent": link(app, &list_path(found.organization)),
            "tokens": link(app, &format!("{this}/tokens")),
        },
    })
}

fn vouching(vouching: &Vouching) -> Value {
    json!({
        "by": { "uuid": vouching.by, "mail": vouching.email },
        "at": rfc3339(vouching.at),
        "signed_in_at": rfc3339(vouching.signed_in_at),
        "until": rfc3339(vouching.until),
        "provider_enabled": vouching.provider_enabled,
    })
}
