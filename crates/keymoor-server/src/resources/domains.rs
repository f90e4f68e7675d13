//! Domains of organizations.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use http::StatusCode;
use keymoor_core::{
    OrganizationId,
    domain::Domain,
    permission::Action,
    wire::listing::{Fields, Kind},
};
use keymoor_store::{OrganizationDomain, VerifiedBy};
use serde_json::{Value, json};

use super::{Bearer, Segment, Segments, body, organizations, private};
use crate::{
    App,
    failure::Answer,
    hal::{self, done, link},
    operations::record_text,
    time::rfc3339,
};

const FIELDS: Fields =
    &[("domain", Kind::Text), ("status", Kind::Text), ("created_at", Kind::Time)];

/// `GET /api/organizations/{uuid}/domains`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    RawQuery(query): RawQuery,
) -> Answer {
    bearer.inside(&app, id).await?.standing.may(Action::SetUpSignIn)?;
    let wanted = hal::listing(query.as_deref(), FIELDS)?;
    let found = app.store.domains(id).await?;
    let items = found.iter().map(|domain| resource(&app, domain)).collect();
    let parent = organizations::path(id);
    Ok(private(StatusCode::OK, hal::list(&app, &path(id), &parent, items, &wanted)))
}

/// `POST /api/organizations/{uuid}/domains`: adds one, and says which record proves it.
pub(crate) async fn add(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segment(id): Segment<OrganizationId>,
    request: Request,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let fields = body::of(request).await?;
    seat.standing.may(Action::SetUpSignIn)?;
    let made = app.add_domain(&seat, body::text(&fields, "domain")?, bearer.author()).await?;
    Ok(private(StatusCode::CREATED, resource(&app, &made)))
}

/// `GET /api/organizations/{uuid}/domains/{domain}`
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(id, name): Segments<OrganizationId, Domain>,
) -> Answer {
    bearer.inside(&app, id).await?.standing.may(Action::SetUpSignIn)?;
    Ok(private(StatusCode::OK, resource(&app, &app.domain(id, &name).await?)))
}

/// `POST /api/organizations/{uuid}/domains/{domain}/actions/verify`: looks for the record.
pub(crate) async fn verify(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(id, name): Segments<OrganizationId, Domain>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    app.check_domain(&seat, &name, bearer.author()).await?;
    let this = format!("{}/{name}", path(id));
    Ok(private(StatusCode::OK, done(&app, "The domain has been verified.", &this, &path(id))))
}

/// `DELETE /api/organizations/{uuid}/domains/{domain}`
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    bearer: Bearer,
    Segments(id, name): Segments<OrganizationId, Domain>,
) -> Answer {
    let seat = bearer.inside(&app, id).await?;
    let this = format!("{}/{name}", path(id));
    app.remove_domain(&seat, name, bearer.author()).await?;
    Ok(private(StatusCode::OK, done(&app, "The domain has been removed.", &this, &path(id))))
}

fn path(id: OrganizationId) -> String {
    format!("{}/domains", organizations::path(id))
}

fn resource(app: &App, domain: &OrganizationDomain) -> Value {
    let parent = path(domain.organization);
    json!({
        "domain": domain.name,
        "status": if domain.verified.is_some() { "verified" } else { "unverified" },
        "verified_at": domain.verified.map(|(at, _)| rfc3339(at)),
        "verified_by": domain.verified.map(|(_, by)| match by {
            VerifiedBy::Record => "record",
            VerifiedBy::Operator => "operator",
        }),
        "created_at": rfc3339(domain.created_at),
        "record": {
            "name": domain.name.record(), "type": "TXT", "value": record_text(domain),
        },
        "_links": {
            "self": link(app, &format!("{parent}/{}", domain.name)),
            "parent": link(app, &parent),
        },
    })
}
